namespace Ankole.Nbd;

/// <summary>Which requests are refused before anything is done, and with which error number (NBD protocol, "Error values").</summary>
internal sealed partial class NbdTransmission
{
    private (NbdError Error, string Message) Validate(in NbdRequest request)
    {
        if (state.IsStopping)
            return (NbdError.ESHUTDOWN, "the server is stopping");
        if (request.Command > NbdCommand.BlockStatus)
            return (NbdError.EINVAL, $"command {(ushort)request.Command} is unknown here");
        if ((request.Flags & ~AllowedFlags(request.Command)) is var unexpected and not NbdCommandFlags.None)
            return (NbdError.EINVAL, $"the flags 0x{(ushort)unexpected:x} do not belong to {request.Command}");
        if (session.IsExtended && request.Command == NbdCommand.Write && !request.HasPayload(extended: true))
            return (NbdError.EINVAL, "a write with extended headers needs NBD_CMD_FLAG_PAYLOAD_LEN");
        if (request.Command is NbdCommand.Write or NbdCommand.WriteZeroes or NbdCommand.Trim && export.IsReadOnly)
            return (NbdError.EPERM, $"export '{export.Name}' is read-only");
        if (request.Command == NbdCommand.Flush)
            return request is { Offset: 0, Length: 0 } ? default : (NbdError.EINVAL, "a flush has offset 0 and length 0");
        if (request.Command == NbdCommand.BlockStatus && session.Contexts.Count == 0)
            return (NbdError.EINVAL, "no metadata context was selected");
        if (request.Command == NbdCommand.BlockStatus && request.HasPayload(session.IsExtended))
            return default; // The range is in the payload and checked with it.
        return ValidateRange(request.Command, request.Offset, request.Length, request.Flags);
    }

    private (NbdError Error, string Message) ValidateRange(NbdCommand command, ulong offset, ulong length, NbdCommandFlags flags)
    {
        var size = (ulong)export.Source.SizeBytes;
        if (offset > size || length > size - offset)
            return (command is NbdCommand.Write or NbdCommand.WriteZeroes ? NbdError.ENOSPC : NbdError.EINVAL,
                $"{length} bytes at {offset} leave the export of {size} bytes");
        var unit = (ulong)export.MinimumBlockSize;
        if (offset % unit != 0 || length % unit != 0)
            return (NbdError.EINVAL, $"{length} bytes at {offset} are not aligned to the minimum block size of {unit}");
        if (command == NbdCommand.Read && length > NbdLimits.MaxPayload)
            return (NbdError.EOVERFLOW, $"a read may ask for {NbdLimits.MaxPayload} bytes at most");
        if (command == NbdCommand.BlockStatus && length == 0)
            return (NbdError.EINVAL, "a block status needs a length");
        if (command == NbdCommand.WriteZeroes && (flags & (NbdCommandFlags.FastZero | NbdCommandFlags.NoHole)) == (NbdCommandFlags.FastZero | NbdCommandFlags.NoHole))
            return (NbdError.ENOTSUP, "zeroes with storage under them are not faster than a write");
        return default;
    }

    private NbdCommandFlags AllowedFlags(NbdCommand command)
    {
        // FUA is accepted everywhere, as the protocol asks; it means something for the three commands that write.
        var allowed = NbdCommandFlags.Fua;
        switch (command)
        {
            case NbdCommand.Read when session.Style != NbdReplyStyle.Simple:
                allowed |= NbdCommandFlags.DontFragment;
                break;
            case NbdCommand.Write when session.IsExtended:
                allowed |= NbdCommandFlags.PayloadLength;
                break;
            case NbdCommand.WriteZeroes:
                allowed |= NbdCommandFlags.NoHole | (export.IsWriteZeroesFast ? NbdCommandFlags.FastZero : 0);
                break;
            case NbdCommand.BlockStatus:
                allowed |= NbdCommandFlags.ReqOne | (session.IsExtended && session.Contexts.Count > 0 ? NbdCommandFlags.PayloadLength : 0);
                break;
        }
        return allowed;
    }
}
