using System.Runtime.InteropServices;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>A generic netlink socket. Every call blocks its thread until the kernel has answered; used by one thread at a time.</summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    /// <summary>nlctrl, the family that knows the others (linux/genetlink.h).</summary>
    private const ushort ControlFamily = 16;

    private const byte GetFamily = 3, ControlVersion = 2;
    private const ushort FamilyIdAttribute = 1, FamilyNameAttribute = 2, GroupsAttribute = 7, GroupIdAttribute = 2;

    /// <summary>The kernel's answers are a few kilobytes at most: a list of all devices has 24 bytes for each.</summary>
    private const int BufferSize = 64 << 10;

    private readonly byte[] buffer = new byte[BufferSize];
    private int fd;
    private uint sequence;

    /// <exception cref="AnkoleException">The kernel gives no such socket.</exception>
    public NetlinkSocket()
    {
        fd = NetlinkCalls.Socket(NetlinkCalls.AF_NETLINK, NetlinkCalls.SOCK_RAW | NetlinkCalls.SOCK_CLOEXEC, NetlinkCalls.NETLINK_GENERIC);
        if (fd < 0)
            throw Failed("open a netlink socket");
        var address = new NetlinkCalls.SocketAddress { Family = NetlinkCalls.AF_NETLINK };
        if (NetlinkCalls.Bind(fd, &address, sizeof(NetlinkCalls.SocketAddress)) != 0)
        {
            var error = Failed("bind a netlink socket");
            Dispose();
            throw error;
        }
    }

    /// <summary>Null when the kernel has no such family, that is: its module is not loaded.</summary>
    public (ushort Id, uint Group)? FindFamily(string name)
    {
        var (errno, replies) = Ask(new NetlinkMessage(ControlFamily, GetFamily, ControlVersion, ++sequence).Add(FamilyNameAttribute, name));
        if (errno == NetlinkCalls.ENOENT)
            return null;
        if (errno != 0)
            throw new AnkoleException(ErrorKind.Unavailable, $"the kernel does not say whether it has '{name}': {Marshal.GetPInvokeErrorMessage(errno)}.");
        foreach (var reply in replies)
            if (reply.Find<ushort>(FamilyIdAttribute) is { } id)
                return (id, GroupOf(reply));
        throw new NbdProtocolException($"netlink: the kernel knows the family '{name}' but does not tell its number.");
    }

    /// <param name="make">Gets the message's sequence number.</param>
    /// <returns>The error number of the acknowledgement, 0 for success, and what was answered before it.</returns>
    public (int Errno, IReadOnlyList<NetlinkReply> Replies) Ask(Func<uint, NetlinkMessage> make) => Ask(make(++sequence));

    /// <summary>From now on <see cref="Receive"/> returns what the kernel tells the members of the group.</summary>
    public void Join(uint group)
    {
        if (NetlinkCalls.SetOption(fd, NetlinkCalls.SOL_NETLINK, NetlinkCalls.NETLINK_ADD_MEMBERSHIP, &group, sizeof(uint)) != 0)
            throw Failed("join a netlink group");
    }

    public void SetReceiveTimeout(TimeSpan timeout)
    {
        var time = new NetlinkCalls.Duration { Seconds = (long)timeout.TotalSeconds, Microseconds = timeout.Microseconds + (timeout.Milliseconds * 1000) };
        if (NetlinkCalls.SetOption(fd, NetlinkCalls.SOL_SOCKET, NetlinkCalls.SO_RCVTIMEO, &time, sizeof(NetlinkCalls.Duration)) != 0)
            throw Failed("set a netlink socket's timeout");
    }

    /// <summary>Null when nothing came within the timeout.</summary>
    /// <param name="isOverrun">The kernel had to drop messages.</param>
    public IReadOnlyList<NetlinkReply>? Receive(out bool isOverrun)
    {
        isOverrun = false;
        fixed (byte* bytes = buffer)
        {
            var received = NetlinkCalls.Receive(fd, bytes, BufferSize, 0);
            if (received >= 0)
                return NetlinkReply.Parse(buffer.AsSpan(0, (int)received));
        }
        var errno = Marshal.GetLastPInvokeError();
        isOverrun = errno == NetlinkCalls.ENOBUFS;
        return isOverrun || errno is NetlinkCalls.EAGAIN or NetlinkCalls.EINTR ? null : throw Failed("read from a netlink socket");
    }

    public void Dispose()
    {
        var open = Interlocked.Exchange(ref fd, -1);
        if (open >= 0)
            _ = NetlinkCalls.Close(open);
    }

    private (int Errno, IReadOnlyList<NetlinkReply> Replies) Ask(NetlinkMessage message)
    {
        Send(message.ToArray());
        var answers = new List<NetlinkReply>();
        while (true)
        {
            foreach (var reply in Receive(out _) ?? [])
            {
                if (reply.Sequence != sequence)
                    continue;
                if (reply.IsAcknowledgement)
                    return (reply.Errno, answers);
                answers.Add(reply);
            }
        }
    }

    private void Send(byte[] message)
    {
        fixed (byte* bytes = message)
        {
            while (NetlinkCalls.Send(fd, bytes, (nuint)message.Length, 0) < 0)
                if (Marshal.GetLastPInvokeError() != NetlinkCalls.EINTR)
                    throw Failed("write to a netlink socket");
        }
    }

    /// <summary>The first group of the family; 0 when it has none.</summary>
    private static uint GroupOf(NetlinkReply family)
    {
        if (!family.Attributes.TryGetValue(GroupsAttribute, out var groups))
            return 0;
        foreach (var (_, group) in NetlinkReply.ListAttributes(groups))
            if (NetlinkReply.ParseAttributes(group).TryGetValue(GroupIdAttribute, out var id) && id.Length == sizeof(uint))
                return MemoryMarshal.Read<uint>(id);
        return 0;
    }

    private static AnkoleException Failed(string what) =>
        new(ErrorKind.Unavailable, $"cannot {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
}
