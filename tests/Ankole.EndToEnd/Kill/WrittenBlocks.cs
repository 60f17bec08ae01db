using System.Buffers.Binary;
using Ankole.Core;
using Ankole.Nbd;

namespace Ankole.EndToEnd.Kill;

/// <summary>
/// A client that writes numbered 4 KiB blocks to a served volume and remembers which of them were flushed. After the server's death each block
/// must hold its last flushed number or one that was sent later; nothing older, nothing else.
/// </summary>
/// <param name="blockCount">A multiple of 256.</param>
internal sealed class WrittenBlocks(int blockCount, int seed)
{
    public const int BlockBytes = 4096;

    private const int WritesPerFlush = 24, BlocksPerRead = 256;

    private readonly Random random = new(seed);
    private readonly uint[] sent = new uint[blockCount];
    private readonly uint[] flushed = new uint[blockCount];
    private uint number;

    public long Flushes { get; private set; }

    /// <summary>Writes and flushes until the server goes away.</summary>
    public async Task WriteUntilLostAsync(string uri)
    {
        try
        {
            await using var client = await NbdClient.ConnectAsync(NbdUri.Parse(uri), new NbdClientOptions { Connections = 2 });
            while (true)
                await WriteAndFlushAsync(client);
        }
        catch (AnkoleException e) when (e.Kind == ErrorKind.Unavailable)
        {
            // The server was killed, as it should be.
        }
    }

    /// <summary>Every block holds what it must. What a lost flush left open is settled: it counts as flushed from here on.</summary>
    public async Task CheckAsync(string uri)
    {
        await using var client = await NbdClient.ConnectAsync(NbdUri.Parse(uri));
        var blocks = new byte[BlocksPerRead * BlockBytes];
        for (var first = 0; first < blockCount; first += BlocksPerRead)
        {
            await client.ReadAsync((long)first * BlockBytes, blocks, CancellationToken.None);
            for (var index = first; index < first + BlocksPerRead; index++)
                Check(index, blocks.AsSpan((index - first) * BlockBytes, BlockBytes));
        }
        await client.FlushAsync(CancellationToken.None);
    }

    private void Check(int index, ReadOnlySpan<byte> block)
    {
        var found = BinaryPrimitives.ReadUInt32LittleEndian(block);
        Assert.True(
            found >= flushed[index] && found <= sent[index] && block.SequenceEqual(Content(index, found)),
            $"block {index} holds number {found}; {flushed[index]} was flushed and {sent[index]} was sent last");
        sent[index] = flushed[index] = found;
    }

    private async Task WriteAndFlushAsync(NbdClient client)
    {
        var round = new Dictionary<int, uint>();
        var writes = new List<Task>();
        for (var i = 0; i < WritesPerFlush; i++)
        {
            // Mostly one part of the volume, so that blocks are written again and again in every layer of the chain.
            var index = random.Next(random.Next(4) == 0 ? blockCount : blockCount / 8);
            if (!round.TryAdd(index, ++number))
                continue;
            sent[index] = number;
            writes.Add(client.WriteAsync((long)index * BlockBytes, Content(index, number), CancellationToken.None).AsTask());
        }
        await Task.WhenAll(writes);
        await client.FlushAsync(CancellationToken.None);
        foreach (var (index, written) in round)
            flushed[index] = written;
        Flushes++;
    }

    /// <summary>Number 0 was never written: zeros.</summary>
    private static byte[] Content(int index, uint number)
    {
        var content = new byte[BlockBytes];
        if (number == 0)
            return content;
        new Random(unchecked((index * 7919) + (int)number)).NextBytes(content);
        BinaryPrimitives.WriteUInt32LittleEndian(content, number);
        return content;
    }
}
