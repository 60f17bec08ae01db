using System.Buffers;

namespace Ankole.Nfs.Tests.Rpc;

public sealed class RpcReplyTests
{
    [Theory]
    [InlineData(new uint[] { 1, 1, 5 }, "wants stronger authentication than AUTH_SYS")]
    [InlineData(new uint[] { 1, 1, 1 }, "rejected the AUTH_SYS credential")]
    [InlineData(new uint[] { 1, 1, 13 }, "refused the authentication (auth_stat 13)")]
    [InlineData(new uint[] { 1, 0, 3, 4 }, "speaks RPC versions 3 to 4; version 2 is needed")]
    [InlineData(new uint[] { 0, 0, 0, 1 }, "there is no NFS service on that port")]
    [InlineData(new uint[] { 0, 0, 0, 2, 2, 3 }, "speaks NFS versions 2 to 3; version 4 is needed")]
    [InlineData(new uint[] { 0, 0, 0, 3 }, "does not know the COMPOUND procedure")]
    [InlineData(new uint[] { 0, 0, 0, 4 }, "could not decode the call")]
    [InlineData(new uint[] { 0, 0, 0, 5 }, "had an internal error")]
    public void A_refusal_below_NFS_is_explained(uint[] words, string message)
    {
        using var reply = Reply([1, 1, .. words]);
        Assert.Contains(message, Assert.Throws<RpcRejectedException>(() => reply.ParseHeader()).Message);
    }

    [Theory]
    [InlineData(new uint[] { 1, 0 })]
    [InlineData(new uint[] { 1, 1, 2 })]
    [InlineData(new uint[] { 1, 1, 1, 2 })]
    [InlineData(new uint[] { 1, 1, 0, 0, 0, 6 })]
    [InlineData(new uint[] { 1, 1, 0, 0, 401 })]
    public void What_is_no_reply_is_an_error_of_the_protocol(uint[] words)
    {
        using var reply = Reply(words);
        Assert.Throws<NfsProtocolException>(() => reply.ParseHeader());
    }

    [Fact]
    public void Every_truncated_header_is_an_error_of_the_protocol()
    {
        foreach (var words in new uint[][] { [1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 2, 2, 3], [1, 1, 1, 0, 3, 4], [1, 1, 1, 1, 5] })
            for (var length = 0; length < words.Length * 4; length++)
            {
                using var reply = Reply(words, length);
                Assert.Throws<NfsProtocolException>(() => reply.ParseHeader());
            }
    }

    private static RpcReply Reply(uint[] words, int? length = null)
    {
        using var writer = new XdrWriter(64);
        foreach (var word in words)
            writer.WriteUInt32(word);
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, writer.Length));
        writer.Written.CopyTo(rented);
        return new RpcReply(rented, length ?? writer.Length);
    }
}
