using System.Text.Json.Nodes;
using Ankole.Control;
using Ankole.Core;
using Ankole.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Server.Tests.Resources.Sqlite;

/// <summary>What stays in the file between two runs, and what it must not show.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_store_opened_again_has_everything_and_its_versions_go_on()
    {
        string version;
        await using (var store = Open())
        {
            var created = await store.CreateAsync(Examples.Volume("a", ("app", "web")), Token);
            await store.UpdateStatusAsync(created with { Status = new VolumeStatus { State = "detached" } }, Token);
            version = (await store.DeleteAsync(Examples.VolumeKey("a"), null, Token))!.Metadata.ResourceVersion!;
            await store.CreateAsync(Examples.Volume("b", ("app", "web")), Token);
        }
        await using (var store = Open())
        {
            var list = await store.ListAsync(new ResourceQuery(Kinds.Volume) { Labels = LabelSelector.Of("app", "web") }, Token);
            Assert.Equal("b", Assert.Single(list.Items).Name);
            await foreach (var change in store.WatchAsync(new ResourceQuery(Kinds.Volume), version, Token))
            {
                Assert.Equal((ResourceChange.Added, "b"), (change.Change, change.Resource.Name));
                break;
            }
            var next = await store.CreateAsync(Examples.Volume("c"), Token);
            Assert.Equal(long.Parse(list.Version) + 1, long.Parse(next.Metadata.ResourceVersion!));
        }
    }

    [Fact]
    public async Task Lists_as_JSON_hold_what_lists_of_resources_hold_also_where_another_program_wrote_them()
    {
        await using (var store = Open())
        {
            var volume = await store.CreateAsync(Examples.Volume("own", ("app", "wéb")), Token);
            await store.UpdateStatusAsync(volume with { Status = new VolumeStatus { State = "detached" } }, Token);
            await store.CreateAsync(Examples.Volume("strange"), Token);
            Assert.True(await AreSameAsync(store));
        }
        // As an older program wrote it, which knew a field more and one less.
        Execute("""UPDATE revisions SET body = CAST(replace(replace(CAST(body AS TEXT), '"spec":{', '"spec":{"gone":"x",'), '"numberOfReplicas"', '"wasCalled"') AS BLOB) WHERE name = 'strange'""");
        Execute("UPDATE facts SET value = value + 1 WHERE name = 'shape'");
        await using (var store = Open())
        {
            Assert.True(await AreSameAsync(store));
            await store.CreateAsync(Examples.Volume("newer"), Token);
            Assert.True(await AreSameAsync(store));
        }
    }

    private static async Task<bool> AreSameAsync(SqliteResourceStore store)
    {
        var resources = await store.ListAsync(new ResourceQuery(Kinds.Volume), Token);
        var json = await store.ListJsonAsync(new ResourceQuery(Kinds.Volume), Token);
        Assert.Equal((resources.Version, resources.Continue, resources.Items.Count), (json.Version, json.Continue, json.Items.Count));
        return resources.Items.Zip(json.Items).All(pair => JsonNode.DeepEquals(JsonNode.Parse(Kinds.Volume.ToJson(pair.First)), JsonNode.Parse(pair.Second)));
    }

    [Fact]
    public async Task What_an_owner_left_behind_when_the_process_ended_is_collected_at_the_next_start()
    {
        await using (var store = Open())
        {
            var backup = Examples.Backup("orphan", "v");
            var owner = await store.CreateAsync(Examples.Volume("owner"), Token);
            await store.CreateAsync(backup with { Metadata = backup.Metadata with { OwnerReferences = [Examples.OwnerOf(owner)] } }, Token);
        }
        Execute("UPDATE revisions SET superseded = version WHERE name = 'owner'");
        await using (var store = Open())
        {
            var deadline = DateTime.UtcNow.AddMinutes(2);
            while (await store.GetAsync(Kinds.Backup, "orphan", Token) is not null)
            {
                Assert.True(DateTime.UtcNow < deadline, "it stays");
                await Task.Delay(20, Token);
            }
        }
    }

    [Fact]
    public async Task Values_of_secrets_are_nowhere_in_the_files()
    {
        await using (var store = Open())
        {
            var secret = await store.CreateAsync(Examples.Secret("s3", ("AWS_SECRET_ACCESS_KEY", "correct horse battery staple")), Token);
            await store.UpdateAsync(secret with { StringData = new Dictionary<string, string> { ["more"] = "correct horse battery staple" } }, Token);
            AssertNoneHolds("correct horse", Convert.ToBase64String("correct horse "u8)[..16]);
        }
        AssertNoneHolds("correct horse", Convert.ToBase64String("correct horse "u8)[..16]);
        await using (var store = Open())
        {
            var read = (await store.GetAsync(Kinds.Secret, "ankole-system", "s3", Token))!;
            Assert.Equal(Convert.ToBase64String("correct horse battery staple"u8), read.Data["more"]);
        }
    }

    [Fact]
    public async Task A_secret_whose_keys_are_lost_can_still_be_listed_replaced_and_deleted()
    {
        await using (var store = Open())
            await store.CreateAsync(Examples.Secret("s3", ("key", "value")), Token);
        Directory.Delete(folder["keys"], recursive: true);
        await using (var store = Open())
        {
            var read = (SecretResource)Assert.Single((await store.ListAsync(new ResourceQuery(Kinds.Secret), Token)).Items);
            Assert.Equal(SecretRedaction.Unreadable, read.Data["key"]);
            await store.UpdateAsync(read with { StringData = new Dictionary<string, string> { ["key"] = "again" } }, Token);
            Assert.Equal(Convert.ToBase64String("again"u8), (await store.GetAsync(Kinds.Secret, "ankole-system", "s3", Token))!.Data["key"]);
            await store.DeleteAsync(ResourceKey.Of(read), null, Token);
        }
    }

    [Fact]
    public async Task A_file_of_a_newer_program_is_left_alone()
    {
        await using (Open())
        {
        }
        Execute("PRAGMA user_version = 99");
        var error = Assert.Throws<AnkoleException>(Open);
        Assert.Contains("99", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_store_is_told_as_such()
    {
        File.WriteAllText(folder["resources.db"], string.Join(' ', Enumerable.Repeat("this is no database", 100)));
        Assert.Equal(ErrorKind.Damaged, Assert.Throws<AnkoleException>(Open).Kind);
    }

    [Fact]
    public void A_full_disk_is_told_as_something_that_may_pass()
    {
        var error = Assert.IsType<AnkoleException>(StoreErrors.Wrap(new SqliteException("database or disk is full", 13)));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains("full", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_is_for_its_owner_only()
    {
        await using var store = Open();
        await store.CreateAsync(Examples.Volume("a"), Token);
        foreach (var path in Directory.EnumerateFiles(folder.Path, "resources.db*"))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task History_is_bounded_and_who_comes_too_late_is_told_so()
    {
        await using var store = Open(new SqliteResourceStoreOptions { History = 100, Durable = false });
        var volume = await store.CreateAsync(Examples.Volume("a"), Token);
        await store.CreateAsync(Examples.Volume("b"), Token);
        var page = await store.ListAsync(new ResourceQuery(Kinds.Volume) { Limit = 1 }, Token);
        var start = volume.Metadata.ResourceVersion!;
        for (var i = 0; i < 2000; i++)
            volume = await store.UpdateStatusAsync(volume with { Status = new VolumeStatus { ActualSize = i } }, Token);

        await Assert.ThrowsAsync<ResourceExpiredException>(async () => await store.ListAsync(new ResourceQuery(Kinds.Volume) { Limit = 1, Continue = page.Continue }, Token));
        await Assert.ThrowsAsync<ResourceExpiredException>(async () =>
        {
            await foreach (var _ in store.WatchAsync(new ResourceQuery(Kinds.Volume), start, Token))
                break;
        });
        var recent = (long.Parse(volume.Metadata.ResourceVersion!) - 100).ToString();
        await foreach (var change in store.WatchAsync(new ResourceQuery(Kinds.Volume), recent, Token))
        {
            Assert.Equal(1900, ((VolumeResource)change.Resource).Status.ActualSize);
            break;
        }
        Assert.InRange(Count("revisions"), 100, 1000);
        Assert.InRange(Count("revision_index"), 100, 4000);
        Assert.Equal(2, (await store.ListAsync(new ResourceQuery(Kinds.Volume), Token)).Items.Count);
    }

    private SqliteResourceStore Open() => Open(new SqliteResourceStoreOptions());

    private SqliteResourceStore Open(SqliteResourceStoreOptions options) => SqliteResourceStore.Open(
        folder["resources.db"], TimeProvider.System, DataProtectionProvider.Create(new DirectoryInfo(folder["keys"])), NullLogger.Instance, options);

    private void AssertNoneHolds(params string[] texts)
    {
        foreach (var path in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            foreach (var text in texts)
                Assert.True(copy.ToArray().AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(text)) < 0, $"'{text}' is in {path}");
        }
    }

    private long Count(string table)
    {
        using var connection = new SqliteConnection($"Data Source={folder["resources.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return (long)command.ExecuteScalar()!;
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={folder["resources.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
