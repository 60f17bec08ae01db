using System.Runtime.InteropServices;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>
/// The kernel's own NBD client, spoken to over generic netlink: unlike the older ioctl way no process has to stay in the kernel for a device to live, the
/// kernel chooses a free device, and a dead connection can be replaced under a mounted file system. Calls block their thread; one caller at a time.
/// </summary>
public sealed class KernelNbd : IDisposable
{
    private readonly NetlinkSocket socket;
    private readonly ushort family;
    private readonly uint group;

    private KernelNbd(NetlinkSocket socket, ushort family, uint group)
    {
        this.socket = socket;
        this.family = family;
        this.group = group;
    }

    /// <returns>Null when this process cannot use it; <paramref name="missingBecause"/> says what is missing.</returns>
    public static KernelNbd? TryOpen(out string missingBecause)
    {
        missingBecause = "";
        if (!Environment.IsPrivilegedProcess)
        {
            missingBecause = "only root may make block devices, and this process is not root.";
            return null;
        }
        NetlinkSocket? socket = null;
        try
        {
            socket = new NetlinkSocket();
            if (socket.FindFamily(KernelNbdMessages.FamilyName) is { } found)
                return new KernelNbd(socket, found.Id, found.Group);
            missingBecause = "this kernel has no nbd module loaded (modprobe nbd).";
        }
        catch (AnkoleException e)
        {
            missingBecause = e.Message;
        }
        socket?.Dispose();
        return null;
    }

    /// <param name="sockets">Connections past their handshake, with simple replies agreed. The kernel keeps them; the caller may close its own descriptors.</param>
    /// <returns>N of the <c>/dev/nbdN</c> that the kernel chose.</returns>
    public int Connect(KernelNbdDevice device, IReadOnlyList<int> sockets)
    {
        var (errno, replies) = socket.Ask(sequence => KernelNbdMessages.ToConnect(family, sequence, device, sockets));
        Check(errno, "connect a device");
        foreach (var reply in replies)
            if (reply.Command == KernelNbdMessages.Connect && reply.Find<uint>(KernelNbdMessages.Index) is { } index)
                return (int)index;
        throw new NbdProtocolException("netlink: the kernel connected a device but does not tell which.");
    }

    /// <summary>Sets the size and replaces connections that are dead; more sockets than that are not used.</summary>
    public void Reconfigure(int index, string backend, long sizeBytes, IReadOnlyList<int> sockets)
    {
        var (errno, _) = socket.Ask(sequence => KernelNbdMessages.ToReconfigure(family, sequence, index, backend, sizeBytes, sockets));
        Check(errno, $"change /dev/nbd{index}");
    }

    /// <summary>Takes the device's connections away, whoever uses it: callers look first.</summary>
    public void Disconnect(int index)
    {
        var (errno, _) = socket.Ask(sequence => KernelNbdMessages.ToDisconnect(family, sequence, index));
        Check(errno, $"disconnect /dev/nbd{index}");
    }

    /// <summary>Every N of which <c>/dev/nbdN</c> is connected, whoever connected it and whether its connections live.</summary>
    public IReadOnlyList<int> ListConnected()
    {
        var (errno, replies) = socket.Ask(sequence => KernelNbdMessages.ToAskStatus(family, sequence));
        Check(errno, "list devices");
        return [.. replies.Where(reply => reply.Command == KernelNbdMessages.Status).SelectMany(ParseConnected)];
    }

    /// <summary>From now on <see cref="WaitForDeadLink"/> hears of connections that die.</summary>
    public void ListenForDeadLinks(TimeSpan wait)
    {
        socket.Join(group);
        socket.SetReceiveTimeout(wait);
    }

    /// <returns>The devices that lost a connection; none when the wait is over; null when news was lost, so that it may have been any.</returns>
    public IReadOnlyList<int>? WaitForDeadLink()
    {
        var news = socket.Receive(out var isOverrun);
        if (isOverrun)
            return null;
        return [.. (news ?? []).Where(reply => reply.Command == KernelNbdMessages.LinkDead)
            .Select(reply => reply.Find<uint>(KernelNbdMessages.Index)).OfType<uint>().Select(index => (int)index).Distinct()];
    }

    public void Dispose() => socket.Dispose();

    internal static IEnumerable<int> ParseConnected(NetlinkReply reply)
    {
        if (!reply.Attributes.TryGetValue(KernelNbdMessages.DeviceList, out var list))
            yield break;
        foreach (var (_, item) in NetlinkReply.ListAttributes(list))
        {
            var device = NetlinkReply.ParseAttributes(item);
            if (device.GetValueOrDefault(KernelNbdMessages.DeviceIndex) is { Length: sizeof(uint) } index &&
                device.GetValueOrDefault(KernelNbdMessages.DeviceConnected) is [not 0, ..])
                yield return MemoryMarshal.Read<int>(index);
        }
    }

    private static void Check(int errno, string what)
    {
        if (errno == 0)
            return;
        var hint = errno is NetlinkCalls.EPERM or NetlinkCalls.EACCES ? " It takes the capability CAP_SYS_ADMIN." : "";
        throw new AnkoleException(
            errno == NetlinkCalls.EBUSY ? ErrorKind.Busy : ErrorKind.Unavailable,
            $"the kernel's NBD client cannot {what}: {Marshal.GetPInvokeErrorMessage(errno)}.{hint} Its log (dmesg) may say more.");
    }
}
