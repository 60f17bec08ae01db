using System.Text.Json.Nodes;

namespace Ankole.Control;

/// <summary>
/// One of our kinds under the name and in the shape that another system gives it, so that manifests written for that system work here. Nothing
/// is stored twice: the API converts on the way in and out.
/// </summary>
public abstract class KindAlias
{
    /// <summary><c>group/version</c> of the other system.</summary>
    public abstract string ApiVersion { get; }

    public abstract string Kind { get; }

    public abstract string Plural { get; }

    public virtual IReadOnlyList<string> ShortNames => [];

    /// <summary>The namespace that all of them are shown in where none was asked for; null when the other system has them without namespaces.</summary>
    public virtual string? Namespace => null;

    /// <summary>What is stored.</summary>
    public abstract ResourceKind Target { get; }

    public virtual IReadOnlyList<PrinterColumn> Columns => Target.Columns;

    /// <summary>The resource as the other system writes it, with apiVersion, kind and metadata. The caller puts the namespace in.</summary>
    public abstract JsonObject Show(Resource resource);

    /// <summary>The resource that the other system's JSON stands for. What has no meaning here is left out.</summary>
    /// <exception cref="InvalidResourceException">It is malformed; all mistakes are in it.</exception>
    public abstract Resource Read(JsonObject json);
}
