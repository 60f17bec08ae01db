using System.Diagnostics;
using System.Text.Json.Nodes;
using Ankole.EndToEnd.Kill;

namespace Ankole.EndToEnd.Daemon;

/// <summary>
/// What a busy person does to a daemon, and what the daemon said yes to: the only things that it must not forget.
/// </summary>
internal sealed class BusyHost(AnkoleDaemon daemon, string target, KillMoments moments)
{
    public const int Volumes = 3, VolumeBytes = 8 << 20, MaxRestored = 3;

    private readonly Dictionary<(string Plural, string Name), bool> acknowledged = [];
    private readonly WrittenBlocks blocks = new(VolumeBytes / WrittenBlocks.BlockBytes, moments.Next(int.MaxValue));
    private int made;

    /// <summary>Volumes made from backups, each with its backup.</summary>
    public Dictionary<string, string> Restored { get; } = [];

    /// <summary>Created and not deleted, as answered.</summary>
    public IEnumerable<(string Plural, string Name)> MustExist => acknowledged.Where(entry => entry.Value).Select(entry => entry.Key);

    public IEnumerable<(string Plural, string Name)> MustBeGone => acknowledged.Where(entry => !entry.Value).Select(entry => entry.Key);

    public static string VolumeName(int number) => $"busy-{number}";

    public async Task PrepareAsync()
    {
        using var api = DaemonApi.Of(daemon);
        await api.MergeAsync("backuptargets", "default", new JsonObject { ["spec"] = new JsonObject { ["backupTargetURL"] = $"file://{target}", ["pollInterval"] = "1s" } });
        for (var i = 0; i < Volumes; i++)
            await CreateAsync(api, "volumes", "Volume", VolumeName(i), new JsonObject { ["size"] = VolumeBytes.ToString() });
        var ticket = new JsonObject { ["me"] = new JsonObject { ["type"] = "longhorn-api" } };
        await api.MergeAsync("volumes", VolumeName(0), new JsonObject { ["spec"] = new JsonObject { ["attachmentTickets"] = ticket } });
        await Eventually.TrueAsync("the target is available", async () => (await api.GetAsync("backuptargets", "default"))!["status"]?["available"]?.GetValue<bool>() == true);
    }

    /// <summary>Writes to the attached volume and asks for one thing after the other, until the daemon is gone.</summary>
    public async Task WorkUntilLostAsync()
    {
        using var api = DaemonApi.Of(daemon);
        await Task.WhenAll(UntilLostAsync(() => WriteAsync(api)), UntilLostAsync(async () =>
        {
            while (true)
                await ActAsync(api);
        }));
    }

    private static async Task UntilLostAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException || e.InnerException is IOException or HttpRequestException)
        {
            // It was killed, as it should be. What was asked and not answered may have been done or not.
        }
    }

    private async Task WriteAsync(DaemonApi api)
    {
        while (true)
        {
            var endpoint = (await api.GetAsync("volumes", VolumeName(0)))!["status"]?["endpoint"]?.GetValue<string>();
            if (endpoint is not null)
            {
                try
                {
                    await blocks.CheckAsync(endpoint);
                    await blocks.WriteUntilLostAsync(endpoint);
                    return;
                }
                catch (Core.AnkoleException e) when (e.Kind is Core.ErrorKind.Unavailable or Core.ErrorKind.NotFound)
                {
                    // Its status still says what was before the kill: the socket comes back in a moment.
                }
            }
            await Task.Delay(20);
        }
    }

    /// <summary>Everything that was flushed is there. Until the volume is served again, its status may still say what was before the kill.</summary>
    public async Task CheckWritesAsync(DaemonApi api, TimeSpan atMost)
    {
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(100))
        {
            var volume = (await api.GetAsync("volumes", VolumeName(0)))!;
            try
            {
                await blocks.CheckAsync(volume["status"]!["endpoint"]!.GetValue<string>());
                return;
            }
            catch (Core.AnkoleException e) when (e.Kind is Core.ErrorKind.Unavailable or Core.ErrorKind.NotFound && Stopwatch.GetElapsedTime(started) < atMost)
            {
            }
        }
    }

    private async Task ActAsync(DaemonApi api)
    {
        var volume = VolumeName(moments.Next(Volumes));
        switch (moments.Next(8))
        {
            case 0 or 1:
                await CreateAsync(api, "snapshots", "Snapshot", $"s-{++made}", new JsonObject { ["volume"] = volume });
                break;
            case 2 or 3 or 4:
                await CreateAsync(api, "backups", "Backup", $"b-{++made}", new JsonObject { ["volumeName"] = volume });
                break;
            case 5:
                await DeleteOneAsync(api, "snapshots", "s-", _ => true);
                break;
            case 6:
                await DeleteOneAsync(api, "backups", "b-", backup => backup["status"]?["state"]?.GetValue<string>() == "Completed" && !Restored.ContainsValue(NameOf(backup)));
                break;
            default:
                await RestoreOneAsync(api);
                break;
        }
        await Task.Delay(moments.Next(120));
    }

    private async Task RestoreOneAsync(DaemonApi api)
    {
        if (Restored.Count >= MaxRestored || await ChooseAsync(api, "backups", "b-", backup => backup["status"]?["state"]?.GetValue<string>() == "Completed") is not { } backup)
            return;
        var name = $"restored-{++made}";
        Restored[name] = NameOf(backup);
        await CreateAsync(api, "volumes", "Volume", name, new JsonObject { ["fromBackup"] = backup["status"]!["url"]!.GetValue<string>() });
    }

    private async Task CreateAsync(DaemonApi api, string plural, string kind, string name, JsonObject spec)
    {
        if (await api.CreateAsync(plural, kind, name, spec))
            acknowledged[(plural, name)] = true;
    }

    private async Task DeleteOneAsync(DaemonApi api, string plural, string prefix, Func<JsonNode, bool> may)
    {
        if (await ChooseAsync(api, plural, prefix, may) is not { } chosen)
            return;
        // From here on it may go, answered or not.
        acknowledged.Remove((plural, NameOf(chosen)));
        await api.DeleteAsync(plural, NameOf(chosen));
        acknowledged[(plural, NameOf(chosen))] = false;
    }

    private async Task<JsonNode?> ChooseAsync(DaemonApi api, string plural, string prefix, Func<JsonNode, bool> may)
    {
        var candidates = (await api.ListAsync(plural)).Where(item => NameOf(item).StartsWith(prefix, StringComparison.Ordinal) && item["metadata"]!["deletionTimestamp"] is null && may(item)).ToList();
        return candidates.Count < 3 ? null : candidates[moments.Next(candidates.Count)];
    }

    public static string NameOf(JsonNode resource) => resource["metadata"]!["name"]!.GetValue<string>();
}
