using System.Net.Sockets;
using System.Security.Authentication;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>
/// A device served over NBD. Requests of many callers are in flight at once, spread over several connections where the server allows it;
/// larger ones are cut to what the server takes.
/// </summary>
/// <remarks>
/// A lost server is an <see cref="AnkoleException"/> of kind Unavailable that names the URI, for everything in flight and everything after.
/// Where the server has a minimum block size, unaligned writes read and rewrite the blocks at their edges, one such write at a time.
/// </remarks>
public sealed partial class NbdClient : IBlockDevice
{
    private readonly NbdUri uri;
    private readonly NbdClientConnection[] connections;
    private readonly NbdClientSession session;
    private readonly SemaphoreSlim edgeGate = new(1);

    private NbdClient(NbdUri uri, NbdClientConnection[] connections)
    {
        this.uri = uri;
        this.connections = connections;
        session = connections[0].Session;
    }

    public long SizeBytes => session.SizeBytes;

    public int PreferredBlockSize => session.PreferredBlockSize;

    /// <summary>1 where any alignment will do.</summary>
    public int MinimumBlockSize => session.MinimumBlockSize;

    public bool IsReadOnly => session.Has(NbdTransmissionFlags.ReadOnly);

    public NbdTransmissionFlags Flags => session.Flags;

    /// <summary>The metadata contexts that the server agreed to tell about.</summary>
    public IReadOnlyCollection<string> Contexts => [.. session.ContextIds.Keys];

    public int ConnectionCount => connections.Length;

    /// <summary>True when replies and ranges have 64-bit lengths.</summary>
    public bool HasExtendedHeaders => session.Style == NbdReplyStyle.Extended;

    /// <exception cref="AnkoleException">
    /// Unavailable: nobody answers. NotFound: no such export. Refused: TLS or policy. The message names the URI.
    /// </exception>
    public static async Task<NbdClient> ConnectAsync(
        NbdUri uri, NbdClientOptions? options = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        options ??= new NbdClientOptions();
        timeProvider ??= TimeProvider.System;
        var connections = new List<NbdClientConnection>();
        try
        {
            do
            {
                connections.Add(await OpenAsync(uri, options, timeProvider, cancellationToken));
                if (connections[^1].Session.SizeBytes != connections[0].Session.SizeBytes)
                    throw new NbdProtocolException($"{uri}: the size of the export changed while connecting.");
            }
            while (connections.Count < options.Connections && connections[0].Session.Has(NbdTransmissionFlags.CanMultiConn));
            return new NbdClient(uri, [.. connections]);
        }
        catch
        {
            foreach (var connection in connections)
                await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        CheckRange(offset, destination.Length);
        if (!IsAligned(offset, destination.Length))
        {
            await ReadUnalignedAsync(offset, destination, cancellationToken);
            return;
        }
        while (!destination.IsEmpty)
        {
            var step = destination[..Math.Min(destination.Length, session.MaximumPayload)];
            await Next().RequestAsync(NbdCommand.Read, default, offset, step.Length, default, step, null, cancellationToken);
            offset += step.Length;
            destination = destination[step.Length..];
        }
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        CheckRange(offset, source.Length);
        CheckWritable();
        if (!IsAligned(offset, source.Length))
        {
            await WriteUnalignedAsync(offset, source, cancellationToken);
            return;
        }
        while (!source.IsEmpty)
        {
            var step = source[..Math.Min(source.Length, session.MaximumPayload)];
            await Next().RequestAsync(NbdCommand.Write, default, offset, step.Length, step, default, null, cancellationToken);
            offset += step.Length;
            source = source[step.Length..];
        }
    }

    /// <remarks>A server without <c>NBD_CMD_FLUSH</c> has nothing that could be flushed.</remarks>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => session.Has(NbdTransmissionFlags.SendFlush)
        ? Next().RequestAsync(NbdCommand.Flush, default, 0, 0, default, default, null, cancellationToken)
        : ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in connections)
            await connection.DisposeAsync();
    }

    public override string ToString() => uri.ToString();

    private static async Task<NbdClientConnection> OpenAsync(
        NbdUri uri, NbdClientOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Socket? socket = null;
        try
        {
            socket = await NbdClientSocket.ConnectAsync(uri, linked.Token);
            var session = await new NbdClientHandshake(uri, options, new NetworkStream(socket, ownsSocket: false)).RunAsync(linked.Token);
            return new NbdClientConnection(uri, options, socket, session, timeProvider);
        }
        catch (Exception e)
        {
            socket?.Dispose();
            throw e switch
            {
                OperationCanceledException when limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested =>
                    new AnkoleException(ErrorKind.Unavailable, $"{uri}: no NBD server answered within {options.ConnectTimeout.TotalSeconds:0.###} s.", e),
                EndOfStreamException => new AnkoleException(ErrorKind.Unavailable, $"{uri}: the server closed the connection during the handshake.", e),
                IOException or SocketException or AuthenticationException =>
                    new AnkoleException(ErrorKind.Unavailable, $"{uri}: cannot connect: {e.Message}", e),
                _ => e,
            };
        }
    }

    /// <summary>The connection with the least to do.</summary>
    private NbdClientConnection Next()
    {
        var best = connections[0];
        foreach (var connection in connections)
            if (connection.Load < best.Load)
                best = connection;
        return best;
    }

    private bool IsAligned(long offset, long length) => ((offset | length) & (session.MinimumBlockSize - 1)) == 0;

    private void CheckRange(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > SizeBytes - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} leave {uri} of {SizeBytes} bytes");
    }

    private void CheckWritable()
    {
        if (IsReadOnly)
            throw new AnkoleException(ErrorKind.Refused, $"{uri} is read-only.");
    }
}
