using Ankole.Control;
using Microsoft.AspNetCore.Components;

namespace Ankole.Server.Web.Volumes;

/// <summary>What is searched for and chosen on the list of volumes.</summary>
public sealed partial class VolumesPage
{
    private static readonly string[] States = ["attached", "detached", "degraded", "faulted", "restoring", "standby"];

    private readonly HashSet<string> chosen = [];
    private IReadOnlyList<VolumeResource> volumes = [];
    private IReadOnlyList<string>? expanding;
    private IReadOnlyList<string>? deleting;
    private string search = "";
    private string state = "";
    private string target = "";
    private bool creating;

    /// <summary>As the dashboard links: <c>/volumes?state=degraded</c>.</summary>
    [SupplyParameterFromQuery(Name = "state")] public string? StateQuery { get; set; }

    [SupplyParameterFromQuery(Name = "new")] public string? NewQuery { get; set; }

    protected override void OnInitialized()
    {
        state = StateQuery ?? "";
        creating = NewQuery is not null;
        Follow(Live.Volumes, Live.Nodes);
    }

    protected override void OnLiveChanged()
    {
        volumes = search.Length + state.Length + target.Length == 0 ? Live.Volumes.Rows : [.. Live.Volumes.Rows.Where(Matches)];
        chosen.RemoveWhere(name => Live.Volumes.Find(name) is null);
    }

    private bool Matches(VolumeResource volume) =>
        (search.Length == 0 || volume.Name.Contains(search, StringComparison.OrdinalIgnoreCase) || volume.Metadata.Labels.Any(label => $"{label.Key}={label.Value}".Contains(search, StringComparison.OrdinalIgnoreCase)))
        && (state.Length == 0 || VolumeHealth.Of(volume).Text == state)
        && (target.Length == 0 || volume.Spec.BackupTargetName == target);

    private void Filter(Action change)
    {
        change();
        OnLiveChanged();
    }

    private void Choose(string name, bool isChosen) => _ = isChosen ? chosen.Add(name) : chosen.Remove(name);

    private void ChooseAll(bool all)
    {
        chosen.Clear();
        if (all)
            chosen.UnionWith(volumes.Select(volume => volume.Name));
    }

    private Task AttachChosenAsync() => Actions.ForEachAsync(chosen.ToList(), count => $"{Controls.Texts.Count(count, "volume")} will be attached.",
        (store, name) => VolumeActions.AttachAsync(store, name, Node));

    private Task DetachChosenAsync() => Actions.ForEachAsync(chosen.ToList(), count => $"{Controls.Texts.Count(count, "volume")} will be detached.", VolumeActions.DetachAsync);

    private Task SnapshotChosenAsync() => Actions.ForEachAsync(chosen.ToList(), count => $"{Controls.Texts.Count(count, "snapshot")} asked for.",
        (store, name) => VolumeActions.SnapshotAsync(store, name, VolumeActions.SnapshotName(name, Now), new Dictionary<string, string>()));

    private Task BackUpChosenAsync() => Actions.ForEachAsync(chosen.ToList(), count => $"{Controls.Texts.Count(count, "backup")} begun.",
        (store, name) => VolumeActions.BackUpAsync(store, name, "", "", new Dictionary<string, string>(), isFull: false));

    private string Node => Live.Nodes.Rows.Count > 0 ? Live.Nodes.Rows[0].Name : "";
}
