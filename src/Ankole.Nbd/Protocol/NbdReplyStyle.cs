namespace Ankole.Nbd;

/// <summary>How replies look on the wire: what the client asked for during the handshake.</summary>
internal enum NbdReplyStyle
{
    Simple,
    Structured,
    Extended,
}
