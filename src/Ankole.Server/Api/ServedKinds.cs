using Ankole.Control;

namespace Ankole.Server;

/// <summary>Everything that the API serves.</summary>
internal sealed class ServedKinds(IEnumerable<KindAlias> aliases)
{
    public IReadOnlyList<ServedKind> All { get; } = [.. Kinds.All.Select(kind => new ServedKind(kind)), .. aliases.Select(alias => new ServedKind(alias))];

    /// <summary>Groups with a name, each with its one version.</summary>
    public IEnumerable<IGrouping<string, ServedKind>> ByApiVersion => All.GroupBy(kind => kind.ApiVersion);

    public ServedKind? Find(string apiVersion, string plural) => All.FirstOrDefault(kind => kind.ApiVersion == apiVersion && kind.Plural == plural);
}
