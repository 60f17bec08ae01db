using Ankole.Core;
using Ankole.Nbd;

namespace Ankole.Cli;

/// <summary>An NBD export, written in place.</summary>
internal sealed class NbdDestination : Destination
{
    private readonly NbdClient client;

    private NbdDestination(NbdClient client, string uri, bool isZero)
    {
        this.client = client;
        Name = uri;
        IsZero = isZero;
    }

    public override IBlockDevice Device => client;

    public override bool IsZero { get; }

    public override string Name { get; }

    public static async Task<NbdDestination> OpenAsync(string uri, long sizeBytes, bool force, CancellationToken cancellationToken)
    {
        var client = await NbdEndpoints.ConnectAsync(uri, cancellationToken);
        try
        {
            if (client.IsReadOnly)
                throw new AnkoleException(ErrorKind.Refused, $"'{uri}' is served read-only: nothing can be restored onto it.");
            if (client.SizeBytes < sizeBytes)
                throw TooSmall($"'{uri}'", client.SizeBytes, sizeBytes);
            var isZero = await ReadsAsZerosAsync(client, cancellationToken);
            if (!isZero && !force)
                throw new AnkoleException(ErrorKind.Refused, $"'{uri}' holds data. Choose another destination, or add --force to overwrite it.");
            return new NbdDestination(client, uri, isZero);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public override Task CompleteAsync() => client.FlushAsync(CancellationToken.None).AsTask();

    public override ValueTask DisposeAsync() => client.DisposeAsync();

    private static async Task<bool> ReadsAsZerosAsync(NbdClient client, CancellationToken cancellationToken)
    {
        await foreach (var extent in client.GetExtentsAsync(new ByteRange(0, client.SizeBytes), cancellationToken))
            if (!extent.ReadsAsZeros)
                return false;
        return true;
    }
}
