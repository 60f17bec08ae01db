using System.Globalization;
using Ankole.Testing;

namespace Ankole.Volumes.Tests;

/// <summary>Measured in a process of its own: in this one others take and give memory, and pooled buffers are let go of at times of their own.</summary>
public sealed class BlockMapMemoryTests
{
    [Fact]
    public async Task Scattered_blocks_cost_tens_of_bytes_each()
    {
        var probe = await ProcessRun.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ankole.Volumes.Probe.dll"), "map"], null, TestContext.Current.CancellationToken);
        var bytes = probe.MustSucceed().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));
        TestContext.Current.TestOutputHelper?.WriteLine(probe.Output);
        Assert.InRange(bytes["empty"], 0, 64 << 10);
        Assert.InRange(bytes["scattered"], 0, 40 << 20);
        Assert.InRange(bytes["full"], 0, 6 << 20);
    }
}
