using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Ankole.Nbd.Tests;

/// <summary>A server that does what a test tells it to after a proper handshake with structured replies, or from the first byte.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("ankole-nbd-");
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task serving;
    private Socket? accepted;

    private ScriptedServer(Func<NetworkStream, Task> script)
    {
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory.FullName, "s")));
        listener.Listen();
        serving = ServeAsync(script);
    }

    public NbdUri Uri => NbdUri.ForUnix(Path.Combine(directory.FullName, "s"), "disk");

    public static ScriptedServer FromFirstByte(Func<NetworkStream, Task> script) => new(script);

    /// <param name="script">Begins with the first request.</param>
    public static ScriptedServer AfterHandshake(Func<NetworkStream, Task> script) => new(async stream =>
    {
        await ShakeHandsAsync(stream);
        await script(stream);
    });

    public static async Task<byte[]> ReadAsync(NetworkStream stream, int length)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    /// <summary>The next request; its payload, if it is a write, is read away.</summary>
    public static async Task<NbdRequest> ReadRequestAsync(NetworkStream stream)
    {
        var request = NbdRequest.Parse(await ReadAsync(stream, NbdRequest.CompactSize), extended: false);
        if (request.Command == NbdCommand.Write)
            await ReadAsync(stream, (int)request.Length);
        return request;
    }

    public static byte[] Chunk(NbdRequest request, NbdReplyType type, bool done, params byte[] payload)
    {
        var bytes = new byte[20 + payload.Length];
        NbdReplyHeader.WriteChunk(bytes, NbdReplyStyle.Structured, request, type, done, payload.Length);
        payload.CopyTo(bytes, 20);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        accepted?.Dispose();
        listener.Dispose();
        await serving;
        directory.Delete(recursive: true);
    }

    private async Task ServeAsync(Func<NetworkStream, Task> script)
    {
        try
        {
            accepted = await listener.AcceptAsync();
            await using var stream = new NetworkStream(accepted, ownsSocket: true);
            await script(stream);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client, or the end of the test, was faster than the script.
        }
    }

    private static async Task ShakeHandsAsync(NetworkStream stream)
    {
        await stream.WriteAsync((byte[])[.. "NBDMAGICIHAVEOPT"u8, 0, 3]);
        await ReadAsync(stream, 4);
        while (true)
        {
            var header = await ReadAsync(stream, 16);
            var option = (NbdOption)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
            await ReadAsync(stream, BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(12)));
            switch (option)
            {
                case NbdOption.StructuredReply:
                    await ReplyAsync(stream, option, NbdOptionReplyType.Ack);
                    break;
                case NbdOption.SetMetaContext:
                    await ReplyAsync(stream, option, NbdOptionReplyType.MetaContext, [0, 0, 0, 9, .. "base:allocation"u8]);
                    await ReplyAsync(stream, option, NbdOptionReplyType.Ack);
                    break;
                case NbdOption.Go:
                    await ReplyAsync(stream, option, NbdOptionReplyType.Info, [0, 0, .. RawClient.UInt64(1 << 20), 0, 0xed]);
                    await ReplyAsync(stream, option, NbdOptionReplyType.Ack);
                    return;
                default:
                    await ReplyAsync(stream, option, NbdOptionReplyType.ErrUnsup);
                    break;
            }
        }
    }

    private static async Task ReplyAsync(NetworkStream stream, NbdOption option, NbdOptionReplyType type, params byte[] data) =>
        await stream.WriteAsync((byte[])
            [.. RawClient.UInt64(NbdMagic.OptionReply), .. RawClient.UInt32((uint)option), .. RawClient.UInt32((uint)type), .. RawClient.UInt32((uint)data.Length), .. data]);
}
