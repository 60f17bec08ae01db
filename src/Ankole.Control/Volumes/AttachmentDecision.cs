namespace Ankole.Control;

/// <summary>
/// What a volume's attachment tickets come to on this host: whether it is to be attached, with or without its frontend, and what each ticket gets.
/// The ticket of the highest priority decides, ties go to the smallest id; a volume that is attached stays as it is while any ticket fits.
/// </summary>
internal sealed record AttachmentDecision(bool Attach, bool WithFrontend, IReadOnlyDictionary<string, AttachmentTicketStatus> Statuses)
{
    private const string DisableFrontend = "disableFrontend";

    /// <summary>What a ticket says of the frontend.</summary>
    private enum Demand
    {
        With,
        Without,
        Any,
    }

    /// <param name="attachedWithFrontend">Null: detached now.</param>
    public static AttachmentDecision Decide(IReadOnlyDictionary<string, AttachmentTicket> tickets, string node, bool? attachedWithFrontend)
    {
        var here = tickets
            .Where(ticket => IsHere(ticket.Value, node))
            .OrderByDescending(ticket => AttachmentTicket.PriorityOf(ticket.Value.Type)).ThenBy(ticket => ticket.Key, StringComparer.Ordinal)
            .Select(ticket => DemandOf(ticket.Value)).ToList();
        bool? mode = attachedWithFrontend switch
        {
            _ when here.Count == 0 => null,
            null => here.Find(demand => demand != Demand.Any) == Demand.With && here.Exists(demand => demand == Demand.With),
            true when here.Exists(demand => demand != Demand.Without) => true,
            // Nobody minds a frontend and somebody wants one: it is added.
            false when !here.Contains(Demand.Without) && here.Contains(Demand.With) => true,
            false when here.Exists(demand => demand != Demand.With) => false,
            _ => null,
        };
        return new AttachmentDecision(mode is not null, mode == true, tickets.ToDictionary(ticket => ticket.Key, ticket => StatusOf(ticket.Value, node, mode)));
    }

    /// <summary>Every ticket unsatisfied for one reason.</summary>
    public static IReadOnlyDictionary<string, AttachmentTicketStatus> Refuse(IReadOnlyDictionary<string, AttachmentTicket> tickets, string reason, string message) =>
        tickets.ToDictionary(ticket => ticket.Key, _ => new AttachmentTicketStatus(false, reason, message));

    private static bool IsHere(AttachmentTicket ticket, string node) => ticket.NodeID.Length == 0 || ticket.NodeID == node;

    private static Demand DemandOf(AttachmentTicket ticket) => ticket.Parameters.GetValueOrDefault(DisableFrontend) switch
    {
        "true" => Demand.Without,
        "any" => Demand.Any,
        _ => Demand.With,
    };

    private static AttachmentTicketStatus StatusOf(AttachmentTicket ticket, string node, bool? mode)
    {
        if (!IsHere(ticket, node))
            return new AttachmentTicketStatus(false, "NodeNotFound", $"there is no node '{ticket.NodeID}' that could attach the volume; this one is '{node}'.");
        return (DemandOf(ticket), mode) switch
        {
            (_, null) => new AttachmentTicketStatus(false, "Detaching", "the volume is detached first, because it was attached in another way."),
            (Demand.With, false) => new AttachmentTicketStatus(
                false, "AttachedWithIncompatibleParameters", "another ticket holds the volume without a frontend (disableFrontend=true)."),
            (Demand.Without, true) => new AttachmentTicketStatus(
                false, "AttachedWithIncompatibleParameters", "another ticket holds the volume with its frontend."),
            _ => new AttachmentTicketStatus(true),
        };
    }
}
