namespace Ankole.Control;

/// <summary>Nodes register themselves; people choose whether they take replicas.</summary>
public sealed class NodeAdmission : KindAdmission<NodeResource>
{
    public override ResourceKind Kind => Kinds.Node;

    protected override ValueTask<NodeResource> AdmitAsync(
        NodeResource node, NodeResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (old is null)
            errors.Add(new FieldError("kind", "Node", "a node registers itself when its daemon starts; it cannot be created by hand.", FieldErrorKind.Forbidden));
        return ValueTask.FromResult(node);
    }
}
