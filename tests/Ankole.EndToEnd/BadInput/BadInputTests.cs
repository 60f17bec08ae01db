using Ankole.Testing;

namespace Ankole.EndToEnd.BadInput;

/// <summary>Bad input gets one line that names the thing, the value and the fix, a documented exit code, and changes nothing.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public BadInputTests()
    {
        using var disk = File.Create(folder["disk.img"]);
        disk.SetLength(8 << 20);
        using var odd = File.Create(folder["odd.img"]);
        odd.SetLength(3_000_000);
        Directory.CreateDirectory(folder["store"]);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(2, "driver ftp is not supported: use s3, nfs, cifs, azblob, vfs or file.", "store", "ls", "ftp://x/y")]
    [InlineData(2, "destination URL hasn't been specified: give a target such as s3://bucket@region/path/ or file:///srv/backup.", "store", "ls", "")]
    [InlineData(2, "invalid URL. Must be either s3://bucket@region/path/, or s3://bucket/path: 's3://bucket@us-east-1' has no path; '/' is enough, as in s3://bucket@us-east-1/.", "store", "ls", "s3://bucket@us-east-1")]
    [InlineData(4, "backup target 'file:///nonexistent/dir': directory '/nonexistent/dir' does not exist. Is it mounted?", "store", "ls", "file:///nonexistent/dir")]
    [InlineData(4, "cannot find volume 'nope' in backup target 'file://DIR/store' ('backupstore/volumes/ac/fe/nope/volume.cfg' does not exist).", "store", "ls", "file://DIR/store", "--volume", "nope")]
    [InlineData(2, "'file://DIR/store?volume=nope' names no backup: add backup=NAME, as file://DIR/store?backup=NAME&volume=nope.", "store", "restore", "file://DIR/store?volume=nope", "--to", "DIR/x")]
    [InlineData(2, "invalid volume name 'v': use 2 to 200 letters, digits, '_', '.' or '-', beginning with a letter or digit.", "store", "backup", "DIR/disk.img", "file://DIR/store", "--volume", "v")]
    [InlineData(2, "invalid backup name 'a/b': use 2 to 200 letters, digits, '_', '.' or '-', beginning with a letter or digit.", "store", "backup", "DIR/disk.img", "file://DIR/store", "--volume", "vol1", "--backup", "a/b")]
    [InlineData(4, "'DIR/none.img' does not exist.", "store", "backup", "DIR/none.img", "file://DIR/store", "--volume", "vol1")]
    [InlineData(2, "'DIR/store' is a directory. Name a file or a block device, or write replica:DIR/store for a replica directory.", "store", "backup", "DIR/store", "file://DIR/store", "--volume", "vol1")]
    [InlineData(2, "'rbd://pool/image' is no source or destination: use a path, nbd://HOST:PORT/EXPORT, nbd+unix:///EXPORT?socket=PATH, or replica:DIR[@SNAPSHOT].", "store", "backup", "rbd://pool/image", "file://DIR/store", "--volume", "vol1")]
    [InlineData(2, "a block size of '3Mi' is not supported: use 2Mi or 16Mi.", "store", "backup", "DIR/disk.img", "file://DIR/store", "--volume", "vol1", "--block-size", "3Mi")]
    [InlineData(2, "'lots' is not a size. Write plain bytes or a suffix: 10485760, 20Mi, 10Gi.", "store", "backup", "DIR/disk.img", "file://DIR/store", "--volume", "vol1", "--block-size", "lots")]
    [InlineData(2, "volume 'vol1' has 3000000 bytes, which is not a multiple of the block size 2097152, and no restore would accept it. Enlarge the source to 4194304 bytes (truncate -s enlarges a raw file), or choose a block size that divides it.", "store", "backup", "DIR/odd.img", "file://DIR/store", "--volume", "vol1")]
    [InlineData(2, "label 'x' is not KEY=VALUE: write --label why=nightly.", "store", "backup", "DIR/disk.img", "file://DIR/store", "--volume", "vol1", "--label", "x")]
    [InlineData(2, "unknown compression 'zstd'. Use lz4, gzip or none.", "store", "backup", "DIR/disk.img", "file://DIR/store", "--volume", "vol1", "--compression", "zstd")]
    [InlineData(2, "backup mode 'partial' is not known: use incremental or full.", "store", "backup", "DIR/disk.img", "file://DIR/store", "--volume", "vol1", "--mode", "partial")]
    [InlineData(6, "nbd://127.0.0.1:1/x: cannot connect: Connection refused", "store", "backup", "nbd://127.0.0.1:1/x", "file://DIR/store", "--volume", "vol1")]
    [InlineData(2, "a volume cannot have 5000000 bytes: give a multiple of 2 MiB, for example 6291456.", "replica", "create", "DIR/new", "--size", "5000000")]
    [InlineData(7, "'DIR' is not empty: it holds 'disk.img'. Choose an empty or a new directory.", "replica", "create", "DIR", "--size", "8Mi")]
    [InlineData(2, "'DIR/store' is no replica directory: it has neither 'volume.meta' nor a 'volume-head-NNN.img'.", "replica", "inspect", "DIR/store")]
    [InlineData(4, "replica directory 'DIR/none' does not exist.", "replica", "inspect", "DIR/none")]
    public async Task A_mistake_is_told_in_one_line(int exitCode, string message, params string[] arguments)
    {
        var run = await QuietlyAsync([.. arguments.Select(Place)]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal($"ankole: {Place(message)}\n", run.Error);
        Assert.Equal("", run.Output);
        Assert.Equal(["disk.img", "odd.img", "store"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["store"]));
    }

    [Fact]
    public async Task A_mistake_is_told_to_programs_as_JSON()
    {
        var run = await AnkoleCommand.RunAsync("store", "ls", "ftp://x/y", "-o", "json");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("{\"error\":{\"kind\":\"InvalidInput\",\"message\":\"driver ftp is not supported: use s3, nfs, cifs, azblob, vfs or file.\"}}\n", run.Error);
    }

    [Fact]
    public async Task An_unknown_command_points_to_help()
    {
        var run = await AnkoleCommand.RunAsync("store", "burn");
        Assert.Equal(2, run.ExitCode);
        Assert.EndsWith("Try 'ankole store --help'.\n", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "the credentials for s3://bucket@us-east-1/p/ cannot be used: s3 credential secret access key not found (set AWS_SECRET_ACCESS_KEY beside AWS_ACCESS_KEY_ID, or neither).", "key", null, null)]
    [InlineData(2, "the credentials for s3://bucket@us-east-1/p/ cannot be used: AWS_SECRET_ACCESS_KEY ends with a line break (make it with 'echo -n', which adds none).", "key", "secret\n", null)]
    [InlineData(6, "cannot list 'backupstore/volumes/' in s3://bucket@us-east-1/p/: 127.0.0.1:1 refuses the connection: nothing listens there; check host and port, and that the server runs (tried 3 times).", "key", "secret", "http://127.0.0.1:1")]
    public async Task Wrong_credentials_and_endpoints_are_told_without_the_secret(int exitCode, string message, string key, string? secret, string? endpoint)
    {
        var environment = new Dictionary<string, string?>
        {
            ["AWS_ACCESS_KEY_ID"] = key, ["AWS_SECRET_ACCESS_KEY"] = secret, ["AWS_ENDPOINTS"] = endpoint,
        };
        var run = await AnkoleCommand.RunWithAsync(environment, "-q", "store", "ls", "s3://bucket@us-east-1/p/");
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal($"ankole: {message}\n", run.Error);
    }

    [Fact]
    public async Task A_destination_that_exists_or_is_too_small_is_left_alone()
    {
        var url = $"file://{folder["store"]}?backup=b1&volume=vol1";
        await AnkoleCommand.MustAsync("store", "backup", folder["disk.img"], $"file://{folder["store"]}", "--volume", "vol1", "--backup", "b1");
        await File.WriteAllTextAsync(folder["precious"], "precious");
        await AnkoleCommand.MustAsync("replica", "create", folder["small"], "--size", "2Mi");

        var exists = await QuietlyAsync("store", "restore", url, "--to", folder["precious"]);
        var small = await QuietlyAsync("store", "restore", url, "--to", $"replica:{folder["small"]}", "--force");
        var folderless = await QuietlyAsync("store", "restore", url, "--to", folder["no/x.img"]);

        Assert.Equal((7, $"ankole: '{folder["precious"]}' exists already. Choose another destination, or add --force to overwrite it.\n"), (exists.ExitCode, exists.Error));
        Assert.Equal("precious", await File.ReadAllTextAsync(folder["precious"]));
        Assert.Equal(
            (2, $"ankole: replica '{folder["small"]}' has 2097152 bytes (2 MiB), the image needs 8388608 (8 MiB). Give a larger destination.\n"),
            (small.ExitCode, small.Error));
        Assert.Equal(
            (4, $"ankole: directory '{folder["no"]}' does not exist: make it first, or choose another destination.\n"), (folderless.ExitCode, folderless.Error));
    }

    /// <summary>A line of progress, which a command has that takes long, is no part of what is told.</summary>
    private static Task<ProcessRun> QuietlyAsync(params string[] arguments) => AnkoleCommand.RunAsync(["-q", .. arguments]);

    private string Place(string text) => text.Replace("DIR/", folder.Path + "/", StringComparison.Ordinal) is var placed && placed == "DIR"
        ? folder.Path
        : placed.Replace("'DIR'", $"'{folder.Path}'", StringComparison.Ordinal);
}
