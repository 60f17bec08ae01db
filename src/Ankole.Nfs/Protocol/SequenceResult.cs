namespace Ankole.Nfs;

/// <summary>SEQUENCE's answer (RFC 8881, section 18.46).</summary>
/// <param name="TargetHighestSlot">The highest slot the server would like to see used from now on.</param>
/// <param name="StatusFlags"><c>SEQ4_STATUS_*</c></param>
internal readonly record struct SequenceResult(
    SessionId Session, uint Sequence, uint Slot, uint HighestSlot, uint TargetHighestSlot, uint StatusFlags);
