using Ankole.Control;

namespace Ankole.Server.Tests.Resources.Http;

/// <summary>A client of the API has the same store as the daemon itself, but for the values of Secrets.</summary>
public sealed class HttpResourceStoreTests : ResourceStoreTests
{
    protected override async ValueTask<IResourceStore> CreateStoreAsync(TimeProvider time) => await ServedStore.StartAsync(time);

    protected override bool DeletionTellsItsVersion => false;

    [Fact]
    public override async Task Text_data_of_a_secret_is_merged_into_its_values_and_left_out_of_the_annotation_of_kubectl()
    {
        var secret = Examples.Secret("s3", ("AWS_ACCESS_KEY_ID", "me")) with { StringData = new Dictionary<string, string> { ["AWS_SECRET_ACCESS_KEY"] = "hunter2" } };
        await Store.CreateAsync(secret, Token);
        var read = (await Store.GetAsync(Kinds.Secret, "ankole-system", "s3", Token))!;
        Assert.Equal(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], read.Data.Keys.Order());
        Assert.All(read.Data.Values, value => Assert.Equal(SecretRedaction.Mark, value));
        Assert.Null(read.StringData);
    }
}
