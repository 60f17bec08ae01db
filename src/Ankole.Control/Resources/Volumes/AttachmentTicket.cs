using System.ComponentModel;

namespace Ankole.Control;

/// <summary>One requester's wish to have a volume attached.</summary>
public sealed record AttachmentTicket
{
    [Description("Who asks: longhorn-api, csi-attacher, snapshot-controller, backup-controller, volume-restore-controller, volume-expansion-controller …")]
    public string Type { get; set; } = "";

    [Description("The node to attach to.")]
    public string NodeID { get; set; } = "";

    [Description("disableFrontend: true, false or any.")]
    public IReadOnlyDictionary<string, string> Parameters { get; set; } = new Dictionary<string, string>();

    /// <summary>
    /// Higher wins. By type, as Longhorn orders them; a type it does not know is asked for by a person or program, like <c>longhorn-api</c>.
    /// </summary>
    public static int PriorityOf(string type) => type switch
    {
        AttachmentTicketType.Restore or AttachmentTicketType.Expansion => 2000,
        AttachmentTicketType.Csi or "salvage-controller" or "share-manager-controller" => 900,
        AttachmentTicketType.Snapshot or AttachmentTicketType.Backup or AttachmentTicketType.Operation => 800,
        _ => 1000,
    };
}

/// <summary>The ticket types that Ankole makes itself.</summary>
public static class AttachmentTicketType
{
    public const string Api = "longhorn-api";
    public const string Csi = "csi-attacher";
    public const string Restore = "volume-restore-controller";
    public const string Expansion = "volume-expansion-controller";
    public const string Snapshot = "snapshot-controller";
    public const string Backup = "backup-controller";
    public const string Operation = "operation-controller";

    /// <summary>The id of the ticket by which a person attaches a volume, whichever tool they use, so that one detaches what another attached; Longhorn's.</summary>
    public const string PersonId = "longhorn-ui";
}
