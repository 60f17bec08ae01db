using Ankole.Cli.Manifests;
using Ankole.Core;

namespace Ankole.Cli.Tests.Manifests;

public sealed class ManifestFileTests
{
    private const string Two = """
        apiVersion: ankole.io/v1beta1
        kind: Volume
        metadata: {name: data}
        ---
        apiVersion: longhorn.io/v1beta2
        kind: RecurringJob
        metadata: {name: nightly, namespace: longhorn-system}
        """;

    [Fact]
    public void Each_document_is_a_resource_with_its_place()
    {
        var manifests = ManifestFile.Parse(Two, "file.yaml").ToList();
        Assert.Equal(["data", "nightly"], manifests.Select(manifest => manifest.Name));
        Assert.Equal(["file.yaml, document 1", "file.yaml, document 2"], manifests.Select(manifest => manifest.Source));
    }

    [Fact]
    public void A_list_stands_for_its_items()
    {
        var manifests = ManifestFile.Parse("""{"apiVersion":"v1","kind":"List","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}""", "file").ToList();
        Assert.Equal(["a", "b"], manifests.Select(manifest => manifest.Name));
    }

    [Fact]
    public void Kinds_are_found_where_the_server_has_them()
    {
        var manifests = ManifestFile.Parse(Two + """

            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: minio}
            ---
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: ankole, namespace: ignored}
            """, "file").ToList();
        Assert.Equal(
            [
                "apis/ankole.io/v1beta1/volumes/data", "apis/longhorn.io/v1beta2/namespaces/longhorn-system/recurringjobs/nightly",
                "api/v1/namespaces/ankole-system/secrets/minio", "apis/storage.k8s.io/v1/storageclasses/ankole",
            ],
            manifests.Select(manifest => ManifestKind.Of(manifest.Document, "file").Path(manifest.Name)));
    }

    [Theory]
    [InlineData("kind: Volume", "file has no apiVersion")]
    [InlineData("apiVersion: v1", "file has no kind")]
    [InlineData("apiVersion: v1\nkind: Pod", "file: there is no kind Pod of v1 here")]
    public void A_document_without_a_known_kind_is_refused(string yaml, string message)
    {
        var manifest = ManifestFile.Parse(yaml, "file").Single();
        Assert.StartsWith(message, Assert.Throws<InvalidInputException>(() => ManifestKind.Of(manifest.Document, "file")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_resources_is_refused() =>
        await Assert.ThrowsAsync<InvalidInputException>(() => ManifestFile.ReadAsync(["-"], new StringReader("# nothing\n"), TestContext.Current.CancellationToken));

    [Fact]
    public void A_document_that_is_no_mapping_is_refused() =>
        Assert.Throws<InvalidInputException>(() => ManifestFile.Parse("- a\n- b\n", "file").ToList());
}
