using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ankole.Nbd;

/// <summary>
/// A plain socket, used with blocking system calls only. At queue depth 1 the thread that wakes with a request reads the device and sends the
/// reply itself: no other thread takes part. Sends that must not wait use <c>MSG_DONTWAIT</c>, which .NET has no name for.
/// </summary>
internal sealed unsafe partial class SocketChannel(Socket socket) : IChannel
{
    private const int MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
    private const int EINTR = 4, EAGAIN = 11;

    private readonly SafeSocketHandle handle = socket.SafeHandle;

    public int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var received = Recv(handle, start, (nuint)buffer.Length, 0);
                if (received >= 0)
                    return (int)received;
                if (Marshal.GetLastPInvokeError() != EINTR)
                    throw Lost("receive");
            }
        }
    }

    public int Send(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, bool mayBlock)
    {
        fixed (byte* headStart = head, tailStart = tail)
        {
            var pieces = stackalloc IoVector[2];
            pieces[0] = new IoVector { Start = headStart, Length = (nuint)head.Length };
            pieces[1] = new IoVector { Start = tailStart, Length = (nuint)tail.Length };
            var message = new MessageHeader { Pieces = pieces, PieceCount = 2 };
            while (true)
            {
                var sent = SendMsg(handle, &message, MSG_NOSIGNAL | (mayBlock ? 0 : MSG_DONTWAIT));
                if (sent >= 0)
                    return (int)sent;
                switch (Marshal.GetLastPInvokeError())
                {
                    case EINTR:
                        continue;
                    case EAGAIN when !mayBlock:
                        return 0;
                    default:
                        throw Lost("send");
                }
            }
        }
    }

    public void Abort() => socket.EndStream(SocketShutdown.Both);

    public void Dispose() => socket.Dispose();

    private static IOException Lost(string operation) => new($"cannot {operation}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Recv(SafeSocketHandle socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMsg(SafeSocketHandle socket, MessageHeader* message, int flags);

    /// <summary>struct iovec.</summary>
    private struct IoVector
    {
        public byte* Start;
        public nuint Length;
    }

#pragma warning disable CS0649 // Unused fields of the kernel's struct stay zero.
    /// <summary>struct msghdr.</summary>
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Pieces;
        public nuint PieceCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
#pragma warning restore CS0649
}
