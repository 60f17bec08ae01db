namespace Ankole.Backup;

/// <summary>
/// How long the end of an operation may still occupy the store: a commit that was begun when the caller cancelled, and tidying up after a failure or a
/// cancellation. Without it a store that hangs would hold up whoever gave up on it.
/// </summary>
/// <remarks>What is cut short is what a crash at that moment would leave, and every operation copes with that.</remarks>
internal sealed class GraceTime(BackupstoreOptions options, TimeProvider time, CancellationToken caller) : IDisposable
{
    private readonly CancellationTokenSource source = new(Timeout.InfiniteTimeSpan, time);
    private CancellationTokenRegistration cancellation;

    /// <summary>For requests of the end.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>From here on a cancellation does not stop the work at once, but leaves it <see cref="BackupstoreOptions.AfterCancel"/>.</summary>
    public void BeginCommit() => Watch();

    /// <summary>From here on there are <see cref="BackupstoreOptions.TidyingUp"/>, or <see cref="BackupstoreOptions.AfterCancel"/> once the caller has cancelled.</summary>
    public void BeginTidyingUp()
    {
        if (!caller.IsCancellationRequested)
            source.CancelAfter(options.TidyingUp);
        Watch();
    }

    public void Dispose()
    {
        cancellation.Dispose();
        source.Dispose();
    }

    /// <summary>Runs at once where the caller has cancelled before.</summary>
    private void Watch()
    {
        if (cancellation == default)
            cancellation = caller.UnsafeRegister(_ => source.CancelAfter(options.AfterCancel), null);
    }
}
