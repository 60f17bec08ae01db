namespace Ankole.Nbd.Tests.Kernel;

/// <summary>Hexadecimal with blanks; what follows three blanks on a line is a remark.</summary>
internal static class HandWritten
{
    public static byte[] Bytes(string text) => Convert.FromHexString(string.Concat(
        text.Split('\n').Select(line => line.Trim().Split("   ")[0].Replace(" ", "", StringComparison.Ordinal))));
}
