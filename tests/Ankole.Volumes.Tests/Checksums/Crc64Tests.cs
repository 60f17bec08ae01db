using System.Globalization;

namespace Ankole.Volumes.Tests;

public sealed class Crc64Tests
{
    [Fact]
    public void The_check_value_of_the_specification_comes_out()
    {
        var crc = Crc64.Start();
        crc.Append("123456789"u8);
        Assert.Equal("b90956c775a41001", crc.Value.ToString("x16", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1_000_003)]
    public void Zeros_appended_by_number_count_as_zeros_appended(int zeros)
    {
        var byNumber = Crc64.Start();
        byNumber.Append("some bytes"u8);
        var byBytes = byNumber;
        byNumber.AppendZeros(zeros);
        byBytes.Append(new byte[zeros]);
        Assert.Equal(byBytes.Value, byNumber.Value);
    }

    [Fact]
    public async Task A_checksum_that_Longhorn_recorded_verifies_and_is_called_stale_after_a_copy()
    {
        using var fixture = await ReplicaFixture.UnpackAsync("basic-chain");
        var verdict = await ReplicaReader.Open(fixture.Directory, new ReplicaOptions()).VerifyChecksumAsync("second", TestContext.Current.CancellationToken);
        Assert.Equal(new ChecksumVerdict("b57d583cb3087893", "b57d583cb3087893", IsCurrent: false, Matches: true), verdict);
        Assert.Null(await ReplicaReader.Open(fixture.Directory, new ReplicaOptions()).VerifyChecksumAsync("first", TestContext.Current.CancellationToken));

        using (var file = File.OpenHandle(Path.Combine(fixture.Directory, "volume-snap-second.img"), FileMode.Open, FileAccess.Write))
            RandomAccess.Write(file, [0x55], 70_000);
        verdict = await ReplicaReader.Open(fixture.Directory, new ReplicaOptions()).VerifyChecksumAsync("second", TestContext.Current.CancellationToken);
        Assert.False(verdict!.Matches);
    }

    [Theory]
    [InlineData("2026-11-22 22:27:35.501941916 +0000 UTC", 1795386455501941916)]
    [InlineData("2026-11-23 00:27:35.5 +0200 EET", 1795386455500000000)]
    [InlineData("2026-11-22 22:27:35 +0000 UTC", 1795386455000000000)]
    public void Times_as_Go_prints_them_are_understood(string text, long nanoseconds)
    {
        Assert.True(ChecksumFile.TryParseTime(text, out var parsed));
        Assert.Equal(nanoseconds, parsed);
    }
}
