using Ankole.Control;
using Microsoft.AspNetCore.Components;

namespace Ankole.Server.Web.Snapshots;

/// <summary>Which snapshots are shown, and as what.</summary>
public sealed partial class SnapshotCard
{
    private IReadOnlyList<SnapshotTreeRow> rows = [];
    private HashSet<string> backedUp = [];
    private HashSet<string> failed = [];
    private SnapshotResource? reverting;
    private SnapshotResource? deleting;
    private string? backingUp;
    private bool showSystem = true;
    private int lanes = 1;

    [Parameter, EditorRequired] public VolumeResource Volume { get; set; } = new();

    protected override void OnInitialized() => Follow(Live.Snapshots, Live.Backups);

    protected override void OnParametersSet() => OnLiveChanged();

    protected override void OnLiveChanged()
    {
        var own = Live.Snapshots.Rows.Where(snapshot => snapshot.Spec.Volume == Volume.Name && (showSystem || IsPersons(snapshot) || snapshot.Status.Children.Count > 1)).ToList();
        rows = SnapshotTree.Lay(own);
        lanes = rows.Max(row => Math.Max(row.Lane, row.Passing.Concat(row.Joining).DefaultIfEmpty(0).Max())) + 1;
        var backups = Live.Backups.Rows.Where(backup => backup.Volume == Volume.Name && backup.Snapshot.Length > 0).ToList();
        backedUp = [.. backups.Where(backup => backup.State == BackupState.Completed).Select(backup => backup.Snapshot)];
        failed = [.. backups.Where(backup => backup.State == BackupState.Error).Select(backup => backup.Snapshot)];
    }

    private void Show(bool system)
    {
        showSystem = system;
        OnLiveChanged();
    }

    private string KindOf(SnapshotResource? snapshot) => snapshot switch
    {
        null => "head",
        { Status.Error.Length: > 0 } => "error",
        { Status.MarkRemoved: true } => "removed",
        _ when failed.Contains(snapshot.Name) && !backedUp.Contains(snapshot.Name) => "error",
        { Status.UserCreated: false, Spec.CreateSnapshot: false } => "system",
        _ when backedUp.Contains(snapshot.Name) => "backed",
        _ => "plain",
    };

    private (string Text, string Kind) StateOf(SnapshotResource snapshot) => snapshot switch
    {
        { IsDeleting: true } => ("deleting", "info"),
        { Status.Error.Length: > 0 } => ("error", "bad"),
        { Status.MarkRemoved: true } => ("removed", ""),
        { Status.ReadyToUse: false } => ("taking", "info"),
        _ when backedUp.Contains(snapshot.Name) => ("backed up", "good"),
        _ when failed.Contains(snapshot.Name) => ("backup failed", "bad"),
        _ => ("ready", ""),
    };

    private static string By(SnapshotResource snapshot) => snapshot.Spec.Labels.TryGetValue(SystemNames.RecurringJobLabel, out var job) ? $"job {job}" : IsPersons(snapshot) ? "somebody" : "the system";

    private static bool IsPersons(SnapshotResource snapshot) => !snapshot.Status.MarkRemoved && (snapshot.Status.UserCreated || snapshot.Spec.CreateSnapshot);
}
