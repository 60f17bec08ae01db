namespace Ankole.Nbd;

/// <summary>What is asked of the kernel's NBD client (linux/nbd-netlink.h). Bytes only, no socket.</summary>
internal static class KernelNbdMessages
{
    public const string FamilyName = "nbd";
    public const byte Version = 1;
    public const byte Connect = 1, Disconnect = 2, Reconfigure = 3, LinkDead = 4, Status = 5;
    public const ushort Index = 1, SizeBytes = 2, BlockSizeBytes = 3, Timeout = 4, ServerFlags = 5, ClientFlags = 6, Sockets = 7,
        DeadConnectionTimeout = 8, DeviceList = 9, Backend = 10;
    public const ushort SocketItem = 1, SocketFd = 1;
    public const ushort DeviceItem = 1, DeviceIndex = 1, DeviceConnected = 2;

    /// <summary>The kernel chooses a free device, or makes one.</summary>
    public static NetlinkMessage ToConnect(ushort family, uint sequence, KernelNbdDevice device, IReadOnlyList<int> sockets) =>
        AddSockets(
            new NetlinkMessage(family, Connect, Version, sequence)
                .Add(SizeBytes, (ulong)device.SizeBytes)
                .Add(BlockSizeBytes, (ulong)device.BlockSize)
                .Add(Timeout, (ulong)device.RequestTimeout.TotalSeconds)
                .Add(DeadConnectionTimeout, (ulong)device.DeadConnectionTimeout.TotalSeconds)
                .Add(ServerFlags, (ulong)device.ServerFlags)
                .Add(ClientFlags, 0UL)
                .Add(Backend, device.Backend),
            sockets);

    /// <summary>Dead connections are replaced by the sockets, one by one; sockets for which there is none are left alone.</summary>
    /// <param name="backend">Has to be the one that the device was connected with.</param>
    public static NetlinkMessage ToReconfigure(ushort family, uint sequence, int index, string backend, long sizeBytes, IReadOnlyList<int> sockets)
    {
        var message = new NetlinkMessage(family, Reconfigure, Version, sequence)
            .Add(Index, (uint)index).Add(SizeBytes, (ulong)sizeBytes).Add(Backend, backend);
        return sockets.Count == 0 ? message : AddSockets(message, sockets);
    }

    public static NetlinkMessage ToDisconnect(ushort family, uint sequence, int index) =>
        new NetlinkMessage(family, Disconnect, Version, sequence).Add(Index, (uint)index);

    /// <summary>Of all devices.</summary>
    public static NetlinkMessage ToAskStatus(ushort family, uint sequence) => new(family, Status, Version, sequence);

    private static NetlinkMessage AddSockets(NetlinkMessage message, IReadOnlyList<int> sockets) => message.AddNested(Sockets, list =>
    {
        foreach (var fd in sockets)
            list.AddNested(SocketItem, item => item.Add(SocketFd, (uint)fd));
    });
}
