namespace Ankole.Control;

/// <summary>Settings are read when they are needed, so an allowed value is applied as soon as it is stored.</summary>
internal sealed class SettingReconciler(IResourceStore store) : IReconciler
{
    public string Name => "setting";

    public int MaxConcurrency => 1;

    public IReadOnlyList<ReconcilerWatch> Watches => [ReconcilerWatch.Own(Kinds.Setting)];

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        await store.ChangeAsync<SettingResource>(key, status: true, setting =>
        {
            var applied = SettingCatalog.Find(setting.Name) is { } definition && definition.Check(setting.Value) is null;
            return setting.Status.Applied == applied ? setting : setting with { Status = setting.Status with { Applied = applied } };
        }, cancellationToken);
        return ReconcileResult.Done;
    }
}
