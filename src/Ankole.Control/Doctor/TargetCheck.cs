using System.Runtime.CompilerServices;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>Every target answers, every record in it can be read, and every backup that it holds has its resource.</summary>
internal sealed class TargetCheck(IResourceStore store, HostOptions options, TimeProvider time, IEventRecorder events, IObjectStoreFactory objectStores) : IDoctorCheck
{
    public async IAsyncEnumerable<DoctorFinding> ExamineAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var clients = new BackupstoreClients(store, objectStores, options, time);
        var targets = new List<BackupTargetResource>();
        await foreach (var target in store.ListAsync(Kinds.BackupTarget, null, cancellationToken))
            targets.Add(target);
        foreach (var target in targets.Where(target => target.Spec.BackupTargetUrl.Length > 0))
        {
            var (volumes, error) = await ListAsync(clients, target.Name, cancellationToken);
            if (volumes is null)
            {
                yield return new DoctorFinding(
                    DoctorSeverity.Problem, "TargetUnavailable", $"backup target '{target.Name}'", error!, "Test it with ankole target test; nothing of it is forgotten meanwhile.", CanRepair: false);
                continue;
            }
            foreach (var volume in volumes)
                if (await ExamineVolumeAsync(clients, target.Name, volume, cancellationToken) is { } finding)
                    yield return finding;
            await foreach (var backup in MissingThereAsync(clients, target, volumes, cancellationToken))
                yield return backup;
        }
    }

    private static async Task<(IReadOnlyList<VolumeSummary>? Volumes, string? Error)> ListAsync(BackupstoreClients clients, string target, CancellationToken cancellationToken)
    {
        try
        {
            await using var lease = await clients.OpenAsync(target, cancellationToken);
            return (await lease.Store.ListVolumesAsync(withBackups: true, cancellationToken), null);
        }
        catch (AnkoleException e)
        {
            return (null, e.Message);
        }
    }

    private async Task<DoctorFinding?> ExamineVolumeAsync(BackupstoreClients clients, string target, VolumeSummary volume, CancellationToken cancellationToken)
    {
        var subject = $"volume '{volume.Name}' in backup target '{target}'";
        if (volume.Problem is { } problem)
            return new DoctorFinding(DoctorSeverity.Problem, "RecordUnreadable", subject, problem, "Verify the target; docs/rescue.md says what can be done.", CanRepair: false);
        var known = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var backup in store.ListAsync(Kinds.Backup, query => query with { Labels = StoreNames.Selector(target, volume.Name) }, cancellationToken))
            known.Add(backup.StoredName());
        var missing = await CountFinishedAsync(clients, target, volume.Name, volume.Backups.Where(name => !known.Contains(name)), cancellationToken);
        var isVolumeKnown = await store.GetAsync(Kinds.BackupVolume, StoreNames.BackupVolume(target, volume.Name), cancellationToken) is not null;
        if (missing == 0 && isVolumeKnown)
            return null;
        return new DoctorFinding(
            DoctorSeverity.Lost, "BackupsNotShown", subject,
            isVolumeKnown ? $"{missing} of its {volume.Backups.Count} backups have no Backup resource." : $"it has no BackupVolume resource, and {missing} of its {volume.Backups.Count} backups have no Backup.",
            "Read the target and make the resources.", CanRepair: true)
        {
            Repair = token => SyncAsync(target, volume.Name, token),
        };
    }

    /// <summary>One that is being made just now, here or elsewhere, has no resource by right.</summary>
    private static async Task<int> CountFinishedAsync(
        BackupstoreClients clients, string target, string volume, IEnumerable<string> backups, CancellationToken cancellationToken)
    {
        await using var lease = await clients.OpenAsync(target, cancellationToken);
        var finished = 0;
        foreach (var backup in backups.Where(ObjectName.IsValid))
        {
            try
            {
                finished += (await lease.Store.InspectBackupAsync(volume, backup, cancellationToken)).IsFinished ? 1 : 0;
            }
            catch (AnkoleException e) when (e.Kind is ErrorKind.NotFound)
            {
                // Deleted since the listing.
            }
            catch (AnkoleException e) when (e.Kind is ErrorKind.Damaged)
            {
                finished++;
            }
        }
        return finished;
    }

    private async Task SyncAsync(string target, string volume, CancellationToken cancellationToken)
    {
        await using var clients = new BackupstoreClients(store, objectStores, options, time);
        await using var lease = await clients.OpenAsync(target, cancellationToken);
        await new TargetSync(store, events, time).SyncVolumeAsync(lease, volume, new TransferMeter(time), cancellationToken);
    }

    private async IAsyncEnumerable<DoctorFinding> MissingThereAsync(
        BackupstoreClients clients, BackupTargetResource target, IReadOnlyList<VolumeSummary> volumes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var there = volumes.SelectMany(volume => volume.Backups.Select(backup => (volume.Name, backup))).ToHashSet();
        await foreach (var backup in store.ListAsync(Kinds.Backup, query => query with { Labels = StoreNames.Selector(target.Name) }, cancellationToken))
            if (backup.Status.State == BackupState.Completed && !there.Contains((backup.Spec.VolumeName, backup.StoredName()))
                && await IsGoneAsync(clients, target.Name, backup, cancellationToken))
                yield return new DoctorFinding(
                    DoctorSeverity.Problem, "BackupNotInTarget", $"backup '{backup.Name}'",
                    $"it is said to be completed, and backup target '{target.Name}' ({target.Spec.BackupTargetUrl}) does not list it.",
                    "Find out who deleted it, or whether the target's URL is right. Delete the Backup when it is really gone.", CanRepair: false);
    }

    /// <summary>Asked once more: one that was completed after the listing is not in it.</summary>
    private static async Task<bool> IsGoneAsync(BackupstoreClients clients, string target, BackupResource backup, CancellationToken cancellationToken)
    {
        try
        {
            await using var lease = await clients.OpenAsync(target, cancellationToken);
            return await lease.Store.HeadAsync(backup.Spec.VolumeName, backup.StoredName(), cancellationToken) is null;
        }
        catch (AnkoleException)
        {
            // It does not say so.
            return false;
        }
    }
}
