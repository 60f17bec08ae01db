using Ankole.Control;
using Ankole.Server.Web.Live;
using Ankole.Server.Web.Targets;
using Microsoft.AspNetCore.Components;

namespace Ankole.Server.Web.Backups;

/// <summary>What is searched for and chosen on the list of backups.</summary>
public sealed partial class BackupsPage
{
    private static readonly string[] States = [BackupState.Completed, BackupState.InProgress, BackupState.Pending, BackupState.Error, BackupState.Unknown];

    private readonly HashSet<string> chosen = [];
    private IReadOnlyList<BackupRow> backups = [];
    private IReadOnlyList<BackupRow> seen = [];
    private IReadOnlyList<BackupVolumeResource> volumes = [];
    private IReadOnlyList<string> volumeNames = [];
    private IReadOnlyList<string>? deleting;
    private string search = "";
    private string target = "";
    private string volume = "";
    private string state = "";
    private bool byVolume;

    [SupplyParameterFromQuery(Name = "volume")] public string? VolumeQuery { get; set; }

    [SupplyParameterFromQuery(Name = "target")] public string? TargetQuery { get; set; }

    private bool HasTarget => Live.Targets.Rows.Any(known => known.Spec.BackupTargetUrl.Length > 0);

    protected override void OnInitialized()
    {
        volume = VolumeQuery ?? "";
        target = TargetQuery ?? "";
        Follow(Live.Backups, Live.BackupVolumes, Live.Targets);
    }

    protected override void OnLiveChanged()
    {
        var all = Live.Backups.Rows;
        if (!ReferenceEquals(all, seen))
        {
            seen = all;
            volumeNames = [.. all.Select(backup => backup.Volume).Append(volume).Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal)];
            if (chosen.Count > 0)
                chosen.IntersectWith(all.Select(backup => backup.Name));
        }
        backups = search.Length + target.Length + volume.Length + state.Length == 0 ? all : [.. all.Where(Matches)];
        volumes = [.. Live.BackupVolumes.Rows.Where(known => (target.Length == 0 || known.Spec.BackupTargetName == target) && (search.Length == 0 || known.Spec.VolumeName.Contains(search, StringComparison.OrdinalIgnoreCase)))];
    }

    private bool Matches(BackupRow backup) =>
        (target.Length == 0 || backup.Target == target) && (volume.Length == 0 || backup.Volume == volume) && (state.Length == 0 || backup.State == state)
        && (search.Length == 0 || backup.Name.Contains(search, StringComparison.OrdinalIgnoreCase) || backup.BackupName.Contains(search, StringComparison.OrdinalIgnoreCase)
            || backup.Volume.Contains(search, StringComparison.OrdinalIgnoreCase) || (backup.Job?.Contains(search, StringComparison.OrdinalIgnoreCase) ?? false));

    private void Filter(Action change)
    {
        change();
        OnLiveChanged();
    }

    private void ShowVolume(BackupVolumeResource shown) => Filter(() =>
    {
        byVolume = false;
        volume = shown.Spec.VolumeName;
        target = shown.Spec.BackupTargetName;
    });

    private Task<bool> SyncAsync() => Actions.TryAsync("The targets are being looked at.", async store =>
    {
        foreach (var known in Live.Targets.Rows.Where(known => known.Spec.BackupTargetUrl.Length > 0))
            await TargetLooks.AskAsync(store, known.Name, Now);
    });

    private string Selected(bool volumesTab) => byVolume == volumesTab ? "true" : "false";
}
