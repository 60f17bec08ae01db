using Ankole.Testing;

namespace Ankole.Files.Tests.Durability;

public sealed class DurableFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_replaced_file_has_the_new_bytes_and_leaves_nothing_beside_it()
    {
        await DurableFile.ReplaceAsync(folder["a"], "one"u8.ToArray(), CancellationToken.None);
        await DurableFile.ReplaceAsync(folder["a"], "two"u8.ToArray(), CancellationToken.None);
        Assert.Equal("two", await File.ReadAllTextAsync(folder["a"]));
        Assert.Equal(["a"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Of_eight_racers_exactly_one_creates_a_file_and_its_bytes_are_whole()
    {
        var contents = Enumerable.Range(0, 8).Select(n => Enumerable.Repeat((byte)n, 100_000).ToArray()).ToArray();
        var won = await Task.WhenAll(contents.Select(content => Task.Run(() => DurableFile.CreateNewAsync(folder["a"], content, CancellationToken.None).AsTask())));
        var winner = Assert.Single(Enumerable.Range(0, 8), n => won[n]);
        Assert.Equal(contents[winner], await File.ReadAllBytesAsync(folder["a"]));
        Assert.Equal(["a"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_file_in_a_missing_directory_is_an_error_that_names_it()
    {
        var error = await Assert.ThrowsAsync<Core.AnkoleException>(
            () => DurableFile.ReplaceAsync(folder["no/a"], "x"u8.ToArray(), CancellationToken.None).AsTask());
        Assert.StartsWith($"cannot write '{folder["no/a"]}': ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_created_directory_has_all_its_parents_and_belongs_to_its_owner_alone()
    {
        DurableDirectory.Create(folder["x/y/z"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder["x/y/z"]));
    }
}
