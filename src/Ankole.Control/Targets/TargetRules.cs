using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>Rules that a BackupTarget and the settings of the default one share.</summary>
internal static class TargetRules
{
    /// <summary>Null when it is empty or wrong; the latter is added to the errors.</summary>
    public static TargetUrl? CheckUrl(string text, string field, List<FieldError> errors)
    {
        if (text.Length == 0)
            return null;
        TargetUrl url;
        try
        {
            if (BackupUrl.ParseAny(text) is { Volume: not null } or { Backup: not null })
            {
                errors.Add(new FieldError(field, text, "this is the URL of a backup: leave out ?backup=… and &volume=…."));
                return null;
            }
            url = TargetUrl.Parse(text);
        }
        catch (InvalidInputException e)
        {
            errors.Add(new FieldError(field, text, e.Message));
            return null;
        }
        var path = url.Location[(url.Location.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var refused = url is CifsTargetUrl ? "," : "$,";
        if (path.IndexOfAny(refused.ToCharArray()) is >= 0 and var at)
            errors.Add(new FieldError(field, text, $"a target's path may not hold '{path[at]}'."));
        return url;
    }

    public static async ValueTask CheckUniqueAsync(TargetUrl url, string name, string field, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        var location = TargetLocation.Of(url);
        await foreach (var other in store.ListAsync(Kinds.BackupTarget, null, cancellationToken))
            if (other.Name != name && TargetLocation.TryOf(other.Spec.BackupTargetUrl) == location)
                errors.Add(new FieldError(field, url.ToString(), $"backup target '{other.Name}' has the same place already. Use that one, or another path.", FieldErrorKind.Duplicate));
    }

    /// <summary>A secret that does not exist yet is no mistake: the target is unavailable until it does.</summary>
    public static async ValueTask CheckSecretAsync(TargetUrl url, string secret, string field, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (secret.Length > 0 && await TargetConnection.FindSecretAsync(store, secret, cancellationToken) is { } found)
            CheckCredentials(url, found, field, errors);
    }

    public static void CheckCredentials(TargetUrl url, SecretResource secret, string field, List<FieldError> errors)
    {
        try
        {
            var values = TargetConnection.Decode(secret with { Data = secret.Data.Where(pair => pair.Value != SecretRedaction.Mark).ToDictionary() });
            TargetCredentials.FromSecret(values).Check(url);
        }
        catch (InvalidInputException e)
        {
            errors.Add(new FieldError(field, secret.Name, e.Message));
        }
    }

    /// <summary>Standby volumes live from their target.</summary>
    public static async ValueTask CheckNoStandbyAsync(string what, string field, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        var standby = new List<string>();
        await foreach (var volume in store.ListAsync(Kinds.Volume, null, cancellationToken))
            if (volume.Spec.Standby || volume.Status.IsStandby)
                standby.Add(volume.Name);
        if (standby.Count > 0)
            errors.Add(new FieldError(field, null, $"{what} while there are standby volumes: {string.Join(", ", standby)}. Activate or delete them first.", FieldErrorKind.Forbidden));
    }
}
