namespace Ankole.Backup;

/// <summary>One attempt at a request.</summary>
/// <param name="Number">1 is the first. A later one may meet what an earlier one did before its answer was lost.</param>
internal readonly record struct RequestAttempt(int Number, AttemptDeadline Deadline)
{
    public CancellationToken Token => Deadline.Token;
}
