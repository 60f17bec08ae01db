namespace Ankole.Control;

/// <summary>
/// The settings backup-target, backup-target-credential-secret and backupstore-poll-interval and the BackupTarget <c>default</c> are two views of one
/// thing. What both agreed on last stands in annotations of the target: whichever side differs from it was changed, and is copied to the other;
/// when both were, the setting wins.
/// </summary>
internal sealed class DefaultTargetReconciler(IResourceStore store) : IReconciler
{
    private const string AgreedPrefix = "ankole.io/agreed-";

    private static readonly IReadOnlyList<SettingDefinition> Views =
        [SettingCatalog.BackupTarget, SettingCatalog.BackupTargetCredentialSecret, SettingCatalog.BackupstorePollInterval];

    private static readonly ResourceKey Default = new(Kinds.BackupTarget, null, SystemNames.DefaultTarget);

    public string Name => "default-target";

    public int MaxConcurrency => 1;

    public IReadOnlyList<ReconcilerWatch> Watches =>
    [
        new(Kinds.BackupTarget, target => target.Name == SystemNames.DefaultTarget ? [Default] : []),
        new(Kinds.Setting, setting => Views.Any(view => view.Name == setting.Name) ? [Default] : []),
    ];

    /// <summary>Makes the target that exists from the beginning.</summary>
    public static async Task EnsureAsync(IResourceStore store, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(Default, cancellationToken) is not null)
            return;
        try
        {
            await store.CreateAsync(new BackupTargetResource { Metadata = new ObjectMeta { Name = SystemNames.DefaultTarget } }, cancellationToken);
        }
        catch (ResourceExistsException)
        {
            // Somebody was faster.
        }
    }

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        await EnsureAsync(store, cancellationToken);
        if (await store.GetAsync(Kinds.BackupTarget, SystemNames.DefaultTarget, cancellationToken) is not { IsDeleting: false } target)
            return ReconcileResult.Done;
        var wanted = target;
        foreach (var view in Views)
        {
            var setting = await store.ReadAsync(view, cancellationToken);
            var agreed = target.Metadata.Annotations.GetValueOrDefault(AgreedPrefix + view.Name, view.Default);
            var value = setting != agreed ? setting : ValueIn(target.Spec, view);
            if (setting != value)
                await WriteSettingAsync(view, value, cancellationToken);
            wanted = With(wanted, view, value);
        }
        if (wanted != target)
            await store.UpdateAsync(wanted, cancellationToken);
        return ReconcileResult.Done;
    }

    private static string ValueIn(BackupTargetSpec spec, SettingDefinition view) =>
        view == SettingCatalog.BackupTarget ? spec.BackupTargetUrl
        : view == SettingCatalog.BackupTargetCredentialSecret ? spec.CredentialSecret
        : ((long)BackupTargetReconciler.PollInterval(spec).TotalSeconds).ToString();

    private static BackupTargetResource With(BackupTargetResource target, SettingDefinition view, string value)
    {
        if (ValueIn(target.Spec, view) != value)
        {
            var spec = view == SettingCatalog.BackupTarget ? target.Spec with { BackupTargetUrl = value }
                : view == SettingCatalog.BackupTargetCredentialSecret ? target.Spec with { CredentialSecret = value }
                : target.Spec with { PollInterval = GoDuration.Format(TimeSpan.FromSeconds(long.Parse(value))) };
            target = target with { Spec = spec };
        }
        if (target.Metadata.Annotations.GetValueOrDefault(AgreedPrefix + view.Name, view.Default) == value)
            return target;
        var annotations = new Dictionary<string, string>(target.Metadata.Annotations) { [AgreedPrefix + view.Name] = value };
        return target with { Metadata = target.Metadata with { Annotations = annotations } };
    }

    private async Task WriteSettingAsync(SettingDefinition view, string value, CancellationToken cancellationToken)
    {
        var resource = new SettingResource { Metadata = new ObjectMeta { Name = view.Name }, Value = value };
        if (await store.GetAsync(Kinds.Setting, view.Name, cancellationToken) is { } existing)
            await store.UpdateAsync(existing with { Value = value }, cancellationToken);
        else
            await store.CreateAsync(resource, cancellationToken);
    }
}
