using System.Collections.Immutable;
using Ankole.Core;

namespace Ankole.Volumes.Tests;

/// <summary>What must hold when power is lost at one moment.</summary>
/// <param name="Kept">Snapshots that were taken and not removed, with their bytes.</param>
/// <param name="Allowed">For every 512-byte sector of the head what it may read as: the last flushed bytes or any written since; null: anything.</param>
/// <param name="Sizes">What the volume's size may be.</param>
internal sealed record CrashExpectation(
    ImmutableDictionary<string, byte[]> Kept, ImmutableArray<ImmutableList<byte[]>?> Allowed, ImmutableList<long> Sizes)
{
    public const int Sector = 512;

    /// <summary>The script writes at the front only, so that thousands of checks stay quick.</summary>
    public const int Tested = 1 << 20;

    public static CrashExpectation Empty(long size) => new(
        ImmutableDictionary<string, byte[]>.Empty,
        [.. Enumerable.Repeat<ImmutableList<byte[]>?>(ImmutableList<byte[]>.Empty.Add(new byte[Sector]), Tested / Sector)],
        [size]);

    public CrashExpectation MayBecome(long offset, ReadOnlySpan<byte> bytes)
    {
        var allowed = Allowed.ToBuilder();
        for (var at = 0; at < bytes.Length; at += Sector)
        {
            var sector = (int)((offset + at) / Sector);
            allowed[sector] = allowed[sector]?.Add(bytes.Slice(at, Sector).ToArray());
        }
        return this with { Allowed = allowed.ToImmutable() };
    }

    public CrashExpectation IsAnything(long offset, long length)
    {
        var allowed = Allowed.ToBuilder();
        for (var at = 0L; at < length; at += Sector)
            allowed[(int)((offset + at) / Sector)] = null;
        return this with { Allowed = allowed.ToImmutable() };
    }

    /// <summary>After a flush: exactly these bytes, where they are not "anything".</summary>
    public CrashExpectation Is(ReadOnlySpan<byte> head, long size, Func<int, bool> isKnown)
    {
        var allowed = ImmutableArray.CreateBuilder<ImmutableList<byte[]>?>(head.Length / Sector);
        for (var sector = 0; sector < head.Length / Sector; sector++)
            allowed.Add(isKnown(sector) ? [head.Slice(sector * Sector, Sector).ToArray()] : null);
        return this with { Allowed = allowed.ToImmutable(), Sizes = [size] };
    }

    public CrashExpectation MayGrowTo(long size) => this with { Sizes = Sizes.Add(size) };

    public static async Task<byte[]> ReadAsync(IBlockSource source)
    {
        var bytes = new byte[Tested];
        await source.ReadAsync(0, bytes, TestContext.Current.CancellationToken);
        return bytes;
    }

    public async Task CheckAsync(Replica replica)
    {
        Assert.Contains(replica.SizeBytes, Sizes);
        var head = await ReadAsync(replica);
        for (var sector = 0; sector < head.Length / Sector; sector++)
        {
            if (Allowed[sector] is { } values && !values.Exists(value => value.AsSpan().SequenceEqual(head.AsSpan(sector * Sector, Sector))))
                Assert.Fail($"sector {sector} of the head reads as nothing it ever was");
        }
        foreach (var (name, bytes) in Kept)
        {
            await using var view = await replica.OpenSnapshotAsync(name, TestContext.Current.CancellationToken);
            var content = await ReadAsync(view);
            Assert.True(content.AsSpan().SequenceEqual(bytes), $"snapshot {name} changed");
        }
    }
}
