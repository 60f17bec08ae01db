namespace Ankole.Control.Tests;

public sealed class AttachmentDecisionTests
{
    private static readonly Dictionary<string, AttachmentTicket> None = [];

    [Fact]
    public void Without_tickets_nothing_is_attached()
    {
        Assert.False(AttachmentDecision.Decide(None, "node-1", null).Attach);
        Assert.False(AttachmentDecision.Decide(None, "node-1", true).Attach);
    }

    [Theory]
    [InlineData("false", null, true)]
    [InlineData("true", null, false)]
    [InlineData("any", null, false)]
    [InlineData("any", true, true)]
    [InlineData("any", false, false)]
    [InlineData("false", true, true)]
    [InlineData("true", false, false)]
    public void One_ticket_decides_the_frontend(string disableFrontend, bool? attached, bool withFrontend)
    {
        var decision = AttachmentDecision.Decide(Tickets(("a", AttachmentTicketType.Api, disableFrontend, "")), "node-1", attached);
        Assert.True(decision.Attach);
        Assert.Equal(withFrontend, decision.WithFrontend);
        Assert.True(decision.Statuses["a"].Satisfied);
    }

    [Fact]
    public void The_higher_priority_wins_and_the_other_learns_why_not()
    {
        var tickets = Tickets(("a", AttachmentTicketType.Csi, "false", ""), ("b", AttachmentTicketType.Api, "true", ""));
        var decision = AttachmentDecision.Decide(tickets, "node-1", null);
        Assert.False(decision.WithFrontend);
        Assert.Equal("AttachedWithIncompatibleParameters", decision.Statuses["a"].Reason);
        Assert.True(decision.Statuses["b"].Satisfied);
    }

    [Fact]
    public void Of_equal_priorities_the_smallest_id_wins() =>
        Assert.True(AttachmentDecision.Decide(
            Tickets(("b", AttachmentTicketType.Api, "true", ""), ("a", AttachmentTicketType.Api, "false", "")), "node-1", null).WithFrontend);

    [Fact]
    public void An_attached_volume_stays_as_it_is_while_any_ticket_fits()
    {
        var tickets = Tickets(("a", AttachmentTicketType.Csi, "false", ""), ("b", AttachmentTicketType.Restore, "true", ""));
        Assert.True(AttachmentDecision.Decide(tickets, "node-1", true).WithFrontend);
        Assert.False(AttachmentDecision.Decide(tickets, "node-1", false).WithFrontend);
    }

    [Fact]
    public void A_ticket_that_does_not_fit_at_all_detaches_first() =>
        Assert.False(AttachmentDecision.Decide(Tickets(("a", AttachmentTicketType.Api, "true", "")), "node-1", true).Attach);

    [Fact]
    public void A_frontend_is_added_when_nobody_minds() =>
        Assert.True(AttachmentDecision.Decide(
            Tickets(("a", AttachmentTicketType.Backup, "any", ""), ("b", AttachmentTicketType.Api, "false", "")), "node-1", false).WithFrontend);

    [Fact]
    public void A_ticket_for_another_node_is_told_so_and_holds_nobody_up()
    {
        var decision = AttachmentDecision.Decide(
            Tickets(("a", AttachmentTicketType.Restore, "false", "elsewhere"), ("b", AttachmentTicketType.Api, "false", "node-1")), "node-1", null);
        Assert.True(decision.Attach);
        Assert.Equal("NodeNotFound", decision.Statuses["a"].Reason);
        Assert.True(decision.Statuses["b"].Satisfied);
    }

    private static Dictionary<string, AttachmentTicket> Tickets(params (string Id, string Type, string DisableFrontend, string Node)[] tickets) => tickets.ToDictionary(
        ticket => ticket.Id,
        ticket => new AttachmentTicket
        {
            Type = ticket.Type, NodeID = ticket.Node, Parameters = new Dictionary<string, string> { ["disableFrontend"] = ticket.DisableFrontend },
        });
}
