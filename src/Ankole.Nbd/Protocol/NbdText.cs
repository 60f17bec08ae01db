using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ankole.Nbd;

/// <summary>Strings of the protocol: UTF-8, no NUL, at most 4096 bytes (NBD protocol, "Conventions").</summary>
internal static class NbdText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (bytes.Length > NbdLimits.MaxString || bytes.Contains((byte)0))
            return false;
        try
        {
            text = Strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>For messages from a peer: what is no UTF-8 or a control character is replaced.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, NbdLimits.MaxString)]);
        return string.Create(text.Length, text, static (copy, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                copy[i] = char.IsControl(source[i]) ? '?' : source[i];
        });
    }

    public static bool IsValid(string text) => !text.Contains('\0') && Encoding.UTF8.GetByteCount(text) <= NbdLimits.MaxString;
}
