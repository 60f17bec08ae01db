namespace Ankole.Backup.Tests;

public sealed class ProxySelectionTests
{
    [Theory]
    [InlineData("http://s3.example.com/", "http://p1:3128/")]
    [InlineData("https://s3.example.com/", "http://p2:3128/")]
    [InlineData("https://127.0.0.1/", null)]
    [InlineData("https://localhost:9000/", null)]
    [InlineData("https://minio.local/", null)]
    [InlineData("https://deep.minio.local/", null)]
    [InlineData("https://notminio.local/", "http://p2:3128/")]
    [InlineData("https://below.dotted.test/", null)]
    [InlineData("https://dotted.test/", "http://p2:3128/")]
    [InlineData("https://10.1.2.3/", null)]
    [InlineData("https://11.1.2.3/", "http://p2:3128/")]
    [InlineData("https://192.168.0.7/", null)]
    [InlineData("https://ported.test:9000/", null)]
    [InlineData("https://ported.test/", "http://p2:3128/")]
    public void A_request_goes_through_the_proxy_of_its_scheme_unless_it_is_excepted(string destination, string? proxy)
    {
        var selection = Of("minio.local, .dotted.test,10.0.0.0/8,192.168.0.7,ported.test:9000")!;
        Assert.Equal(proxy, selection.GetProxy(new Uri(destination))?.ToString());
        Assert.Equal(proxy is null, selection.IsBypassed(new Uri(destination)));
    }

    [Fact]
    public void A_star_excepts_everything() => Assert.Null(Of("*")!.GetProxy(new Uri("https://s3.example.com/")));

    [Fact]
    public void Without_a_proxy_in_the_credentials_there_is_none() => Assert.Null(ProxySelection.From(TargetCredentials.None));

    private static ProxySelection? Of(string except) => ProxySelection.From(TargetCredentials.FromSecret(new Dictionary<string, string>
    {
        ["HTTP_PROXY"] = "p1:3128",
        ["HTTPS_PROXY"] = "http://p2:3128",
        ["NO_PROXY"] = except,
    }));
}
