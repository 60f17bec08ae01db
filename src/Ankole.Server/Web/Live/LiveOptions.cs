namespace Ankole.Server.Web.Live;

/// <summary>How much the UI keeps in memory, and how often a page is drawn again.</summary>
internal sealed class LiveOptions
{
    /// <summary>Rows of one kind at most, for all pages together: at some 400 bytes each about 40 MB.</summary>
    public int MaxRows { get; set; } = 100_000;

    /// <summary>A page is drawn again at most once in this time, however much changes.</summary>
    public TimeSpan DrawEvery { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A watch that no page needs ends after this: long enough for going from page to page.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Between attempts when the resource store does not answer.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}
