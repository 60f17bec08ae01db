using Ankole.Cli.Api;
using Ankole.Control;

namespace Ankole.Cli.Resources;

/// <summary>Prints resources as they change, a line for each change, until it is stopped; a server that restarts is waited for.</summary>
internal static class ChangeFeed
{
    private const int MinimumWidth = 8;

    public static async Task PrintAsync(CommandContext context, ServerSession server, ResourceQuery query, CancellationToken cancellationToken)
    {
        var line = new LinePrinter(context, query.Kind);
        while (true)
        {
            try
            {
                await foreach (var change in server.Resources.WatchAsync(query, null, cancellationToken))
                    if (change.Change != ResourceChange.Bookmark)
                        line.Print(change);
            }
            catch (ResourceExpiredException)
            {
                context.Note("The server's history of changes begins anew: what is there now follows.");
            }
        }
    }

    private sealed class LinePrinter(CommandContext context, ResourceKind kind)
    {
        private readonly bool isWide = ResourceOutput.IsWide(context);
        private int[]? widths;

        public void Print(ResourceEvent change)
        {
            if (!context.IsText || context.Format == OutputFormat.Name)
            {
                context.PrintOne(change.Resource, static _ => { });
                return;
            }
            if (widths is null)
            {
                var header = ResourceTable.Header(kind, isWide);
                widths = [.. header.Select(name => Math.Max(MinimumWidth, name.Length))];
                Write(header);
            }
            var row = ResourceTable.Row(kind, change.Resource, isWide, context.Time.GetUtcNow());
            Write(change.Change == ResourceChange.Deleted ? [row[0] + " (gone)", .. row.Skip(1)] : row);
        }

        /// <summary>Columns only ever widen, so that lines stay under each other without knowing those to come.</summary>
        private void Write(IReadOnlyList<string> cells)
        {
            for (var column = 0; column < cells.Count; column++)
                widths![column] = Math.Max(widths[column], cells[column].Length);
            context.Output.WriteLine(string.Join("  ", cells.Select((cell, column) => cell.PadRight(widths![column]))).TrimEnd());
        }
    }
}
