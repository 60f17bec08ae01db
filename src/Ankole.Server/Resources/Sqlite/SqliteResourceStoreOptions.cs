namespace Ankole.Server;

public sealed class SqliteResourceStoreOptions
{
    /// <summary>
    /// Changes kept for watches and pages of lists, over all kinds. 20 000 is minutes of a busy host and some 40 MB on disk; who comes back later
    /// lists again.
    /// </summary>
    public int History { get; init; } = 20_000;

    /// <summary>A watch on which nothing happens tells its version this often, so that it can be taken up there later.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>False only where losing the newest commits with a power failure matters to nobody.</summary>
    public bool Durable { get; init; } = true;
}
