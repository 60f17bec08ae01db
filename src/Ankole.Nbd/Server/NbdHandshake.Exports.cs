using System.Buffers.Binary;
using System.Text;

namespace Ankole.Nbd;

/// <summary>The options that name an export: <c>INFO</c>, <c>GO</c>, <c>EXPORT_NAME</c> and the metadata contexts.</summary>
internal sealed partial class NbdHandshake
{
    /// <summary><c>NBD_OPT_EXPORT_NAME</c>: every refusal is a closed connection.</summary>
    private NbdSession ChooseWithoutErrors(uint length)
    {
        if (NeedsTls)
            throw new NbdProtocolException("the client chose an export before TLS was running");
        if (style == NbdReplyStyle.Extended)
            throw new NbdProtocolException("the client used NBD_OPT_EXPORT_NAME after extended headers");
        if (state.IsStopping)
            throw new NbdProtocolException("the server is stopping");
        if (length > NbdLimits.MaxString || !NbdText.TryParse(Input.Take((int)length), out var name) || server.FindExport(name) is not { } export)
            throw new NbdProtocolException("the client chose an export that does not exist");

        // size 8 | flags 2 | zeroes 124, which are left out when the client agreed to that.
        Span<byte> reply = stackalloc byte[134];
        reply.Clear();
        BinaryPrimitives.WriteInt64BigEndian(reply, export.Source.SizeBytes);
        BinaryPrimitives.WriteUInt16BigEndian(reply[8..], (ushort)GetFlags(export));
        Send((clientFlags & NbdHandshakeFlags.NoZeroes) != 0 ? reply[..10] : reply);
        return Session(export);
    }

    /// <summary><c>NBD_OPT_INFO</c> and <c>NBD_OPT_GO</c>.</summary>
    private NbdSession? Choose(NbdOption option, byte[] data)
    {
        if (!GoQuery.TryParse(data, out var query))
        {
            Reply(option, NbdOptionReplyType.ErrInvalid, "the lengths inside the option do not fit");
            return null;
        }
        if (server.FindExport(query.ExportName) is not { } export)
        {
            Reply(option, NbdOptionReplyType.ErrUnknown, $"there is no export '{query.ExportName}'");
            return null;
        }
        ReplyExportInfo(option, export);
        if (query.Requests.Contains(NbdInfoType.Name))
            ReplyInfo(option, NbdInfoType.Name, Encoding.UTF8.GetBytes(export.Name));
        if (query.Requests.Contains(NbdInfoType.Description) && export.Description.Length > 0)
            ReplyInfo(option, NbdInfoType.Description, Encoding.UTF8.GetBytes(export.Description));
        if (query.Requests.Contains(NbdInfoType.BlockSize) || export.MinimumBlockSize > 1)
            ReplyBlockSize(option, export);
        if (export.MinimumBlockSize > 1 && !query.Requests.Contains(NbdInfoType.BlockSize) && option == NbdOption.Go)
        {
            Reply(option, NbdOptionReplyType.ErrBlockSizeReqd, $"this export is only accessible in units of {export.MinimumBlockSize} bytes");
            return null;
        }
        Reply(option, NbdOptionReplyType.Ack);
        return option == NbdOption.Go ? Session(export) : null;
    }

    /// <summary><c>NBD_OPT_LIST_META_CONTEXT</c> and <c>NBD_OPT_SET_META_CONTEXT</c>.</summary>
    private void AnswerMetaContext(NbdOption option, byte[] data)
    {
        var isSet = option == NbdOption.SetMetaContext;
        if (isSet)
            (contextExport, contexts) = (null, []);
        if (style == NbdReplyStyle.Simple)
        {
            Reply(option, NbdOptionReplyType.ErrInvalid, "metadata contexts need structured replies first");
            return;
        }
        if (!MetaContextQuery.TryParse(data, out var query))
        {
            Reply(option, NbdOptionReplyType.ErrInvalid, "the lengths inside the option do not fit");
            return;
        }
        if (query.Queries.FirstOrDefault(text => text.IndexOf(':') <= 0) is { } nameless)
        {
            Reply(option, NbdOptionReplyType.ErrInvalid, $"'{nameless}' has no namespace: write NAMESPACE:NAME");
            return;
        }
        if (server.FindExport(query.ExportName) is not { } export)
        {
            Reply(option, NbdOptionReplyType.ErrUnknown, $"there is no export '{query.ExportName}'");
            return;
        }

        var found = MetaContext.Of(export)
            .Where(context => (!isSet && query.Queries.Count == 0) || query.Queries.Any(text => context.Matches(text, wildcards: !isSet)))
            .ToList();
        if (isSet && found.Count > NbdLimits.MaxSelectedContexts)
        {
            Reply(option, NbdOptionReplyType.ErrTooBig, $"a connection may select {NbdLimits.MaxSelectedContexts} contexts");
            return;
        }
        if (isSet)
            (contextExport, contexts) = (export, [.. found.Select((context, index) => ((uint)index + 1, context))]);
        for (var i = 0; i < found.Count; i++)
            ReplyMetaContext(option, isSet ? (uint)i + 1 : 0, found[i]);
        Reply(option, NbdOptionReplyType.Ack);
    }

    private void ReplyMetaContext(NbdOption option, uint id, MetaContext context)
    {
        var data = new byte[4 + Encoding.UTF8.GetByteCount(context.Name)];
        BinaryPrimitives.WriteUInt32BigEndian(data, id);
        Encoding.UTF8.GetBytes(context.Name, data.AsSpan(4));
        Reply(option, NbdOptionReplyType.MetaContext, data);
    }

    private void ReplyExportInfo(NbdOption option, NbdExport export)
    {
        Span<byte> info = stackalloc byte[10];
        BinaryPrimitives.WriteInt64BigEndian(info, export.Source.SizeBytes);
        BinaryPrimitives.WriteUInt16BigEndian(info[8..], (ushort)GetFlags(export));
        ReplyInfo(option, NbdInfoType.Export, info);
    }

    private void ReplyBlockSize(NbdOption option, NbdExport export)
    {
        Span<byte> info = stackalloc byte[12];
        BinaryPrimitives.WriteInt32BigEndian(info, export.MinimumBlockSize);
        BinaryPrimitives.WriteUInt32BigEndian(info[4..], export.PreferredBlockSize);
        BinaryPrimitives.WriteInt32BigEndian(info[8..], NbdLimits.MaxPayload);
        ReplyInfo(option, NbdInfoType.BlockSize, info);
    }

    private void ReplyInfo(NbdOption option, NbdInfoType type, ReadOnlySpan<byte> info)
    {
        var data = new byte[2 + info.Length];
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)type);
        info.CopyTo(data.AsSpan(2));
        Reply(option, NbdOptionReplyType.Info, data);
    }

    private NbdTransmissionFlags GetFlags(NbdExport export) => export.GetFlags(style, ContextsFor(export).Count > 0);

    /// <summary>Contexts count only for the export they were selected for.</summary>
    private IReadOnlyList<(uint Id, MetaContext Context)> ContextsFor(NbdExport export) => contextExport == export ? contexts : [];

    private NbdSession Session(NbdExport export) => new(export, style, ContextsFor(export));
}
