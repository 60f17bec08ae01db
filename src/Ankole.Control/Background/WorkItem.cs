namespace Ankole.Control;

/// <summary>One piece of work that takes time and ends.</summary>
/// <param name="Id">Names the work for good (its kind and the resource's uid): it runs once at a time.</param>
/// <param name="Group">What shares a limit.</param>
/// <param name="Key">The resource it is for, reconciled again when it ends or when it may begin.</param>
internal sealed record WorkItem(string Id, string Group, ResourceKey Key)
{
    /// <summary>The work. What it reports to the meter shows that it lives.</summary>
    public required Func<TransferMeter, CancellationToken, Task> RunAsync { get; init; }

    /// <summary>Told how far it is, about once a second while that changes. May fail: the next report comes.</summary>
    public Func<TransferStatus, CancellationToken, Task>? ReportAsync { get; init; }

    /// <summary>Writes the terminal state. Called once, whatever happened, except when the whole system stops: then the work is taken up again after a restart.</summary>
    public required Func<WorkResult, CancellationToken, Task> EndAsync { get; init; }

    /// <summary>A number that changes as long as it lives, for work that reports nothing at times; null: its reports alone count.</summary>
    public Func<long>? Pulse { get; init; }

    /// <summary>Without any progress for this long it is stopped.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longer than this it never runs: a week moves 60 TB at 100 MB/s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromDays(7);
}

internal enum WorkOutcome
{
    Succeeded,
    Failed,

    /// <summary>Somebody asked for it.</summary>
    Cancelled,

    /// <summary>Nothing moved for too long.</summary>
    Stalled,

    DeadlineExceeded,
}

/// <param name="Error">What it threw; null unless it failed.</param>
/// <param name="Reason">For people, one sentence; empty when it succeeded.</param>
internal sealed record WorkResult(WorkOutcome Outcome, Exception? Error, string Reason, TransferStatus Transfer);
