namespace Ankole.Nfs;

/// <summary>CREATE_SESSION's answer (RFC 8881, section 18.36).</summary>
internal readonly record struct CreateSessionResult(SessionId Session, uint Sequence, ChannelAttributes Fore);
