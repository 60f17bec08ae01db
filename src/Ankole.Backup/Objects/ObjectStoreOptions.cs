using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Backup;

/// <summary>How a store is asked: how much at once, how long, how often again. A directory heeds only the rate limit.</summary>
public sealed record ObjectStoreOptions
{
    /// <summary>Requests in flight at most; a server that says "slow down" gets fewer. One connection each.</summary>
    public int MaxInFlight { get; init; } = 64;

    /// <summary>How long a connection may take to open.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one attempt may take, on top of what its bytes may take at <see cref="SlowestBytesPerSecond"/>.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A transfer slower than this counts as stalled: 64 KiB/s moves a block of 16 MiB in four minutes.</summary>
    public long SlowestBytesPerSecond { get; init; } = 64 << 10;

    /// <summary>Attempts at one request, the first included.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>No further attempt begins when this much time has gone into one request.</summary>
    public TimeSpan RetryBudget { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The pause before the second attempt; it doubles with each, half of it random, up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Object bytes per second, both directions together, over all requests of the store. Null: no limit.</summary>
    public long? LimitBytesPerSecond { get; init; }

    /// <summary>
    /// Whether a directory that is not there is made when the first object is written, if its parent is there. False where a target is set up once and
    /// used for years: then a missing directory is a missing mount, and what was written there would be lost under it.
    /// </summary>
    public bool MayCreateDirectory { get; init; } = true;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;
}
