using System.Text.RegularExpressions;

namespace Ankole.Control;

/// <summary>A target's URL is one that can be a target, of no other target, and its credentials are usable.</summary>
public sealed partial class BackupTargetAdmission : KindAdmission<BackupTargetResource>
{
    private const string UrlField = "spec.backupTargetURL";

    public override ResourceKind Kind => Kinds.BackupTarget;

    protected override async ValueTask<BackupTargetResource> AdmitAsync(
        BackupTargetResource target, BackupTargetResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        var spec = target.Spec;
        if (old is null && target.Name.Length > 0 && !NameText().IsMatch(target.Name))
            errors.Add(new FieldError("metadata.name", target.Name, $"'{target.Name}' is no target name: use 2 to 40 lower-case letters, digits, '-', '_' and '.'."));
        var isChanged = old is null || old.Spec.BackupTargetUrl != spec.BackupTargetUrl || old.Spec.CredentialSecret != spec.CredentialSecret;
        if (isChanged)
        {
            if (old is { Spec.BackupTargetUrl.Length: > 0 })
                await TargetRules.CheckNoStandbyAsync("the URL and the secret of a target cannot change", UrlField, errors, store, cancellationToken);
            if (TargetRules.CheckUrl(spec.BackupTargetUrl, UrlField, errors) is { } url)
            {
                await TargetRules.CheckUniqueAsync(url, target.Name, UrlField, errors, store, cancellationToken);
                await TargetRules.CheckSecretAsync(url, spec.CredentialSecret, "spec.credentialSecret", errors, store, cancellationToken);
            }
        }
        return target with { Spec = spec with { PollInterval = CheckInterval(spec.PollInterval, errors) } };
    }

    protected override async ValueTask AdmitDeletionAsync(BackupTargetResource target, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (target.Name == SystemNames.DefaultTarget)
            errors.Add(new FieldError("metadata.name", target.Name, "the target 'default' always exists: empty its URL instead.", FieldErrorKind.Forbidden));
        await TargetRules.CheckNoStandbyAsync("a target cannot be deleted", "metadata.name", errors, store, cancellationToken);
        var users = new List<string>();
        await foreach (var volume in store.ListAsync(Kinds.Volume, null, cancellationToken))
            if (volume.Spec.BackupTargetName == target.Name)
                users.Add(volume.Name);
        if (users.Count > 0)
            errors.Add(new FieldError(
                "metadata.name", target.Name, $"{users.Count} volumes are backed up to it, '{users[0]}' for one: give them another target first.", FieldErrorKind.Forbidden));
    }

    /// <summary>Seconds without a unit are understood, as the old setting has them.</summary>
    private static string CheckInterval(string text, List<FieldError> errors)
    {
        if (text.Length == 0)
            return "5m0s";
        var known = long.TryParse(text, out var seconds) && seconds is >= 0 and <= int.MaxValue ? TimeSpan.FromSeconds(seconds)
            : GoDuration.TryParse(text, out var duration) && duration >= TimeSpan.Zero ? duration : (TimeSpan?)null;
        if (known is { } interval)
            return GoDuration.Format(interval);
        errors.Add(new FieldError("spec.pollInterval", text, $"'{text}' is no interval: write a duration such as 5m0s, or 0s for no polling."));
        return text;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_.-]{1,39}\z")]
    private static partial Regex NameText();
}
