using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Ankole.Nfs;

/// <summary><c>sessionid4</c>: sixteen opaque bytes (RFC 8881, section 2.10.2).</summary>
[InlineArray(SizeBytes)]
internal struct SessionId
{
    public const int SizeBytes = 16;

    private byte element;

    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => this;

    public static SessionId Read(ref XdrReader reader)
    {
        var session = default(SessionId);
        reader.ReadFixed(SizeBytes).CopyTo(session);
        return session;
    }
}
