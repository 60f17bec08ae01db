using Azure;

namespace Ankole.Backup.Tests;

/// <summary>What may come back from a batch.</summary>
public sealed class AzureBatchTests
{
    [Fact]
    public void Each_part_speaks_of_one_blob()
    {
        var answers = AzureBatch.Read(
            "--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nHTTP/1.1 202 Accepted\r\nx-ms-request-id: 1\r\n\r\n" +
            "--b\r\nContent-ID: 2\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 404 The specified blob does not exist.\r\nx-ms-error-code: BlobNotFound\r\n\r\n" +
            "<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code></Error>\r\n--b--\r\n", 3);
        Assert.Equal(new Dictionary<int, (int, string?)> { [0] = (202, null), [2] = (404, "BlobNotFound") }, answers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>hello</html>")]
    [InlineData("--b\r\nContent-ID: 0\r\n\r\n--b--")]
    public void What_names_no_blob_deletes_none(string text) => Assert.Empty(AzureBatch.Read(text, 3));

    [Theory]
    [InlineData("--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 403 Forbidden\r\nx-ms-error-code: AuthorizationFailure\r\n\r\n--b--", 403)]
    [InlineData("--b\r\nContent-ID: 7\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n--b--", 202)]
    public void A_part_that_speaks_of_no_blob_that_was_asked_about_refuses_the_batch(string text, int status) =>
        Assert.Equal(status, Assert.Throws<RequestFailedException>(() => AzureBatch.Read(text, 3)).Status);
}
