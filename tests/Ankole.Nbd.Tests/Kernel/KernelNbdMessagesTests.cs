namespace Ankole.Nbd.Tests.Kernel;

/// <summary>Bytes written down by hand from linux/netlink.h, linux/genetlink.h and linux/nbd-netlink.h, for a machine whose numbers begin with the low byte.</summary>
public sealed class KernelNbdMessagesTests
{
    private const ushort Family = 0x1c;

    [Fact]
    public void A_device_is_connected_with_its_size_flags_times_owner_and_every_socket()
    {
        var device = new KernelNbdDevice(
            SizeBytes: 0x1_0000_0000, BlockSize: 512, NbdTransmissionFlags.HasFlags | NbdTransmissionFlags.SendFlush, TimeSpan.Zero, TimeSpan.FromSeconds(300), "own");
        AssertBytes(
            """
            80000000 1c00 0500 07000000 00000000   length 128, family, request + acknowledge, sequence 7, port
            01 01 0000                             connect, version 1
            0c00 0200 0000000001000000             size
            0c00 0300 0002000000000000             block size
            0c00 0400 0000000000000000             request timeout
            0c00 0800 2c01000000000000             dead connection timeout
            0c00 0500 0500000000000000             server flags
            0c00 0600 0000000000000000             client flags
            0800 0a00 6f776e00                     backend, with its zero byte
            1c00 0780                              sockets: nested
            0c00 0180 0800 0100 09000000           item: nested, descriptor 9
            0c00 0180 0800 0100 0b000000           item: nested, descriptor 11
            """,
            KernelNbdMessages.ToConnect(Family, 7, device, [9, 11]));
    }

    [Fact]
    public void A_device_that_grows_is_told_its_size_and_shown_whose_it_is() => AssertBytes(
        """
        30000000 1c00 0500 01000000 00000000
        03 01 0000
        0800 0100 02000000
        0c00 0200 0000200000000000
        0700 0a00 6d65 00 00                       padded to four bytes, which its length leaves out
        """,
        KernelNbdMessages.ToReconfigure(Family, 1, index: 2, "me", 0x20_0000, []));

    [Fact]
    public void A_dead_connection_is_replaced_by_a_socket() => AssertBytes(
        """
        40000000 1c00 0500 01000000 00000000
        03 01 0000
        0800 0100 02000000
        0c00 0200 0000200000000000
        0700 0a00 6d65 00 00
        1000 0780
        0c00 0180 0800 0100 05000000
        """,
        KernelNbdMessages.ToReconfigure(Family, 1, index: 2, "me", 0x20_0000, [5]));

    [Fact]
    public void A_device_is_disconnected_by_its_number() => AssertBytes(
        "1c000000 1c00 0500 03000000 00000000 02 01 0000 0800 0100 0f000000", KernelNbdMessages.ToDisconnect(Family, 3, 15));

    [Fact]
    public void All_devices_are_asked_for_without_an_attribute() => AssertBytes(
        "14000000 1c00 0500 04000000 00000000 05 01 0000", KernelNbdMessages.ToAskStatus(Family, 4));

    private static void AssertBytes(string hex, NetlinkMessage message)
    {
        Assert.SkipUnless(BitConverter.IsLittleEndian, "the bytes are written down for little-endian machines");
        Assert.Equal(Convert.ToHexStringLower(HandWritten.Bytes(hex)), Convert.ToHexStringLower(message.ToArray()));
    }
}
