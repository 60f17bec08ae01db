using System.Diagnostics;
using Ankole.Core;

namespace Ankole.Nfs.Tests.Real;

/// <summary>Files on a real server: what was written is what is read, here and behind the server's back.</summary>
[Collection(GaneshaCollection.Name)]
[Trait("Category", "RealServer")]
public sealed class FileTests(Ganesha server)
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData(16 << 20)]
    public async Task What_was_written_is_read_back(int length)
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        var content = RandomBytes(length);

        await client.WriteFileAsync("a/b/object", content, None);

        using var read = await client.ReadFileAsync("a/b/object", length, None);
        Assert.True(content.AsSpan().SequenceEqual(read!.Memory.Span));
        var entry = await client.StatAsync("a/b/object", None);
        Assert.Equal(length, entry!.Value.Length);
        Assert.True(entry.Value.IsRegularFile);
        Assert.InRange(entry.Value.LastModified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal(["object"], await NamesAsync(client, "a/b"));
    }

    [Fact]
    public async Task Ten_thousand_small_files_in_one_directory_are_all_listed()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        var folder = Directory.CreateDirectory(Path.Combine(server.ExportedFolder, client.ExportPath["/export/".Length..], "many")).FullName;
        for (var i = 0; i < 10_000; i++)
            File.WriteAllText(Path.Combine(folder, $"file-{i:d5}"), "x");

        var names = await NamesAsync(client, "many");

        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"file-{i:d5}"), names);
    }

    [Fact]
    public async Task Small_files_are_written_by_two_requests_each()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        await client.MakeDirectoriesAsync("d", None);
        var before = client.Counters.Requests;

        for (var i = 0; i < 50; i++)
            await client.WriteFileAsync($"d/{i}", RandomBytes(1000), None);

        Assert.Equal(100, client.Counters.Requests - before);
        Assert.Equal(50, (await NamesAsync(client, "d")).Count);
    }

    [Fact]
    public async Task Thirty_two_operations_at_a_time_do_not_disturb_each_other()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        await Parallel.ForAsync(0, 256, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, token) =>
        {
            var content = RandomBytes(i * 997);
            await client.WriteFileAsync($"d{i % 7}/f{i}", content, token);
            using var read = await client.ReadFileAsync($"d{i % 7}/f{i}", content.Length, token);
            Assert.True(content.AsSpan().SequenceEqual(read!.Memory.Span), $"file {i} differs");
            if (i % 2 == 0)
                Assert.True(await client.RemoveFileAsync($"d{i % 7}/f{i}", token));
        });
        var left = 0;
        for (var directory = 0; directory < 7; directory++)
            left += (await NamesAsync(client, $"d{directory}")).Count;
        Assert.Equal(128, left);
    }

    [Fact]
    public async Task A_reader_of_a_file_that_is_replaced_all_the_time_sees_one_version_whole()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync(options => options with { ReadBytes = 64 << 10, WriteBytes = 64 << 10 });
        const int length = 512 << 10;
        await client.WriteFileAsync("f", Filled(length, 0), None);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(None);
        var versions = 0;
        var writer = Task.Run(async () =>
        {
            // Until the reader has had its turn, too.
            for (byte version = 1; version < 30 || (version < byte.MaxValue && Volatile.Read(ref versions) < 2); version++)
                await client.WriteFileAsync("f", Filled(length, version), None);
        }, None);
        var seen = new HashSet<byte>();
        while (!writer.IsCompleted)
        {
            using var read = await client.ReadFileAsync("f", length, None);
            Assert.Equal(-1, read!.Memory.Span.IndexOfAnyExcept(read.Memory.Span[0]));
            seen.Add(read.Memory.Span[0]);
            Volatile.Write(ref versions, seen.Count);
        }
        await writer;
        Assert.True(seen.Count > 1, "the reader never met another version");
        Assert.Equal(["f"], await NamesAsync(client, ""));
    }

    [Fact]
    public async Task Of_eight_racers_exactly_one_creates_the_file_and_its_bytes_are_there()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        await using var other = await NfsClient.ConnectAsync(client.Options with { }, logger: null, None);
        for (var round = 0; round < 10; round++)
        {
            var name = $"lock-{round}";
            var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(async racer =>
                (racer, won: await (racer % 2 == 0 ? client : other).CreateFileAsync(name, new[] { (byte)racer }, None))));
            var winner = Assert.Single(won, racer => racer.won).racer;
            using var read = await client.ReadFileAsync(name, 1, None);
            Assert.Equal(winner, read!.Memory.Span[0]);
        }
        await client.DisposeAsync(); // ends the clean-up of the losers' temporary files
        Assert.Equal(10, (await NamesAsync(other, "")).Count);
    }

    [Fact]
    public async Task A_range_is_read_into_the_callers_buffer_and_ends_with_the_file()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync(options => options with { ReadBytes = 8192 });
        var content = RandomBytes(100_000);
        await client.WriteFileAsync("f", content, None);
        var buffer = new byte[60_000];
        Assert.Equal(60_000, await client.ReadAsync("f", 1234, buffer, None));
        Assert.True(content.AsSpan(1234, 60_000).SequenceEqual(buffer));
        Assert.Equal(10, await client.ReadAsync("f", 99_990, buffer, None));
        Assert.Equal(0, await client.ReadAsync("f", 100_000, buffer, None));
        Assert.Equal(0, await client.ReadAsync("f", 200_000, buffer, None));
        Assert.Null(await client.ReadAsync("g", 0, buffer, None));
    }

    [Fact]
    public async Task What_does_not_exist_is_absent_and_a_directory_is_no_file()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        await client.MakeDirectoriesAsync("a/b/c", None);
        await client.MakeDirectoriesAsync("a/b/c", None);
        Assert.True((await client.StatAsync("a/b", None))!.Value.IsDirectory);
        Assert.True((await client.StatAsync("", None))!.Value.IsDirectory);
        Assert.Null(await client.StatAsync("a/x", None));
        Assert.Null(await client.ReadFileAsync("a/x/y", 10, None));
        Assert.False(await client.RemoveFileAsync("a/x", None));
        Assert.False(await client.RemoveDirectoryAsync("a/x", None));
        Assert.Equal(NfsStatus.IsDir, (await Assert.ThrowsAsync<NfsException>(async () => await client.RemoveFileAsync("a/b", None))).Status);
        Assert.Equal(NfsStatus.NotEmpty, (await Assert.ThrowsAsync<NfsException>(async () => await client.RemoveDirectoryAsync("a/b", None))).Status);
        Assert.True(await client.RemoveDirectoryAsync("a/b/c", None));
        Assert.Equal(NfsStatus.IsDir, (await Assert.ThrowsAsync<NfsException>(async () => await client.ReadFileAsync("a/b", 10, None))).Status);
        Assert.Equal(NfsStatus.IsDir, (await Assert.ThrowsAsync<NfsException>(async () => await client.WriteFileAsync("a/b", new byte[1], None))).Status);
        var missing = await Assert.ThrowsAsync<NfsException>(() => NamesAsync(client, "a/x"));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
        await UntilNamesAreAsync(client, "a", "b");
    }

    [Fact]
    public async Task A_file_longer_than_expected_is_refused_before_anything_is_allocated_for_it()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        await client.WriteFileAsync("f", new byte[1001], None);
        var error = await Assert.ThrowsAsync<NfsException>(async () => await client.ReadFileAsync("f", 1000, None));
        Assert.Equal(ErrorKind.Damaged, error.Kind);
        Assert.Contains("has 1001 bytes; at most 1000 are expected", error.Message);
    }

    [Theory]
    [InlineData("ä ö ü €")]
    [InlineData("with space and 'quotes' and \\ and *?")]
    [InlineData("-leading-dash")]
    [InlineData(".hidden")]
    [InlineData("line\nbreak")]
    public async Task Odd_names_are_names(string name)
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        await client.WriteFileAsync($"d/{name}", new byte[3], None);
        Assert.Equal([name], await NamesAsync(client, "d"));
        await client.RenameAsync($"d/{name}", "plain", None);
        Assert.Equal(3, (await client.StatAsync("plain", None))!.Value.Length);
        Assert.True(await client.RemoveFileAsync("plain", None));
    }

    [Fact]
    public async Task A_path_deeper_than_one_request_can_walk_is_walked_in_several()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        var path = string.Join('/', Enumerable.Range(0, 100).Select(i => $"d{i}"));
        await client.WriteFileAsync(path + "/f", new byte[7], None);
        Assert.Equal(7, (await client.StatAsync(path + "/f", None))!.Value.Length);
        Assert.Equal(["f"], await NamesAsync(client, path));
    }

    [Fact]
    public async Task An_export_directory_that_another_client_replaced_is_found_again()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync();
        await client.WriteFileAsync("f", new byte[1], None);
        await using (var other = await server.ConnectAsync())
        {
            var folder = client.ExportPath["/export/".Length..];
            await other.RemoveFileAsync($"{folder}/f", None);
            await other.RemoveDirectoryAsync(folder, None);
            await other.MakeDirectoriesAsync(folder, None);
        }
        await client.WriteFileAsync("g", new byte[2], None);
        Assert.Equal(["g"], await NamesAsync(client, ""));
        Assert.True(File.Exists(Path.Combine(server.ExportedFolder, client.ExportPath["/export/".Length..], "g")));
    }

    [Fact]
    public async Task The_file_systems_space_is_that_of_the_disk_below()
    {
        server.Require();
        await using var client = await server.ConnectAsync();
        var space = await client.GetSpaceAsync(None);
        var drive = new DriveInfo(server.ExportedFolder);
        Assert.Equal(drive.TotalSize, space.Total);
        Assert.InRange(space.Available!.Value, drive.AvailableFreeSpace / 2, drive.AvailableFreeSpace * 2);
    }

    private static byte[] Filled(int length, byte value)
    {
        var content = new byte[length];
        content.AsSpan().Fill(value);
        return content;
    }

    internal static byte[] RandomBytes(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    /// <summary>A failed write's temporary file is taken away by and by.</summary>
    internal static async Task UntilNamesAreAsync(NfsClient client, string path, params string[] expected)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(1) && !(await NamesAsync(client, path)).SequenceEqual(expected);)
            await Task.Delay(20, None);
        Assert.Equal(expected, await NamesAsync(client, path));
    }

    internal static async Task<List<string>> NamesAsync(NfsClient client, string path)
    {
        var names = new List<string>();
        await foreach (var entry in client.ListAsync(path, None))
            names.Add(entry.Name);
        names.Sort(StringComparer.Ordinal);
        return names;
    }
}
