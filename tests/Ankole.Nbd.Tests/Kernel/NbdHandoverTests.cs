using System.Buffers.Binary;
using System.Net.Sockets;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests.Kernel;

public sealed class NbdHandoverTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_connection_that_is_handed_over_speaks_simple_replies_and_has_no_timeout_left()
    {
        var device = new MemoryBlockDevice(1 << 20);
        await device.WriteAsync(4096, "payload!"u8.ToArray(), TestContext.Current.CancellationToken);
        await using var server = await NbdServer.StartAsync(NbdAddress.Unix(folder["socket"]), [new NbdExport("db", device)]);
        using var handover = await NbdHandover.ConnectAsync(folder["socket"], "db", TestContext.Current.CancellationToken);
        Assert.Equal(1 << 20, handover.SizeBytes);
        Assert.True(handover.Flags.HasFlag(NbdTransmissionFlags.SendFlush | NbdTransmissionFlags.SendFua | NbdTransmissionFlags.SendTrim | NbdTransmissionFlags.CanMultiConn));

        // As the kernel does: another holder of the same socket.
        using var kernel = new Socket(new SafeSocketHandle(handover.Descriptor, ownsHandle: false));
        Assert.Equal((0, 0), (kernel.ReceiveTimeout, kernel.SendTimeout));
        var request = new byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(request, 0x25609513);
        BinaryPrimitives.WriteUInt64BigEndian(request.AsSpan(8), 77);
        BinaryPrimitives.WriteUInt64BigEndian(request.AsSpan(16), 4096);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(24), 8);
        kernel.Send(request);
        var reply = new byte[16 + 8];
        for (var received = 0; received < reply.Length;)
            received += kernel.Receive(reply.AsSpan(received));
        Assert.Equal((0x67446698u, 0u, 77ul), (
            BinaryPrimitives.ReadUInt32BigEndian(reply), BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(4)), BinaryPrimitives.ReadUInt64BigEndian(reply.AsSpan(8))));
        Assert.Equal("payload!"u8, reply.AsSpan(16));
    }

    [Fact]
    public async Task An_export_that_is_missing_and_a_socket_that_nobody_listens_on_are_said()
    {
        await using var server = await NbdServer.StartAsync(NbdAddress.Unix(folder["socket"]), [new NbdExport("db", new MemoryBlockDevice(4096)), new NbdExport("b", new MemoryBlockDevice(4096))]);
        var missing = await Assert.ThrowsAsync<AnkoleException>(() => NbdHandover.ConnectAsync(folder["socket"], "other", TestContext.Current.CancellationToken));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
        var nobody = await Assert.ThrowsAsync<AnkoleException>(() => NbdHandover.ConnectAsync(folder["nothing"], "db", TestContext.Current.CancellationToken));
        Assert.Equal(ErrorKind.Unavailable, nobody.Kind);
    }

    [Fact]
    public async Task A_server_that_is_dropped_answers_nothing_more_and_refuses_nothing()
    {
        var server = await NbdServer.StartAsync(NbdAddress.Unix(folder["socket"]), [new NbdExport("db", new MemoryBlockDevice(4096))]);
        using var handover = await NbdHandover.ConnectAsync(folder["socket"], "db", TestContext.Current.CancellationToken);
        await server.DropAsync();
        using var kernel = new Socket(new SafeSocketHandle(handover.Descriptor, ownsHandle: false));
        Assert.Equal(0, kernel.Receive(new byte[16]));
        await server.DisposeAsync();
    }
}
