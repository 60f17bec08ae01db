using System.Buffers;

namespace Ankole.Nfs;

/// <summary>One reply message in a rented array. Whoever holds it disposes it once, after the last reader of the bytes.</summary>
internal sealed class RpcReply(byte[] rented, int length) : IDisposable
{
    private byte[]? rented = rented;

    public ReadOnlySpan<byte> Message => (rented ?? throw new ObjectDisposedException(nameof(RpcReply))).AsSpan(0, length);

    /// <summary>Checks the header and returns where the procedure's own result begins (RFC 5531, section 9).</summary>
    /// <exception cref="RpcRejectedException">The server's RPC layer did not carry the call out, and says why.</exception>
    /// <exception cref="NfsProtocolException">The header is none.</exception>
    public int ParseHeader()
    {
        var reader = new XdrReader(Message);
        reader.ReadUInt32(); // xid: matched already
        var type = reader.ReadUInt32();
        if (type != 1)
            throw new NfsProtocolException($"the server's message is of type {type}, not a reply");
        switch (reader.ReadUInt32())
        {
            case 0: ParseAccepted(ref reader); break;
            case 1: throw ParseDenied(ref reader);
            case var other: throw new NfsProtocolException($"the server's reply state is {other}, neither accepted nor denied");
        }
        return reader.Position;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref rented, null) is { } array)
            ArrayPool<byte>.Shared.Return(array);
    }

    private static void ParseAccepted(ref XdrReader reader)
    {
        const int maxVerifierBytes = 400;
        reader.ReadUInt32();
        reader.ReadOpaque(maxVerifierBytes);
        var state = reader.ReadUInt32();
        if (state == 0)
            return;
        throw state switch
        {
            1 => (Exception)new RpcRejectedException("there is no NFS service on that port; check the port (NFS is 2049)"),
            2 => new RpcRejectedException(
                $"the server speaks NFS versions {reader.ReadUInt32()} to {reader.ReadUInt32()}; version 4 is needed: enable NFSv4.1 on the server"),
            3 => new RpcRejectedException("the server does not know the COMPOUND procedure"),
            4 => new RpcRejectedException("the server could not decode the call"),
            5 => new RpcRejectedException("the server had an internal error (RPC SYSTEM_ERR); look into its log"),
            _ => new NfsProtocolException($"the server's accept state is {state}"),
        };
    }

    private static RpcRejectedException ParseDenied(ref XdrReader reader) => reader.ReadUInt32() switch
    {
        0 => new RpcRejectedException($"the server speaks RPC versions {reader.ReadUInt32()} to {reader.ReadUInt32()}; version 2 is needed"),
        1 => new RpcRejectedException(reader.ReadUInt32() switch
        {
            1 or 2 => "the server rejected the AUTH_SYS credential; allow sec=sys for this client in its export",
            5 => "the server wants stronger authentication than AUTH_SYS; allow sec=sys for this client in its export (Kerberos is not supported)",
            var status => $"the server refused the authentication (auth_stat {status}); allow sec=sys for this client in its export",
        }),
        var other => throw new NfsProtocolException($"the server's reject state is {other}"),
    };
}
