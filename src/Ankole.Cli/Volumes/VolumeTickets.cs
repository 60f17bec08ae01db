using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary>The ticket by which a person has a volume attached.</summary>
internal static class VolumeTickets
{
    /// <summary>The node that was named, or the only one there is.</summary>
    /// <exception cref="AnkoleException">There are several nodes and none was named, or none at all.</exception>
    public static async Task<string> NodeAsync(ServerSession server, string? named, CancellationToken cancellationToken)
    {
        if (named is not null)
            return named;
        var nodes = await server.Resources.ListAsync(new ResourceQuery(Kinds.Node), cancellationToken);
        return nodes.Items switch
        {
            [var only] => only.Name,
            [] => throw new AnkoleException(ErrorKind.Unavailable, "no node has reported yet: wait a moment, or look at the server's log."),
            var several => throw new InvalidInputException($"there are {several.Count} nodes: name one with --node ({string.Join(", ", several.Select(node => node.Name))})."),
        };
    }

    public static VolumeResource Attached(VolumeResource volume, string node)
    {
        var ticket = new AttachmentTicket { Type = AttachmentTicketType.Api, NodeID = node, Parameters = new Dictionary<string, string> { ["disableFrontend"] = "false" } };
        if (volume.Spec.AttachmentTickets.TryGetValue(AttachmentTicketType.PersonId, out var present) && present.NodeID == node)
            return volume;
        var tickets = new Dictionary<string, AttachmentTicket>(volume.Spec.AttachmentTickets) { [AttachmentTicketType.PersonId] = ticket };
        return volume with { Spec = volume.Spec with { AttachmentTickets = tickets } };
    }

    /// <param name="all">True: nobody's wish counts any more, not only that of people.</param>
    public static VolumeResource Detached(VolumeResource volume, bool all)
    {
        var tickets = volume.Spec.AttachmentTickets.Where(ticket => !all && ticket.Value.Type != AttachmentTicketType.Api && ticket.Key != AttachmentTicketType.PersonId)
            .ToDictionary();
        return tickets.Count == volume.Spec.AttachmentTickets.Count ? volume : volume with { Spec = volume.Spec with { AttachmentTickets = tickets } };
    }

    public static WaitState JudgeAttached(VolumeResource volume)
    {
        if (volume.Status is { State: "attached", Endpoint.Length: > 0 })
            return WaitState.Done;
        if (volume.Status.Robustness == "faulted")
            return WaitState.Failed(Why(volume) is { Length: > 0 } why ? why : "no replica can be used: 'ankole volume show' says more.");
        return WaitState.Going(Why(volume) is { Length: > 0 } waiting ? waiting : "attaching");
    }

    /// <summary>Where programs find the bytes.</summary>
    public static string Addresses(VolumeResource volume) =>
        volume.Status.Endpoint + (volume.Status.DevicePath.Length > 0 ? $"\n{volume.Status.DevicePath}" : "");

    private static string Why(VolumeResource volume) =>
        volume.Status.AttachmentTicketStatuses.TryGetValue(AttachmentTicketType.PersonId, out var status) && !status.Satisfied ? status.Message : "";
}
