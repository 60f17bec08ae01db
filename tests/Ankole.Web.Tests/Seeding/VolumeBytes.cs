using Ankole.Nbd;

namespace Ankole.Web.Tests.Seeding;

/// <summary>What a volume's user does: reads and writes at its NBD address.</summary>
internal static class VolumeBytes
{
    private const int PieceBytes = 1 << 20;

    public static byte[] Random(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static async Task WriteAsync(string endpoint, long offset, byte[] bytes)
    {
        await using var client = await OpenAsync(endpoint);
        for (var done = 0; done < bytes.Length; done += PieceBytes)
            await client.WriteAsync(offset + done, bytes.AsMemory(done, Math.Min(PieceBytes, bytes.Length - done)), CancellationToken.None);
        await client.FlushAsync(CancellationToken.None);
    }

    public static async Task<byte[]> ReadAsync(string endpoint, long offset, int length)
    {
        var bytes = new byte[length];
        await using var client = await OpenAsync(endpoint);
        for (var done = 0; done < length; done += PieceBytes)
            await client.ReadAsync(offset + done, bytes.AsMemory(done, Math.Min(PieceBytes, length - done)), CancellationToken.None);
        return bytes;
    }

    private static Task<NbdClient> OpenAsync(string endpoint) => NbdClient.ConnectAsync(NbdUri.Parse(endpoint), new NbdClientOptions(), TimeProvider.System, CancellationToken.None);
}
