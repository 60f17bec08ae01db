using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Ankole.Core;

namespace Ankole.Nbd.Tests;

[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int Requests = 20_000, Block = 4096;

    /// <summary>Noise of the runtime; one object per request would be 480 KB at least.</summary>
    private const long Allowed = 200_000;

    [Theory]
    [InlineData(NbdCommand.Read, true)]
    [InlineData(NbdCommand.Write, true)]
    [InlineData(NbdCommand.Read, false)]
    [InlineData(NbdCommand.Write, false)]
    internal async Task A_request_allocates_nothing_whether_the_device_answers_at_once_or_later(NbdCommand command, bool answersAtOnce)
    {
        await using var server = await TestServer.StartAsync(new PlainDevice(new byte[Block * 64], answersAtOnce));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(server.SocketPath));
        ShakeHands(socket);
        var request = new byte[28 + (command == NbdCommand.Write ? Block : 0)];
        new NbdRequest(0, command, 7, Block, Block).Write(request, extended: false);
        var reply = new byte[16 + (command == NbdCommand.Read ? Block : 0)];
        Exchange(socket, request, reply, Requests / 4);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Exchange(socket, request, reply, Requests);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Allowed);
    }

    private static void ShakeHands(Socket socket)
    {
        Receive(socket, new byte[18]);
        socket.Send([0, 0, 0, 3, .. "IHAVEOPT"u8, 0, 0, 0, 1, 0, 0, 0, 4, .. "disk"u8]);
        Receive(socket, new byte[10]);
    }

    private static void Exchange(Socket socket, byte[] request, byte[] reply, int count)
    {
        for (var i = 0; i < count; i++)
        {
            for (var sent = 0; sent < request.Length;)
                sent += socket.Send(request.AsSpan(sent));
            Receive(socket, reply);
        }
    }

    private static void Receive(Socket socket, byte[] bytes)
    {
        for (var received = 0; received < bytes.Length;)
            received += socket.Receive(bytes.AsSpan(received)) is > 0 and var step ? step : throw new EndOfStreamException();
    }

    /// <summary>Allocates nothing itself; one request at a time.</summary>
    private sealed class PlainDevice(byte[] bytes, bool answersAtOnce) : IBlockDevice, IValueTaskSource, IThreadPoolWorkItem
    {
        private ManualResetValueTaskSourceCore<bool> later;

        public long SizeBytes => bytes.Length;

        public int PreferredBlockSize => Block;

        public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            bytes.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
            return answersAtOnce ? ValueTask.CompletedTask : LaterAsync();
        }

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
        {
            source.Span.CopyTo(bytes.AsSpan((int)offset));
            return answersAtOnce ? ValueTask.CompletedTask : LaterAsync();
        }

        public ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, CancellationToken cancellationToken) => AsyncEnumerable.Empty<Extent>();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private ValueTask LaterAsync()
        {
            later.Reset();
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return new ValueTask(this, later.Version);
        }

        void IThreadPoolWorkItem.Execute() => later.SetResult(true);

        void IValueTaskSource.GetResult(short token) => later.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => later.GetStatus(token);

        void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            later.OnCompleted(continuation, state, token, flags);
    }
}
