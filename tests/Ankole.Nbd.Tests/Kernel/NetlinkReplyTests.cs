using System.Runtime.InteropServices;

namespace Ankole.Nbd.Tests.Kernel;

public sealed class NetlinkReplyTests
{
    private const string TwoDevices =
        """
        4000 0000 1c00 0000 05000000 01000000
        05 01 0000
        2c00 0900                                  device list
        1400 0100 0800 0100 00000000 0500 0200 01 000000   nbd0 is connected; the kernel pads
        1400 0100 0800 0100 03000000 0500 0200 00 000000   nbd3 is not
        """;

    private const string Refused = "2400 0000 0200 0000 05000000 01000000 f0ffffff 2000 0000 1c00 0500 05000000 00000000";

    [Fact]
    public void Connected_devices_are_read_from_the_list_of_all()
    {
        var reply = Assert.Single(NetlinkReply.Parse(HandWritten.Bytes(TwoDevices)));
        Assert.Equal((0x1c, 5u, 5, false), (reply.Family, reply.Sequence, reply.Command, reply.IsAcknowledgement));
        Assert.Equal([0], KernelNbd.ParseConnected(reply));
    }

    [Fact]
    public void A_refusal_has_its_error_number_and_a_success_none()
    {
        var refused = Assert.Single(NetlinkReply.Parse(HandWritten.Bytes(Refused)));
        Assert.Equal((true, 16), (refused.IsAcknowledgement, refused.Errno));
        var done = HandWritten.Bytes(Refused);
        done.AsSpan(16, 4).Clear();
        Assert.Equal(0, Assert.Single(NetlinkReply.Parse(done)).Errno);
    }

    [Fact]
    public void Several_messages_may_come_at_once()
    {
        var replies = NetlinkReply.Parse([.. HandWritten.Bytes(TwoDevices), .. HandWritten.Bytes(Refused)]);
        Assert.Equal([false, true], replies.Select(reply => reply.IsAcknowledgement));
    }

    [Fact]
    public void Bytes_that_end_too_early_or_have_wrong_lengths_are_an_error_and_never_read_beyond()
    {
        var whole = HandWritten.Bytes(TwoDevices);
        for (var length = 1; length < whole.Length; length++)
            Assert.Throws<NbdProtocolException>(() => NetlinkReply.Parse(whole.AsSpan(0, length)));
        for (var position = 0; position < whole.Length; position++)
        {
            var changed = whole.ToArray();
            changed[position] = 0xff;
            ParseOrRefuse(changed);
        }
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(120)];
            random.NextBytes(bytes);
            if (bytes.Length > 4)
                MemoryMarshal.Write(bytes, bytes.Length);
            ParseOrRefuse(bytes);
        }
    }

    private static void ParseOrRefuse(byte[] bytes)
    {
        try
        {
            foreach (var reply in NetlinkReply.Parse(bytes))
                _ = KernelNbd.ParseConnected(reply).Count();
        }
        catch (NbdProtocolException)
        {
            return; // refused, as it should be
        }
    }
}
