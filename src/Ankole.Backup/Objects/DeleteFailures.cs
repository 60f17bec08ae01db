using Ankole.Core;

namespace Ankole.Backup;

/// <summary>What could not be deleted, gathered while the rest goes on. Thread-safe.</summary>
internal sealed class DeleteFailures(string store)
{
    /// <summary>A message names so many keys, and counts the rest.</summary>
    private const int KeysInMessage = 5;

    private readonly Lock gate = new();
    private readonly List<string> keys = [];
    private readonly List<ObjectStoreException> causes = [];

    /// <summary>The keys as a message shows them.</summary>
    public static string Named(IReadOnlyCollection<string> keys) =>
        string.Join(", ", keys.Take(KeysInMessage).Select(key => $"'{key}'")) + (keys.Count > KeysInMessage ? $" and {keys.Count - KeysInMessage} more" : "");

    /// <param name="cause">A whole sentence that names the keys.</param>
    public void Add(IEnumerable<string> failed, ObjectStoreException cause)
    {
        lock (gate)
        {
            keys.AddRange(failed);
            causes.Add(cause);
        }
    }

    /// <param name="reason">Completes "cannot delete 'KEY' in STORE: "; no full stop at the end.</param>
    public void Add(string key, string reason) =>
        Add([key], new ObjectStoreException(ErrorKind.Unavailable, $"cannot delete '{key}' in {store}: {reason}."));

    /// <exception cref="ObjectStoreException">The one cause as it is; of several, the first and which keys it is about besides.</exception>
    public void ThrowIfAny()
    {
        if (causes is [var only])
            throw only;
        if (causes.Count > 0)
            throw new ObjectStoreException(
                causes[0].Kind, $"{keys.Count} objects could not be deleted: {Named(keys)}. The first: {causes[0].Message}", causes[0].IsTransient, causes[0]);
    }
}
