using Ankole.Core;

namespace Ankole.Nfs.Tests.Options;

public sealed class NfsMountOptionsTests
{
    private static readonly NfsClientOptions Defaults = new() { Server = "nas", ExportPath = "/export", Credential = new AuthSys(0, 0, [], "m") };

    [Fact]
    public void What_can_be_honoured_is()
    {
        var options = NfsMountOptions.Parse("vers=4.2,port=20490,timeo=150,retrans=5,rsize=65536,wsize=131072,sec=sys,proto=tcp,uid=1000,gid=100");
        Assert.Empty(options.Ignored);
        Assert.False(options.UseKernelMount);
        var applied = options.ApplyTo(Defaults);
        Assert.Equal(20490, applied.Port);
        Assert.Equal(TimeSpan.FromSeconds(15), applied.Timeout);
        Assert.Equal(5, applied.Retransmissions);
        Assert.Equal(TimeSpan.FromSeconds(90), applied.RequestDeadline);
        Assert.Equal((65536, 131072), (applied.ReadBytes, applied.WriteBytes));
        Assert.Equal((1000u, 100u), (applied.Credential.UserId, applied.Credential.GroupId));
    }

    [Fact]
    public void The_options_that_Longhorn_adds_are_taken_and_the_meaningless_ones_are_named()
    {
        var options = NfsMountOptions.Parse("actimeo=1,soft,timeo=300,retry=2,,nolock, noatime ");
        Assert.Equal(["actimeo=1", "soft", "retry=2", "nolock", "noatime"], options.Ignored);
        Assert.Equal(TimeSpan.FromSeconds(30), options.Timeout);
    }

    [Fact]
    public void Nothing_said_changes_nothing() => Assert.Equal(Defaults, NfsMountOptions.Parse("").ApplyTo(Defaults));

    [Fact]
    public void Of_several_the_last_counts_and_port_0_means_the_usual_one()
    {
        var options = NfsMountOptions.Parse("timeo=10,timeo=20,port=5,port=0");
        Assert.Equal((TimeSpan.FromSeconds(2), (int?)null), (options.Timeout!.Value, options.Port));
    }

    [Fact]
    public void A_kernel_mount_can_be_asked_for() => Assert.True(NfsMountOptions.Parse("mount=kernel,vers=4.1").UseKernelMount);

    [Fact]
    public void Sizes_are_rounded_as_mount_does() =>
        Assert.Equal((4096, 4 << 20), (NfsMountOptions.Parse("rsize=5000").ReadBytes, NfsMountOptions.Parse("wsize=1073741824").WriteBytes));

    [Theory]
    [InlineData("hard", "'hard' would wait for a dead server for ever; leave it out and set timeo and retrans (soft is how it always works here)")]
    [InlineData("sec=krb5p", "'sec=krb5p' is not supported; write sec=sys and allow it in the server's export, or use mount=kernel")]
    [InlineData("proto=udp", "'proto=udp' is not possible with NFSv4.1 here; write proto=tcp or leave it out")]
    [InlineData("udp", "'udp' is not possible with NFSv4.1 here; write proto=tcp or leave it out")]
    [InlineData("vers=3", "'vers=3' is not spoken here; write vers=4.1 or vers=4.2, or use mount=kernel")]
    [InlineData("nfsvers=4.0", "'nfsvers=4.0' is not spoken here; write vers=4.1 or vers=4.2, or use mount=kernel")]
    [InlineData("timeo=-1", "'timeo=-1' is not a time limit; write tenths of a second, 1 to 36000, as timeo=300 for 30 s")]
    [InlineData("retrans=x", "'retrans=x' is not a number of repetitions; write retrans=0 to retrans=100")]
    [InlineData("port=70000", "'port=70000' is not a port; write port=1 to port=65535 (2049 is NFS)")]
    [InlineData("wsize=1M", "'wsize=1M' is not a size; write plain bytes, as wsize=1048576")]
    [InlineData("uid=root", "'uid=root' is not a numeric id; write it as uid=1000")]
    [InlineData("ro", "'ro' leaves nothing to back up to; leave it out")]
    [InlineData("mount=fuse", "'mount=fuse' is unknown; write mount=kernel for a kernel mount, or leave it out")]
    [InlineData("frobnicate=secret", "'frobnicate' is unknown; leave it out, or use mount=kernel to hand every option to the kernel")]
    public void What_cannot_be_honoured_is_refused_by_name_with_the_fix(string option, string message)
    {
        var error = Assert.Throws<InvalidInputException>(() => NfsMountOptions.Parse("soft," + option));
        Assert.Equal($"nfsOptions: {message}.", error.Message);
    }

    [Fact]
    public void Every_mistake_is_named_at_once()
    {
        var error = Assert.Throws<InvalidInputException>(() => NfsMountOptions.Parse("hard,sec=krb5,vers=3"));
        Assert.Contains("'hard'", error.Message);
        Assert.Contains("'sec=krb5'", error.Message);
        Assert.Contains("'vers=3'", error.Message);
    }
}
