using Ankole.Control;
using Ankole.Core;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Server.Tests.Resources;

/// <summary>What every resource store promises. One more store supplies <see cref="CreateStoreAsync"/> and inherits all of it.</summary>
public abstract partial class ResourceStoreTests : IAsyncLifetime
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    protected IResourceStore Store { get; set; } = null!;

    protected abstract ValueTask<IResourceStore> CreateStoreAsync(TimeProvider time);

    protected virtual ValueTask EndStoreAsync(IResourceStore store) => ((IAsyncDisposable)store).DisposeAsync();

    /// <summary>False where a deletion is answered with the state before it: then only a watch tells its version.</summary>
    protected virtual bool DeletionTellsItsVersion => true;

    public async ValueTask InitializeAsync() => Store = await CreateStoreAsync(Time);

    public async ValueTask DisposeAsync()
    {
        await EndStoreAsync(Store);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_new_resource_gets_a_uid_a_creation_time_a_version_and_generation_1()
    {
        var created = await Store.CreateAsync(Examples.Volume("a-1"), Token);

        Assert.True(Guid.TryParse(created.Metadata.Uid, out _));
        Assert.Equal(Time.GetUtcNow(), created.Metadata.CreationTimestamp);
        Assert.Equal(1, created.Metadata.Generation);
        Assert.False(string.IsNullOrEmpty(created.Metadata.ResourceVersion));
        Assert.Null(created.Metadata.Namespace);
        AssertSame(created, await Store.GetAsync(Examples.VolumeKey("a-1"), Token));
    }

    [Fact]
    public async Task What_the_store_gives_out_cannot_be_set_by_who_creates()
    {
        var volume = Examples.Volume("a-1");
        var created = await Store.CreateAsync(
            volume with
            {
                Metadata = volume.Metadata with { Uid = "mine", ResourceVersion = "7", Generation = 9, DeletionTimestamp = Time.GetUtcNow() },
                Status = new VolumeStatus { State = "attached" },
            },
            Token);

        Assert.NotEqual("mine", created.Metadata.Uid);
        Assert.Equal(1, created.Metadata.Generation);
        Assert.Null(created.Metadata.DeletionTimestamp);
        Assert.Equal("", created.Status.State);
    }

    [Fact]
    public async Task A_second_resource_of_the_same_name_is_refused()
    {
        await Store.CreateAsync(Examples.Volume("a-1"), Token);
        await Assert.ThrowsAsync<ResourceExistsException>(async () => await Store.CreateAsync(Examples.Volume("a-1"), Token));
    }

    [Fact]
    public async Task A_generate_name_gets_five_characters_of_its_own()
    {
        var template = Examples.Volume("") with { Metadata = new ObjectMeta { GenerateName = "daily-" } };
        var names = new HashSet<string>();
        for (var i = 0; i < 50; i++)
            names.Add((await Store.CreateAsync(template, Token)).Name);
        Assert.Equal(50, names.Count);
        Assert.All(names, name => Assert.Matches("^daily-[a-z0-9]{5}$", name));
    }

    [Fact]
    public async Task A_change_of_the_spec_makes_a_generation_and_a_change_of_labels_does_not()
    {
        var created = await Store.CreateAsync(Examples.Volume("a-1"), Token);
        var labelled = await Store.UpdateAsync(created with { Metadata = created.Metadata with { Labels = new Dictionary<string, string> { ["x"] = "y" } } }, Token);
        Assert.Equal(1, labelled.Metadata.Generation);
        Assert.NotEqual(created.Metadata.ResourceVersion, labelled.Metadata.ResourceVersion);

        var grown = await Store.UpdateAsync(labelled with { Spec = labelled.Spec with { Size = "2147483648" } }, Token);
        Assert.Equal(2, grown.Metadata.Generation);
        Assert.Equal(created.Metadata.Uid, grown.Metadata.Uid);
        Assert.Equal(created.Metadata.CreationTimestamp, grown.Metadata.CreationTimestamp);
    }

    [Fact]
    public async Task Spec_and_status_are_written_through_paths_of_their_own()
    {
        var created = await Store.CreateAsync(Examples.Volume("a-1"), Token);
        var both = created with { Spec = created.Spec with { Size = "2147483648" }, Status = new VolumeStatus { State = "attached" } };

        var updated = await Store.UpdateAsync(both, Token);
        Assert.Equal("", updated.Status.State);
        Assert.Equal("2147483648", updated.Spec.Size);

        var status = await Store.UpdateStatusAsync(updated with { Spec = new VolumeSpec { Size = "1" }, Status = new VolumeStatus { State = "attached" } }, Token);
        Assert.Equal("attached", status.Status.State);
        Assert.Equal("2147483648", status.Spec.Size);
        Assert.Equal(updated.Metadata.Generation, status.Metadata.Generation);
        Assert.NotEqual(updated.Metadata.ResourceVersion, status.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task Writing_what_is_there_is_not_a_write()
    {
        var created = await Store.CreateAsync(Examples.Volume("a-1", ("x", "1"), ("y", "2")), Token);
        var reordered = created with { Metadata = created.Metadata with { Labels = new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" } } };

        Assert.Equal(created.Metadata.ResourceVersion, (await Store.UpdateAsync(reordered, Token)).Metadata.ResourceVersion);
        Assert.Equal(created.Metadata.ResourceVersion, (await Store.UpdateStatusAsync(created, Token)).Metadata.ResourceVersion);
    }

    [Fact]
    public async Task An_update_with_an_old_version_is_refused_and_one_without_overwrites()
    {
        var created = await Store.CreateAsync(Examples.Volume("a-1"), Token);
        await Store.UpdateAsync(created with { Spec = created.Spec with { Size = "2147483648" } }, Token);

        await Assert.ThrowsAsync<ResourceConflictException>(async () => await Store.UpdateAsync(created with { Spec = created.Spec with { NumberOfReplicas = 2 } }, Token));
        await Assert.ThrowsAsync<ResourceConflictException>(async () => await Store.UpdateStatusAsync(created with { Status = new VolumeStatus { State = "x" } }, Token));

        var unversioned = created with { Metadata = created.Metadata with { ResourceVersion = null }, Spec = created.Spec with { NumberOfReplicas = 2 } };
        var overwritten = await Store.UpdateAsync(unversioned, Token);
        Assert.Equal("1073741824", overwritten.Spec.Size);
    }

    [Fact]
    public async Task An_update_of_nothing_and_of_its_successor_is_refused()
    {
        var created = await Store.CreateAsync(Examples.Volume("a-1"), Token);
        await Store.DeleteAsync(Examples.VolumeKey("a-1"), null, Token);
        await Assert.ThrowsAsync<ResourceNotFoundException>(async () => await Store.UpdateAsync(created, Token));

        await Store.CreateAsync(Examples.Volume("a-1"), Token);
        var withoutVersion = created with { Metadata = created.Metadata with { ResourceVersion = null } };
        await Assert.ThrowsAsync<ResourceConflictException>(async () => await Store.UpdateAsync(withoutVersion, Token));
    }

    [Fact]
    public async Task A_resource_with_finalizers_goes_when_the_last_one_is_taken_off()
    {
        var volume = Examples.Volume("a-1");
        var created = await Store.CreateAsync(volume with { Metadata = volume.Metadata with { Finalizers = ["ankole.io"] } }, Token);

        var marked = await Store.DeleteAsync(Examples.VolumeKey("a-1"), null, Token);
        Assert.Equal(Time.GetUtcNow(), marked!.Metadata.DeletionTimestamp);
        var again = await Store.DeleteAsync(Examples.VolumeKey("a-1"), null, Token);
        Assert.Equal(marked.Metadata.ResourceVersion, again!.Metadata.ResourceVersion);

        await Assert.ThrowsAsync<InvalidResourceException>(async () =>
            await Store.UpdateAsync((VolumeResource)(marked with { Metadata = marked.Metadata with { Finalizers = ["ankole.io", "more"] } }), Token));
        await Store.UpdateAsync((VolumeResource)(marked with { Metadata = marked.Metadata with { Finalizers = [] } }), Token);
        Assert.Null(await Store.GetAsync(Examples.VolumeKey("a-1"), Token));
        Assert.NotEqual(created.Metadata.Uid, (await Store.CreateAsync(volume, Token)).Metadata.Uid);
    }

    [Fact]
    public async Task A_deletion_holds_to_its_preconditions()
    {
        var created = await Store.CreateAsync(Examples.Volume("a-1"), Token);
        await Assert.ThrowsAsync<ResourceConflictException>(async () => await Store.DeleteAsync(Examples.VolumeKey("a-1"), new DeletePreconditions("other", null), Token));
        await Assert.ThrowsAsync<ResourceConflictException>(async () => await Store.DeleteAsync(Examples.VolumeKey("a-1"), new DeletePreconditions(null, "1"), Token));
        await Store.DeleteAsync(Examples.VolumeKey("a-1"), new DeletePreconditions(created.Metadata.Uid, created.Metadata.ResourceVersion), Token);
        Assert.Null(await Store.GetAsync(Examples.VolumeKey("a-1"), Token));
        Assert.Null(await Store.DeleteAsync(Examples.VolumeKey("a-1"), null, Token));
    }

    [Fact]
    public async Task Names_are_separate_by_kind_and_by_namespace()
    {
        await Store.CreateAsync(Examples.Volume("same"), Token);
        await Store.CreateAsync(Examples.Backup("same", "v"), Token);
        await Store.CreateAsync(Examples.Secret("same", ("k", "one")), Token);
        var other = Examples.Secret("same", ("k", "two"));
        await Store.CreateAsync(other with { Metadata = other.Metadata with { Namespace = "default" } }, Token);

        Assert.Equal(2, (await Store.ListAsync(new ResourceQuery(Kinds.Secret), Token)).Items.Count);
        Assert.Single((await Store.ListAsync(new ResourceQuery(Kinds.Secret) { Namespace = "default" }, Token)).Items);
        Assert.Equal("default", (await Store.GetAsync(Kinds.Secret, "default", "same", Token))!.Metadata.Namespace);
    }

    [Fact]
    public virtual async Task Text_data_of_a_secret_is_merged_into_its_values_and_left_out_of_the_annotation_of_kubectl()
    {
        const string applied = """{"apiVersion":"v1","kind":"Secret","stringData":{"AWS_SECRET_ACCESS_KEY":"hunter2"},"data":{"b":"aHVudGVyMg=="}}""";
        var secret = Examples.Secret("s3", ("AWS_ACCESS_KEY_ID", "me"));
        var created = await Store.CreateAsync(
            secret with
            {
                StringData = new Dictionary<string, string> { ["AWS_SECRET_ACCESS_KEY"] = "hunter2" },
                Metadata = secret.Metadata with { Annotations = new Dictionary<string, string> { ["kubectl.kubernetes.io/last-applied-configuration"] = applied } },
            },
            Token);

        var read = (await Store.GetAsync(Kinds.Secret, "ankole-system", "s3", Token))!;
        Assert.Equal(Convert.ToBase64String("hunter2"u8), read.Data["AWS_SECRET_ACCESS_KEY"]);
        Assert.Equal(Convert.ToBase64String("me"u8), read.Data["AWS_ACCESS_KEY_ID"]);
        Assert.Null(read.StringData);
        var annotation = Assert.Single(read.Metadata.Annotations).Value;
        Assert.DoesNotContain("hunter2", annotation, StringComparison.Ordinal);
        Assert.DoesNotContain("aHVudGVyMg", annotation, StringComparison.Ordinal);
        Assert.Contains("AWS_SECRET_ACCESS_KEY", annotation, StringComparison.Ordinal);
        AssertSame(created, read);
    }

    private static void AssertSame(Resource expected, Resource? actual)
    {
        Assert.NotNull(actual);
        var kind = ResourceKey.Of(expected).Kind;
        Assert.Equal(System.Text.Encoding.UTF8.GetString(kind.ToJson(expected)), System.Text.Encoding.UTF8.GetString(kind.ToJson(actual)));
    }
}
