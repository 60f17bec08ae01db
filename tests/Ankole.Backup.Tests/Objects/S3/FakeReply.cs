using System.Text;

namespace Ankole.Backup.Tests;

/// <summary>What the fake server sends, and how badly.</summary>
public sealed record FakeReply(int Status, byte[] Body)
{
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The Content-Length that is announced, where it is not the body's.</summary>
    public long? AnnouncedLength { get; init; }

    /// <summary>Bytes of the body that are sent before the connection is closed.</summary>
    public int? CloseAfter { get; init; }

    /// <summary>Bytes of the body after which nothing more comes, the connection staying open.</summary>
    public int? StallAfter { get; init; }

    /// <summary>Nothing is sent, not even a status, and the connection stays open.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Closes the connection without a word.</summary>
    public bool IsLost { get; init; }

    public static FakeReply Ok { get; } = new(200, []);

    public static FakeReply Lost { get; } = new(0, []) { IsLost = true };

    public static FakeReply Silent { get; } = new(0, []) { IsSilent = true };

    public static FakeReply Stalled { get; } = new(200, [1, 2, 3]) { StallAfter = 0 };

    public static FakeReply Xml(int status, string xml) =>
        new(status, Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + xml)) { Headers = [("Content-Type", "application/xml")] };

    public static FakeReply Error(int status, string code, string message = "as scripted", string more = "") =>
        Xml(status, $"<Error><Code>{code}</Code><Message>{message}</Message>{more}<RequestId>1</RequestId></Error>");
}
