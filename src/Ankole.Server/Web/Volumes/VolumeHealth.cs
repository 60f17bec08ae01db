using Ankole.Control;

namespace Ankole.Server.Web.Volumes;

/// <summary>One word for how a volume is.</summary>
internal static class VolumeHealth
{
    /// <returns>The word, the badge's kind and, where it is known, why.</returns>
    public static (string Text, string Kind, string? Why) Of(VolumeResource volume)
    {
        var status = volume.Status;
        if (volume.IsDeleting)
            return ("deleting", "info", null);
        if (status.Robustness == "faulted")
            return ("faulted", "bad", Why(volume));
        if (status.RestoreRequired && status.Conditions.Find("Restore") is { Reason: "RestoreFailure" } failure)
            return ("restore failed", "bad", failure.Message);
        if (status.RestoreRequired)
            return (status.IsStandby ? "standby" : "restoring", "info", status.Restore is { } transfer ? $"{transfer.Progress} %" : null);
        if (status.Robustness == "degraded")
            return ("degraded", "warn", Why(volume));
        return status.State switch
        {
            "attached" => (status.IsStandby ? "standby" : "attached", "good", null),
            "detached" => (status.IsStandby ? "standby" : "detached", "", Why(volume)),
            "" => ("new", "info", Why(volume)),
            var state => (state, "info", Why(volume)),
        };
    }

    /// <summary>What a condition says that is not as it should be; null: nothing.</summary>
    public static string? Why(VolumeResource volume) =>
        volume.Status.Conditions.FirstOrDefault(condition => condition.Type is not "Restore" && condition.Status == Condition.False && condition.Message.Length > 0)?.Message;
}
