namespace Ankole.Cli;

/// <summary>Columns for people: a header, left-aligned cells, two spaces between.</summary>
internal static class TextTable
{
    public static void Write(TextWriter writer, IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = header.Select((name, column) => rows.Select(row => row[column].Length).Append(name.Length).Max()).ToArray();
        WriteRow(writer, header, widths);
        foreach (var row in rows)
            WriteRow(writer, row, widths);
    }

    private static void WriteRow(TextWriter writer, IReadOnlyList<string> row, int[] widths) =>
        writer.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
}
