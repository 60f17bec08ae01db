using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ankole.Core;
using Ankole.Files;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Volumes;

/// <summary>
/// Messages over the control socket of a replica directory: one JSON value a line, UTF-8.
/// </summary>
internal sealed class ControlChannel(Socket socket) : IDisposable
{
    /// <summary>The socket's name in the replica directory, mode 0600. Longhorn ignores it.</summary>
    public const string FileName = "ankole.control";

    /// <summary>An inspection of 250 disks with long labels stays far below.</summary>
    private const int MaxLineBytes = 8 << 20;

    private readonly NetworkStream stream = new(socket, ownsSocket: true);
    private byte[] buffer = new byte[4096];
    private int filled;

    /// <summary>
    /// The socket's address by way of an open directory: a socket address holds 107 bytes, a path any number. Valid while the handle is open.
    /// </summary>
    public static UnixDomainSocketEndPoint AddressIn(SafeFileHandle directory) =>
        new($"/proc/self/fd/{directory.DangerousGetHandle()}/{FileName}");

    public async Task SendAsync<T>(T message, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(message, type);
        await stream.WriteAsync((byte[])[.. line, (byte)'\n'], cancellationToken);
    }

    /// <returns>Null when the other side has closed.</returns>
    public async Task<T?> ReceiveAsync<T>(JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        while (true)
        {
            var end = buffer.AsSpan(0, filled).IndexOf((byte)'\n');
            if (end >= 0)
                return Take(end, type);
            if (filled == buffer.Length)
                Array.Resize(ref buffer, filled < MaxLineBytes ? filled * 2 : throw Broken($"a line is longer than {MaxLineBytes} bytes"));
            var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            if (read == 0)
                return null;
            filled += read;
        }
    }

    /// <summary>Returns when the other side closes, or says anything more.</summary>
    public async Task WhenClosedAsync(CancellationToken cancellationToken) => _ = await stream.ReadAsync(new byte[1], cancellationToken);

    public void Dispose() => stream.Dispose();

    private T Take<T>(int end, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(buffer.AsSpan(0, end), type) ?? throw Broken("a line says nothing");
        }
        catch (JsonException e)
        {
            throw Broken("a line is no message", e);
        }
        finally
        {
            buffer.AsSpan(end + 1, filled - end - 1).CopyTo(buffer);
            filled -= end + 1;
        }
    }

    private static AnkoleException Broken(string what, Exception? cause = null) =>
        new(ErrorKind.Failed, $"the control socket of the replica is out of step: {what}.", cause);
}
