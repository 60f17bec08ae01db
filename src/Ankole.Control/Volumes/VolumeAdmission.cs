using System.Text.RegularExpressions;
using Ankole.Backup;
using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>Completes a volume with what settings, its StorageClass and its backup say, and checks all of it.</summary>
public sealed partial class VolumeAdmission : KindAdmission<VolumeResource>
{
    private const int MaxNameLength = 40;

    private const int MaxReplicas = 20;

    /// <summary>Nobody has so many requesters; a loop that invents ids has.</summary>
    private const int MaxTickets = 200;

    /// <summary>More than any backup record can describe; sums of a few of them stay numbers.</summary>
    private const long MaxSizeBytes = 1L << 60;

    private static readonly string[] BlockSizes = ["2097152", "16777216"];

    public override ResourceKind Kind => Kinds.Volume;

    protected override async ValueTask<VolumeResource> AdmitAsync(
        VolumeResource volume, VolumeResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (old is null && volume.Name.Length > 0)
            CheckName(volume.Name, errors);
        if (old is null)
            volume = await StorageClassJobs.GiveAsync(volume, store, cancellationToken);
        var spec = await StorageClassParameters.FillAsync(volume.Spec, old?.Spec, errors, store, cancellationToken);
        spec = await CompleteAsync(spec, store, cancellationToken);
        spec = await CheckRestoreAsync(spec, old, errors, store, cancellationToken);
        spec = CheckSize(spec, old?.Spec, errors);
        spec = CheckServing(spec, old, errors);
        await CheckTargetAsync(spec, old?.Spec, errors, store, cancellationToken);
        CheckBackupFormat(spec, old?.Spec, errors);
        CheckSnapshotLimits(spec, errors);
        CheckTickets(spec, old, errors);
        Check(spec.NumberOfReplicas is >= 1 and <= MaxReplicas, "spec.numberOfReplicas", spec.NumberOfReplicas.ToString(), $"{spec.NumberOfReplicas} is no number of replicas: write 1 to {MaxReplicas}.", errors);
        VolumeJobRules.Check(spec.RecurringJobs, "spec.recurringJobs", errors);
        return volume with { Spec = spec };
    }

    private static void CheckName(string name, List<FieldError> errors)
    {
        if (name.Length > MaxNameLength)
            errors.Add(new FieldError("metadata.name", name, $"'{name}' has {name.Length} characters, a volume's name has at most {MaxNameLength}."));
        if (!NameText().IsMatch(name))
            errors.Add(new FieldError("metadata.name", name, $"'{name}' is no volume name: use 2 or more lower-case letters, digits and '-', beginning and ending with a letter or digit."));
    }

    private static async ValueTask<VolumeSpec> CompleteAsync(VolumeSpec spec, IResourceStore store, CancellationToken cancellationToken)
    {
        if (spec.NumberOfReplicas == 0)
            spec = spec with { NumberOfReplicas = (int)await store.ReadIntegerAsync(SettingCatalog.DefaultReplicaCount, cancellationToken) };
        if (spec.BackupCompressionMethod.Length == 0)
            spec = spec with { BackupCompressionMethod = await store.ReadAsync(SettingCatalog.BackupCompressionMethod, cancellationToken) };
        if (spec.BackupBlockSize.Length == 0)
            spec = spec with { BackupBlockSize = (await store.ReadIntegerAsync(SettingCatalog.DefaultBackupBlockSize, cancellationToken) << 20).ToString() };
        else if (ByteSize.TryParse(spec.BackupBlockSize, out var bytes))
            spec = spec with { BackupBlockSize = bytes.ToString() };
        if (spec.SnapshotMaxCount == 0)
            spec = spec with { SnapshotMaxCount = (int)await store.ReadIntegerAsync(SettingCatalog.SnapshotMaxCount, cancellationToken) };
        if (spec.RestoreVolumeRecurringJob.Length == 0)
            spec = spec with { RestoreVolumeRecurringJob = "ignored" };
        return spec;
    }

    private static async ValueTask<VolumeSpec> CheckRestoreAsync(
        VolumeSpec spec, VolumeResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        CheckUnchanged(old?.Spec.FromBackup, spec.FromBackup, "spec.fromBackup", errors);
        Check(spec.RestoreVolumeRecurringJob is "enabled" or "disabled" or "ignored", "spec.restoreVolumeRecurringJob", spec.RestoreVolumeRecurringJob,
            $"'{spec.RestoreVolumeRecurringJob}' is not one of enabled, disabled, ignored.", errors, FieldErrorKind.NotSupported);
        if (spec.Standby && spec.FromBackup.Length == 0)
            errors.Add(new FieldError("spec.fromBackup", null, "a standby volume follows the backups of another volume: write the URL of one of them.", FieldErrorKind.Required));
        if (old is not null || spec.FromBackup.Length == 0)
            return spec;
        BackupUrl url;
        try
        {
            url = BackupUrl.Parse(spec.FromBackup);
        }
        catch (InvalidInputException e)
        {
            errors.Add(new FieldError("spec.fromBackup", spec.FromBackup, e.Message));
            return spec;
        }
        if (await TargetLocation.FindTargetAsync(store, url.Target, cancellationToken) is not { } target)
        {
            errors.Add(new FieldError("spec.fromBackup", spec.FromBackup, $"no backup target has the URL {url.Target}: create a BackupTarget for it first.", FieldErrorKind.NotFound));
            return spec;
        }
        if (spec.BackupTargetName.Length == 0)
            spec = spec with { BackupTargetName = target.Name };
        var backups = await store.GetAsync(Kinds.BackupVolume, StoreNames.BackupVolume(target.Name, url.Volume!), cancellationToken);
        return ByteSize.TryParse(backups?.Status.Size, out var size) && size > spec.SizeBytes ? spec with { Size = size.ToString() } : spec;
    }

    private static VolumeSpec CheckSize(VolumeSpec spec, VolumeSpec? old, List<FieldError> errors)
    {
        if (spec.Size.Length == 0)
        {
            // A restore finds the size in the backup.
            if (spec.FromBackup.Length == 0)
                errors.Add(new FieldError("spec.size", null, "a size is needed, such as 10Gi.", FieldErrorKind.Required));
            return spec;
        }
        if (!ByteSize.TryParse(spec.Size, out var bytes) || bytes is <= 0 or > MaxSizeBytes)
        {
            errors.Add(new FieldError("spec.size", spec.Size, $"'{spec.Size}' is no size: write bytes or a quantity, such as 10737418240 or 10Gi, up to 1Ei."));
            return spec with { Size = "" };
        }
        var rounded = ByteRange.RoundUp(bytes, Replica.SizeMultiple);
        if (old is not null && rounded < old.SizeBytes)
            errors.Add(new FieldError("spec.size", spec.Size, $"a volume cannot shrink: it has {old.SizeBytes} bytes. Write that or more.", FieldErrorKind.Forbidden));
        return spec with { Size = rounded.ToString() };
    }

    private static VolumeSpec CheckServing(VolumeSpec spec, VolumeResource? old, List<FieldError> errors)
    {
        var isActivated = old is { Spec.Standby: true } && !spec.Standby;
        if (old is { Spec.Standby: false } && spec.Standby)
            errors.Add(new FieldError(
                "spec.standby", "true",
                old.Status.IsStandby ? "the volume is being activated already." : old.Spec.FromBackup.Length > 0 && old.Status.LastRestoredBackup.Length > 0
                    ? "the volume is active already: an active volume cannot become a standby volume again. Create a new one."
                    : "only a new volume can be a standby volume. Create one.",
                FieldErrorKind.Forbidden));
        if (spec.Standby)
        {
            Check(spec.Frontend.Length == 0, "spec.frontend", spec.Frontend, "a standby volume is not served: leave the frontend empty until it is activated.", errors);
            return spec;
        }
        // Longhorn's blockdev is whatever makes a block device of it here.
        if (spec.Frontend is "" or "blockdev" && (old is null || isActivated || old.Spec.Frontend.Length > 0))
            spec = spec with { Frontend = "nbd" };
        Check(spec.Frontend is "nbd" or "", "spec.frontend", spec.Frontend, $"'{spec.Frontend}' is no frontend: write nbd.", errors, FieldErrorKind.NotSupported);
        return spec;
    }

    private static async ValueTask CheckTargetAsync(VolumeSpec spec, VolumeSpec? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (spec.BackupTargetName.Length == 0 || spec.BackupTargetName == old?.BackupTargetName)
            return;
        if (old is { Standby: true })
            errors.Add(new FieldError("spec.backupTargetName", spec.BackupTargetName, "the target of a standby volume cannot be changed: activate it first.", FieldErrorKind.Forbidden));
        if (await store.GetAsync(Kinds.BackupTarget, spec.BackupTargetName, cancellationToken) is null)
            errors.Add(new FieldError("spec.backupTargetName", spec.BackupTargetName, $"there is no backup target '{spec.BackupTargetName}'. Create it, or write default.", FieldErrorKind.NotFound));
    }

    private static void CheckBackupFormat(VolumeSpec spec, VolumeSpec? old, List<FieldError> errors)
    {
        CheckUnchanged(old?.BackupCompressionMethod, spec.BackupCompressionMethod, "spec.backupCompressionMethod", errors);
        CheckUnchanged(old?.BackupBlockSize, spec.BackupBlockSize, "spec.backupBlockSize", errors);
        Check(spec.BackupCompressionMethod is "none" or "lz4" or "gzip", "spec.backupCompressionMethod", spec.BackupCompressionMethod,
            $"'{spec.BackupCompressionMethod}' is no compression: write lz4, gzip or none.", errors, FieldErrorKind.NotSupported);
        if (!BlockSizes.Contains(spec.BackupBlockSize))
            errors.Add(new FieldError("spec.backupBlockSize", spec.BackupBlockSize, $"'{spec.BackupBlockSize}' is no block size: write 2Mi or 16Mi.", FieldErrorKind.NotSupported));
        else if (spec.SizeBytes % long.Parse(spec.BackupBlockSize) != 0)
            errors.Add(new FieldError(
                "spec.backupBlockSize", spec.BackupBlockSize,
                $"{spec.Size} bytes are no multiple of the block size {spec.BackupBlockSize}: write a size of {ByteRange.RoundUp(spec.SizeBytes, long.Parse(spec.BackupBlockSize))}, or 2Mi."));
    }

    private static void CheckSnapshotLimits(VolumeSpec spec, List<FieldError> errors)
    {
        Check(spec.SnapshotMaxCount is >= 2 and <= 250, "spec.snapshotMaxCount", spec.SnapshotMaxCount.ToString(), $"{spec.SnapshotMaxCount} is out of range: write 2 to 250.", errors);
        if (spec.SnapshotMaxSize.Length == 0)
            return;
        if (!ByteSize.TryParse(spec.SnapshotMaxSize, out var bytes))
            errors.Add(new FieldError("spec.snapshotMaxSize", spec.SnapshotMaxSize, $"'{spec.SnapshotMaxSize}' is no size: write a quantity such as 20Gi, or 0 for no limit."));
        else if (bytes != 0 && bytes < 2 * spec.SizeBytes)
            errors.Add(new FieldError("spec.snapshotMaxSize", spec.SnapshotMaxSize, $"{bytes} is less than twice the volume's size: write at least {2 * spec.SizeBytes}, or 0 for no limit."));
    }

    private static void CheckTickets(VolumeSpec spec, VolumeResource? old, List<FieldError> errors)
    {
        const string Field = "spec.attachmentTickets";
        if (spec.Standby && spec.AttachmentTickets.Count > 0)
            errors.Add(new FieldError(Field, null, "a standby volume can be neither attached nor detached: activate it first (spec.standby: false).", FieldErrorKind.Forbidden));
        Check(spec.AttachmentTickets.Count <= MaxTickets, Field, null, $"{spec.AttachmentTickets.Count} tickets are too many: at most {MaxTickets}.", errors);
        foreach (var (id, ticket) in spec.AttachmentTickets)
        {
            Check(MetadataRules.IsQualifiedName(id), $"{Field}[{id}]", id, $"'{id}' is no ticket id: use letters, digits, '-', '_' and '.'.", errors);
            if (ticket.Type.Length == 0)
                errors.Add(new FieldError($"{Field}[{id}].type", null, "say who asks: longhorn-api for a person or program.", FieldErrorKind.Required));
            if (ticket.Parameters.TryGetValue("disableFrontend", out var value))
                Check(value is "true" or "false" or "any", $"{Field}[{id}].parameters[disableFrontend]", value, $"'{value}' is not one of true, false, any.", errors, FieldErrorKind.NotSupported);
        }
        var added = spec.AttachmentTickets.Keys.Except(old?.Spec.AttachmentTickets.Keys ?? []).Any();
        if (added && old is { Status.RestoreRequired: true, Spec.Standby: false, Status.IsStandby: false })
            errors.Add(new FieldError(Field, null, $"volume '{old.Name}' is being restored: attach it when that is finished.", FieldErrorKind.Forbidden));
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]*[a-z0-9]\z")]
    private static partial Regex NameText();
}
