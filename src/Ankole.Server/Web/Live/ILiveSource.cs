namespace Ankole.Server.Web.Live;

/// <summary>Something that pages follow.</summary>
internal interface ILiveSource
{
    /// <summary>False until the first complete look.</summary>
    bool IsReady { get; }

    /// <summary>Why what is shown may be old; null while all is well.</summary>
    string? Trouble { get; }

    /// <summary>Calls <paramref name="changed"/> after every change, on any thread, until disposed. It must return at once.</summary>
    IDisposable Subscribe(Action changed);
}
