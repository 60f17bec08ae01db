namespace Ankole.Control;

/// <summary>A setting is one of the catalog, with an allowed value; those of the default target keep that target's rules.</summary>
public sealed class SettingAdmission : KindAdmission<SettingResource>
{
    public override ResourceKind Kind => Kinds.Setting;

    protected override async ValueTask<SettingResource> AdmitAsync(
        SettingResource setting, SettingResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (SettingCatalog.Find(setting.Name) is not { } definition)
        {
            errors.Add(new FieldError("metadata.name", setting.Name, $"there is no setting '{setting.Name}'.", FieldErrorKind.NotFound));
            return setting;
        }
        if (definition.Check(setting.Value) is { } problem)
            errors.Add(new FieldError("value", setting.Value, problem));
        if (definition == SettingCatalog.BackupTarget || definition == SettingCatalog.BackupTargetCredentialSecret)
            await CheckDefaultTargetAsync(definition, setting.Value, errors, store, cancellationToken);
        return setting;
    }

    private static async ValueTask CheckDefaultTargetAsync(
        SettingDefinition definition, string value, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        var target = await store.GetAsync(Kinds.BackupTarget, SystemNames.DefaultTarget, cancellationToken);
        var isUrl = definition == SettingCatalog.BackupTarget;
        var before = isUrl ? target?.Spec.BackupTargetUrl : target?.Spec.CredentialSecret;
        if (before == value)
            return;
        if (target is { Spec.BackupTargetUrl.Length: > 0 })
            await TargetRules.CheckNoStandbyAsync("the URL and the secret of a target cannot change", "value", errors, store, cancellationToken);
        if (TargetRules.CheckUrl(isUrl ? value : target?.Spec.BackupTargetUrl ?? "", "value", errors) is not { } url)
            return;
        if (isUrl)
            await TargetRules.CheckUniqueAsync(url, SystemNames.DefaultTarget, "value", errors, store, cancellationToken);
        else
            await TargetRules.CheckSecretAsync(url, value, "value", errors, store, cancellationToken);
    }
}
