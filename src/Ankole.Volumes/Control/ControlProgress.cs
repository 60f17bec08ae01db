using System.Threading.Channels;
using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>Sends progress to a client, at the client's speed: while one line is on its way, newer ones replace each other.</summary>
internal sealed class ControlProgress : IProgress<OperationProgress>, IAsyncDisposable
{
    private readonly Channel<OperationProgress> latest =
        Channel.CreateBounded<OperationProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly Task sending;

    public ControlProgress(ControlChannel channel) => sending = SendAsync(channel);

    public void Report(OperationProgress value) => latest.Writer.TryWrite(value);

    public async ValueTask DisposeAsync()
    {
        latest.Writer.Complete();
        await sending;
    }

    private async Task SendAsync(ControlChannel channel)
    {
        try
        {
            await foreach (var progress in latest.Reader.ReadAllAsync())
                await channel.SendAsync(new ControlReply(false, Progress: progress), ControlJson.Default.ControlReply, CancellationToken.None);
        }
        catch (IOException)
        {
            // The client has gone, which cancels the command itself.
        }
    }
}
