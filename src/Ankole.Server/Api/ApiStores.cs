using Ankole.Control;

namespace Ankole.Server;

/// <summary>The resource store as people may use it: admission before every write, no Secret's value on the way out.</summary>
public sealed class ApiStores(IResourceStore raw, IAdmission admission, TimeProvider time)
{
    public IResourceStore Live { get; } = new RedactingResourceStore(new AdmittedResourceStore(raw, admission));

    /// <summary>Pages of lists as JSON without reading every resource; null where the store has none. Not for Secrets: nothing is redacted.</summary>
    internal SqliteResourceStore? JsonPages { get; } = raw as SqliteResourceStore;

    /// <summary>Judges writes and answers as if they were done (<c>?dryRun=All</c>).</summary>
    public IResourceStore DryRun { get; } = new RedactingResourceStore(new AdmittedResourceStore(new DryRunResourceStore(raw, time), admission));
}
