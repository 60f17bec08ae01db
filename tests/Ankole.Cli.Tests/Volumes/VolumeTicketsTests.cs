using Ankole.Cli.Volumes;
using Ankole.Control;

namespace Ankole.Cli.Tests.Volumes;

public sealed class VolumeTicketsTests
{
    private static readonly VolumeResource Data = new() { Metadata = new ObjectMeta { Name = "data" } };

    private static readonly AttachmentTicket Csi = new() { Type = AttachmentTicketType.Csi, NodeID = "here" };

    [Fact]
    public void Attaching_twice_changes_nothing_the_second_time()
    {
        var attached = VolumeTickets.Attached(Data, "here");
        Assert.Equal("here", attached.Spec.AttachmentTickets[AttachmentTicketType.PersonId].NodeID);
        Assert.Same(attached, VolumeTickets.Attached(attached, "here"));
    }

    [Fact]
    public void Detaching_takes_the_tickets_of_people_and_leaves_the_others()
    {
        var attached = VolumeTickets.Attached(Data with { Spec = new VolumeSpec { AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["csi-1"] = Csi } } }, "here");
        Assert.Equal(["csi-1"], VolumeTickets.Detached(attached, all: false).Spec.AttachmentTickets.Keys);
        Assert.Empty(VolumeTickets.Detached(attached, all: true).Spec.AttachmentTickets);
        Assert.Same(Data, VolumeTickets.Detached(Data, all: false));
    }

    [Fact]
    public void A_volume_is_attached_when_it_is_served()
    {
        Assert.Null(VolumeTickets.JudgeAttached(Data).Verdict);
        Assert.Null(VolumeTickets.JudgeAttached(Data with { Status = new VolumeStatus { State = "attached" } }).Verdict);
        Assert.True(VolumeTickets.JudgeAttached(Data with { Status = new VolumeStatus { State = "attached", Endpoint = "nbd://x" } }).Verdict);
        Assert.False(VolumeTickets.JudgeAttached(Data with { Status = new VolumeStatus { State = "detached", Robustness = "faulted" } }).Verdict);
    }

    [Fact]
    public void A_restored_volume_is_there_only_with_its_bytes()
    {
        var restored = Data with { Spec = new VolumeSpec { FromBackup = "file:///x?backup=b&volume=v" }, Status = new VolumeStatus { State = "detached" } };
        Assert.Null(VolumeCreation.Judge(restored).Verdict);
        Assert.Null(VolumeCreation.Judge(restored with { Status = restored.Status with { RestoreRequired = true } }).Verdict);
        Assert.True(VolumeCreation.Judge(restored with { Status = restored.Status with { LastRestoredBackup = "b" } }).Verdict);
        var failed = restored with { Status = restored.Status with { Conditions = [new Condition("Restore", "False", "RestoreFailure", "the target is gone")] } };
        Assert.Equal((false, "the target is gone"), (VolumeCreation.Judge(failed).Verdict, VolumeCreation.Judge(failed).Text));
    }
}
