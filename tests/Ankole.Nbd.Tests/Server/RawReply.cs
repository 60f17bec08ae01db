using System.Buffers.Binary;
using System.Text;

namespace Ankole.Nbd.Tests;

/// <summary>A reply as it came over the wire.</summary>
/// <param name="Status">What each context reported, by id.</param>
internal sealed record RawReply(ulong Cookie, NbdError Error, string Message, byte[] Data, Dictionary<uint, List<(ulong Length, ulong Status)>> Status)
{
    public static RawReply Of(ulong cookie, List<(NbdReplyType Type, byte[] Payload)> chunks)
    {
        var reply = new RawReply(cookie, NbdError.None, "", [], []);
        foreach (var (type, payload) in chunks)
        {
            switch (type)
            {
                case NbdReplyType.None:
                    Assert.Empty(payload);
                    break;
                case NbdReplyType.OffsetData:
                    reply = reply with { Data = [.. reply.Data, .. payload[8..]] };
                    break;
                case NbdReplyType.BlockStatus:
                    reply.Status[BinaryPrimitives.ReadUInt32BigEndian(payload)] = [.. payload[4..].Chunk(8).Select(extent =>
                        ((ulong)BinaryPrimitives.ReadUInt32BigEndian(extent), (ulong)BinaryPrimitives.ReadUInt32BigEndian(extent.AsSpan(4))))];
                    break;
                case NbdReplyType.BlockStatusExt:
                    Assert.Equal((payload.Length - 8) / 16, BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(4)));
                    reply.Status[BinaryPrimitives.ReadUInt32BigEndian(payload)] = [.. payload[8..].Chunk(16).Select(extent =>
                        (BinaryPrimitives.ReadUInt64BigEndian(extent), BinaryPrimitives.ReadUInt64BigEndian(extent.AsSpan(8))))];
                    break;
                case NbdReplyType.Error:
                    Assert.Equal(payload.Length - 6, BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(4)));
                    reply = reply with { Error = (NbdError)BinaryPrimitives.ReadUInt32BigEndian(payload), Message = Encoding.UTF8.GetString(payload, 6, payload.Length - 6) };
                    break;
                default:
                    Assert.Fail($"chunk type {type} was not expected");
                    break;
            }
        }
        return reply;
    }
}
