using System.Buffers;

namespace Ankole.Nfs.Tests.Protocol;

/// <summary>Answers cut short at every length, and answers with any byte changed: a typed error or a value, never anything else.</summary>
public sealed class HostileReplyTests
{
    private delegate void Parser(ref CompoundReader reader);

    private static readonly (string Name, int Operations, Action<XdrWriter> Write, Parser Read)[] Replies =
    [
        ("SEQUENCE", 1, writer => { Head(writer, NfsOperation.Sequence); writer.WriteFixed(new byte[16]); Words(writer, 1, 2, 3, 4, 5); },
            (ref reader) => reader.Sequence()),
        ("GETFH", 1, writer => { Head(writer, NfsOperation.GetFh); writer.WriteOpaque(new byte[128]); }, (ref reader) => reader.GetFh()),
        ("GETATTR", 1, WriteAttributes, (ref reader) => reader.GetAttr()),
        ("ACCESS", 1, writer => { Head(writer, NfsOperation.Access); Words(writer, 63, 7); }, (ref reader) => reader.Access()),
        ("OPEN without delegation", 1, writer => WriteOpen(writer, 0), (ref reader) => reader.Open()),
        ("OPEN with read delegation", 1, writer => WriteOpen(writer, 1), (ref reader) => reader.Open()),
        ("OPEN with write delegation", 1, writer => WriteOpen(writer, 2), (ref reader) => reader.Open()),
        ("OPEN without delegation, with a reason", 1, writer => WriteOpen(writer, 3), (ref reader) => reader.Open()),
        ("READ", 1, writer => { Head(writer, NfsOperation.Read); Words(writer, 1); writer.WriteOpaque(new byte[77]); },
            (ref reader) => reader.Read(100, out _)),
        ("WRITE", 1, writer => { Head(writer, NfsOperation.Write); Words(writer, 10, 0, 1, 2); }, (ref reader) => reader.Write()),
        ("COMMIT", 1, writer => { Head(writer, NfsOperation.Commit); Words(writer, 1, 2); }, (ref reader) => reader.Commit()),
        ("READDIR", 1, WriteListing, (ref reader) => { reader.ReadDir(); while (reader.NextEntry(out _, out _, out _, out _)) { } }),
        ("EXCHANGE_ID", 1, WriteExchangeId, (ref reader) => reader.ExchangeId()),
        ("CREATE_SESSION", 1, WriteCreateSession, (ref reader) => reader.CreateSession()),
        ("RENAME", 1, writer => { Head(writer, NfsOperation.Rename); Words(writer, 1, 0, 1, 0, 2, 1, 0, 1, 0, 2); }, (ref reader) => reader.Rename()),
        ("CLOSE", 1, writer => { Head(writer, NfsOperation.Close); Words(writer, 1, 2, 3, 4); }, (ref reader) => reader.Close()),
    ];

    public static TheoryData<string> Names() => new(Replies.Select(reply => reply.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_truncated_answer_is_an_error_of_the_protocol(string name)
    {
        var (message, read) = Message(name);
        Parse(message, read);
        for (var length = 0; length < message.Length; length++)
            Assert.Throws<NfsProtocolException>(() => Parse(message[..length], read));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_answer_with_any_byte_changed_is_a_value_or_a_typed_error(string name)
    {
        var (message, read) = Message(name);
        for (var at = 0; at < message.Length; at++)
            foreach (var change in new byte[] { 0x01, 0x7f, 0x80, 0xff })
            {
                var changed = message.ToArray();
                changed[at] ^= change;
                try
                {
                    Parse(changed, read);
                }
                catch (Exception e) when (e is NfsProtocolException or RpcRejectedException)
                {
                    Assert.NotEmpty(e.Message);
                }
            }
    }

    [Fact]
    public void Attributes_that_nobody_asked_for_are_refused()
    {
        using var writer = new XdrWriter(64);
        Words(writer, 1, 1 << 12, 0); // FATTR4_ACL
        var bytes = writer.Written.ToArray();
        Assert.Throws<NfsProtocolException>(() =>
        {
            var reader = new XdrReader(bytes);
            NfsAttributes.Read(ref reader);
        });
    }

    private static (byte[] Message, Parser Read) Message(string name)
    {
        var (_, operations, write, read) = Replies.Single(reply => reply.Name == name);
        using var writer = new XdrWriter(64);
        Words(writer, 1, 1, 0, 0, 0, 0); // xid, reply, accepted, verifier, success
        Words(writer, 0, 0, (uint)operations); // status, empty tag, results
        write(writer);
        return (writer.Written.ToArray(), read);
    }

    private static void Parse(byte[] message, Parser read)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, message.Length));
        message.CopyTo(rented, 0);
        using var rpc = new RpcReply(rented, message.Length);
        var reply = CompoundReply.Parse(rpc, operations: 1);
        var reader = reply.Results;
        read(ref reader);
    }

    private static void WriteAttributes(XdrWriter writer)
    {
        Head(writer, NfsOperation.GetAttr);
        WriteFileAttributes(writer);
    }

    private static void WriteFileAttributes(XdrWriter writer)
    {
        NfsAttributes.WriteBitmap(writer, AttributeSet.Type | AttributeSet.Size | AttributeSet.FsId | AttributeSet.LinkSupport | AttributeSet.Owner | AttributeSet.TimeModify);
        using var values = new XdrWriter(64);
        Words(values, 1, 0, 5, 1, 0, 1, 0, 2);
        values.WriteString("root");
        Words(values, 0, 1_700_000_000, 5);
        writer.WriteOpaque(values.Written.Span);
    }

    private static void WriteOpen(XdrWriter writer, uint delegation)
    {
        Head(writer, NfsOperation.Open);
        Words(writer, 1, 2, 3, 4); // state id
        Words(writer, 1, 0, 1, 0, 2); // change info
        Words(writer, 0, 1, 0, delegation); // flags, attributes set, delegation
        if (delegation == 3)
            Words(writer, 1, 0);
        if (delegation is not (1 or 2))
            return;
        Words(writer, 1, 2, 3, 4, 0);
        if (delegation == 2)
            Words(writer, 1, 0, 100);
        Words(writer, 0, 0, 1);
        writer.WriteString("EVERYONE@");
    }

    private static void WriteListing(XdrWriter writer)
    {
        Head(writer, NfsOperation.ReadDir);
        Words(writer, 1, 2);
        for (uint i = 1; i <= 3; i++)
        {
            Words(writer, 1, 0, i);
            writer.WriteString($"file{i}");
            WriteFileAttributes(writer);
        }
        Words(writer, 0, 1);
    }

    private static void WriteExchangeId(XdrWriter writer)
    {
        Head(writer, NfsOperation.ExchangeId);
        Words(writer, 0, 1, 1, 0, 0, 0, 0);
        writer.WriteString("owner");
        writer.WriteString("scope");
        writer.WriteUInt32(1);
        writer.WriteString("example.org");
        writer.WriteString("server");
        Words(writer, 0, 0, 0);
    }

    private static void WriteCreateSession(XdrWriter writer)
    {
        Head(writer, NfsOperation.CreateSession);
        writer.WriteFixed(new byte[16]);
        Words(writer, 1, 0);
        new ChannelAttributes(1, 2, 3, 4, 5).Write(writer);
        new ChannelAttributes(1, 2, 3, 4, 5).Write(writer);
    }

    private static void Head(XdrWriter writer, NfsOperation operation) => Words(writer, (uint)operation, 0);

    private static void Words(XdrWriter writer, params uint[] words)
    {
        foreach (var word in words)
            writer.WriteUInt32(word);
    }
}
