using System.Runtime.CompilerServices;
using Ankole.Core;
using Microsoft.Extensions.Logging;

namespace Ankole.Nbd;

/// <summary>
/// The transmission phase of one connection, on its own thread: reads requests, starts them, and goes on reading while those that did not
/// finish at once run elsewhere. Replies of requests that finished at once leave together when nothing more is buffered.
/// </summary>
/// <remarks>
/// No allocation per read, write or flush: request objects and payloads are pooled, and a request that waits for its device is its own
/// continuation.
/// </remarks>
internal sealed partial class NbdTransmission : IDisposable
{
    /// <summary>Reply bytes that may wait for company before they are sent: with more the other side has enough to work on.</summary>
    private const int FlushThreshold = 64 << 10;

    private readonly long connectionId;
    private readonly NbdSession session;
    private readonly NbdExport export;
    private readonly ReceiveBuffer input;
    private readonly NbdServerContext server;
    private readonly NbdConnection.ServerState state;
    private readonly CancellationToken aborted;
    private readonly RequestWindow window;
    private readonly ReplyWriter replies;
    private int gathered;

    public NbdTransmission(
        long connectionId, NbdSession session, IChannel channel, ReceiveBuffer input, NbdServerContext server,
        NbdConnection.ServerState state, CancellationToken aborted)
    {
        this.connectionId = connectionId;
        this.session = session;
        export = session.Export;
        this.input = input;
        this.server = server;
        this.state = state;
        this.aborted = aborted;
        window = new RequestWindow(server.Options.MaxInFlight, server.Options.MaxInFlightBytes, CompleteElsewhere);
        replies = new ReplyWriter(channel, window);
    }

    /// <summary>Returns or throws when nothing is in flight any more.</summary>
    public void Run()
    {
        input.BeforeWaiting = FlushReplies;
        try
        {
            var headerSize = NbdRequest.SizeOf(session.IsExtended);
            while (input.TryPeek(headerSize))
            {
                var header = NbdRequest.Parse(input.Take(headerSize), session.IsExtended);
                if (header.Command == NbdCommand.Disconnect)
                    break;
                Handle(header);
            }
        }
        finally
        {
            FlushReplies();
            window.WaitUntilIdle();
            replies.WaitUntilSent();
        }
    }

    public void Dispose() => replies.Dispose();

    private void Handle(in NbdRequest header)
    {
        var payloadLength = header.HasPayload(session.IsExtended) ? header.Length : 0;
        if (payloadLength > NbdLimits.MaxPayload)
            throw new NbdProtocolException($"{header.Command} announced a payload of {payloadLength} bytes, the limit is {NbdLimits.MaxPayload}");
        var (error, message) = Validate(header);
        var windowBytes = error == NbdError.None && header.Command is NbdCommand.Read or NbdCommand.Write ? (int)header.Length : (int)payloadLength;
        var request = Acquire(header, windowBytes);
        request.Style = session.Style;
        if (payloadLength > 0)
            ReceivePayload(request, (int)payloadLength);
        if (error != NbdError.None)
        {
            request.ReplyError(error, message);
            Gather(request);
            return;
        }
        if (!request.IsFinished(StartSafely(request)))
            return;
        Finish(request);
        Gather(request);
    }

    private void ReceivePayload(NbdServerRequest request, int length)
    {
        try
        {
            input.CopyTo(request.RentBuffer(length).Span);
        }
        catch
        {
            window.Release(request);
            throw;
        }
    }

    private NbdServerRequest Acquire(in NbdRequest header, int windowBytes)
    {
        if (window.TryAcquire(header, windowBytes) is { } request)
            return request;
        FlushReplies();
        return window.Acquire(header, windowBytes);
    }

    private void Gather(NbdServerRequest request)
    {
        gathered += request.ReplyHead.Length + request.ReplyPayload.Length;
        replies.Enqueue(request);
        if (gathered >= FlushThreshold)
            FlushReplies();
    }

    private void FlushReplies()
    {
        gathered = 0;
        replies.Flush(mayBlock: true);
    }

    /// <summary>The continuation of a request that did not finish on the connection's thread.</summary>
    private void CompleteElsewhere(NbdServerRequest request)
    {
        Finish(request);
        replies.Enqueue(request);
        replies.Flush(mayBlock: false);
    }

    /// <summary>Composes the reply of a request whose device is done; never throws.</summary>
    private void Finish(NbdServerRequest request)
    {
        try
        {
            request.GetResult();
            Reply(request);
        }
        catch (Exception e)
        {
            Fail(request, e);
        }
    }

    private ValueTask StartSafely(NbdServerRequest request)
    {
        try
        {
            return Start(request);
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    private ValueTask Start(NbdServerRequest request)
    {
        var header = request.Header;
        switch (header.Command)
        {
            case NbdCommand.Read:
                return export.Source.ReadAsync((long)header.Offset, request.RentBuffer((int)header.Length), aborted);
            case NbdCommand.Write or NbdCommand.WriteZeroes or NbdCommand.Trim when (header.Flags & NbdCommandFlags.Fua) != 0:
                return ChangeDurablyAsync(export.Device!, request);
            case NbdCommand.Write or NbdCommand.WriteZeroes or NbdCommand.Trim:
                return ChangeAsync(export.Device!, request);
            case NbdCommand.Flush:
                return export.Device?.FlushAsync(aborted) ?? ValueTask.CompletedTask;
            case NbdCommand.Cache:
                return CacheAsync(request);
            default:
                return AnswerBlockStatusAsync(request);
        }
    }

    private ValueTask ChangeAsync(IBlockDevice device, NbdServerRequest request)
    {
        var header = request.Header;
        return header.Command switch
        {
            NbdCommand.Write => header.Length == 0
                ? ValueTask.CompletedTask
                : device.WriteAsync((long)header.Offset, request.Buffer((int)header.Length), aborted),
            NbdCommand.WriteZeroes => device.WriteZeroesAsync(RangeOf(header), (header.Flags & NbdCommandFlags.NoHole) == 0, aborted),
            _ => device.DiscardAsync(RangeOf(header), aborted),
        };
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ChangeDurablyAsync(IBlockDevice device, NbdServerRequest request)
    {
        await ChangeAsync(device, request);
        await device.FlushAsync(aborted);
    }

    private static void Reply(NbdServerRequest request)
    {
        switch (request.Header.Command)
        {
            case NbdCommand.Read when request.Header.Length > 0 || request.Style == NbdReplyStyle.Simple:
                request.ReplyData((int)request.Header.Length);
                break;
            case NbdCommand.BlockStatus:
                break; // Composed already, success or not.
            default:
                request.ReplyDone();
                break;
        }
    }

    /// <summary>Whatever a device throws becomes the error number that the protocol has for it; the client decides what that means.</summary>
    private void Fail(NbdServerRequest request, Exception exception)
    {
        var (error, message) = Describe(exception);
        if (error == NbdError.EIO)
        {
            var header = request.Header;
            Log.RequestFailed(server.Logger, connectionId, header.Command, header.Length, header.Offset, export.Name, exception);
        }
        request.ReplyError(error, message);
    }

    private static ByteRange RangeOf(in NbdRequest header) => new((long)header.Offset, (long)header.Length);

    private static (NbdError Error, string Message) Describe(Exception exception) => exception switch
    {
        OperationCanceledException => (NbdError.ESHUTDOWN, "the server is stopping"),
        AnkoleException { IsOutOfSpace: true } => (NbdError.ENOSPC, exception.Message),
        IOException when AnkoleException.IsOutOfSpaceError(exception) => (NbdError.ENOSPC, "no space left on the device"),
        AnkoleException { Kind: ErrorKind.InvalidInput } => (NbdError.EINVAL, exception.Message),
        AnkoleException => (NbdError.EIO, exception.Message),
        _ => (NbdError.EIO, "the device failed"),
    };
}
