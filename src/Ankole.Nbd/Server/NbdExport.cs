using System.Numerics;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>One named device of a server. The server does not dispose <see cref="Source"/>.</summary>
public sealed class NbdExport
{
    /// <param name="name">Up to 4096 bytes of UTF-8; the empty name is the default export.</param>
    /// <param name="source">Writable by clients when it is an <see cref="IBlockDevice"/> and <paramref name="readOnly"/> is false.</param>
    /// <exception cref="InvalidInputException">The name cannot be sent.</exception>
    public NbdExport(string name, IBlockSource source, bool readOnly = false)
    {
        if (!NbdText.IsValid(name))
            throw new InvalidInputException($"an export name of {name.Length} characters cannot be served: use at most 4096 bytes without NUL.");
        Name = name;
        Source = source;
        Device = readOnly ? null : source as IBlockDevice;
    }

    public string Name { get; }

    /// <summary>Shown to people who list the exports.</summary>
    public string Description { get; init; } = "";

    public IBlockSource Source { get; }

    /// <summary>Null when clients may not write.</summary>
    public IBlockDevice? Device { get; }

    public bool IsReadOnly => Device is null;

    /// <summary>
    /// The smallest unit of a request, in bytes: a power of two up to 64 KiB. Anything but 1 makes the server refuse what is not aligned to it.
    /// The last, partial unit of a device whose size is no multiple cannot be reached.
    /// </summary>
    public int MinimumBlockSize
    {
        get;
        init => field = BitOperations.IsPow2(value) && value is >= 1 and <= 64 << 10
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "a minimum block size is a power of two from 1 to 65536");
    } = 1;

    /// <summary>True when writing zeroes costs less than writing as many bytes: offered as <c>NBD_FLAG_SEND_FAST_ZERO</c>.</summary>
    public bool IsWriteZeroesFast { get; init; }

    /// <summary>Null when nothing is known about earlier snapshots.</summary>
    public INbdChangeSource? Changes { get; init; }

    /// <summary>A power of two, at least 512 and the minimum block size, as the protocol demands.</summary>
    internal uint PreferredBlockSize =>
        (uint)Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(Source.PreferredBlockSize, 1)), Math.Max(512, MinimumBlockSize), NbdLimits.MaxPayload);

    internal NbdTransmissionFlags GetFlags(NbdReplyStyle style, bool hasContexts)
    {
        // All connections share one device, whose flush covers whatever had completed on any of them.
        var flags = NbdTransmissionFlags.HasFlags | NbdTransmissionFlags.CanMultiConn | NbdTransmissionFlags.SendFlush
            | NbdTransmissionFlags.SendFua | NbdTransmissionFlags.SendCache;
        if (style != NbdReplyStyle.Simple)
            flags |= NbdTransmissionFlags.SendDf;
        if (style == NbdReplyStyle.Extended && hasContexts)
            flags |= NbdTransmissionFlags.BlockStatusPayload;
        if (IsReadOnly)
            return flags | NbdTransmissionFlags.ReadOnly;
        flags |= NbdTransmissionFlags.SendTrim | NbdTransmissionFlags.SendWriteZeroes;
        return IsWriteZeroesFast ? flags | NbdTransmissionFlags.SendFastZero : flags;
    }
}
