using System.Runtime.InteropServices;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// The one way a request of a network store goes out: paced (<see cref="ByteRateLimit"/>), within the number in flight
/// (<see cref="AdaptiveThrottle"/>), with a deadline per attempt, and tried again while the failure is transient and the bounds allow it.
/// </summary>
/// <param name="store">What errors call the store.</param>
/// <param name="explain">Says why an attempt failed. Is not asked about deadlines and the caller's cancellation.</param>
internal sealed class RequestPipeline(ObjectStoreOptions options, RequestCounters counters, string store, Func<Exception, string, RequestFailure> explain)
{
    /// <summary>A server that never answered yet is more likely misspelt than restarting: nobody should wait minutes to hear of it.</summary>
    private const int AttemptsBeforeFirstAnswer = 3;

    private readonly AdaptiveThrottle throttle = new(options.MaxInFlight, options.Time);
    private readonly ByteRateLimit? rateLimit = options.LimitBytesPerSecond is { } rate ? new ByteRateLimit(rate, options.Time) : null;
    private volatile bool hasAnswered;

    public AdaptiveThrottle Throttle => throttle;

    /// <summary>Sends and, where that helps, sends again.</summary>
    /// <param name="action">The verb of messages and the key of permissions: "write", "read" …</param>
    /// <param name="what">The object of messages, quotes included.</param>
    /// <param name="bytes">Object bytes that each attempt sends.</param>
    /// <param name="attempt">Makes one attempt and counts it. It catches what is an answer (no such key) and lets failures through.</param>
    /// <exception cref="ObjectStoreException">The last attempt's failure.</exception>
    public async ValueTask<T> SendAsync<T>(
        string action, string what, long bytes, Func<RequestAttempt, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        var started = options.Time.GetTimestamp();
        for (var number = 1; ; number++)
        {
            if (bytes > 0 && rateLimit is not null)
                await rateLimit.WaitForObjectAsync(bytes, cancellationToken);
            var (failure, cause, isOutOfTime) = (default(RequestFailure), default(Exception), false);
            await throttle.EnterAsync(cancellationToken);
            try
            {
                using var deadline = new AttemptDeadline(options, bytes, cancellationToken);
                try
                {
                    var result = await attempt(new RequestAttempt(number, deadline));
                    hasAnswered = true;
                    throttle.Answered();
                    return result;
                }
                catch (Exception e)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (e is ObjectStoreException { IsTransient: false } or ArgumentException or InvalidOperationException)
                        throw;
                    cause = e;
                    isOutOfTime = deadline.HasPassed;
                    failure = isOutOfTime ? TimedOut(deadline) : e is ObjectStoreException ours
                        ? RequestFailure.Transient(ours.Message)
                        : explain(e, action);
                }
            }
            finally
            {
                throttle.Leave();
            }

            // Too many transfers on a slow line run out of time together.
            if (failure.IsSlowDown || (isOutOfTime && bytes > 0))
                throttle.SlowDown();
            hasAnswered |= failure.IsAnswer;
            if (!MayTryAgain(failure, number, started))
                throw Give(action, what, failure, number, cause);
            counters.CountRetry();
            RequestLog.TryingAgain(options.Logger, action, what, store, number, failure.Reason);
            await Task.Delay(PauseAfter(number), options.Time, cancellationToken);
        }
    }

    /// <summary>Reads an answer's body, paced, within the attempt's deadline, which is extended by what so many bytes may take.</summary>
    /// <exception cref="EndOfStreamException">The body is shorter than its length said.</exception>
    public async ValueTask<PooledBytes> ReadBodyAsync(Stream body, long length, RequestAttempt attempt)
    {
        attempt.Deadline.AllowBytes(length);
        var bytes = PooledBytes.Rent((int)length);
        try
        {
            for (var received = 0; received < bytes.Length;)
            {
                var piece = bytes.Memory[received..];
                if (rateLimit is not null)
                {
                    piece = piece[..Math.Min(piece.Length, ByteRateLimit.PieceBytes)];
                    attempt.Deadline.Allow(await rateLimit.WaitAsync(piece.Length, attempt.Token));
                }
                var count = await body.ReadAsync(piece, attempt.Token);
                if (count == 0)
                    throw new EndOfStreamException($"the body ended after {received} of {bytes.Length} bytes");
                received += count;
                counters.CountBytesRead(count);
            }
            return bytes;
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>The content as the stream that SDKs want, without copying it where that is possible.</summary>
    public static Stream AsStream(ReadOnlyMemory<byte> content) => MemoryMarshal.TryGetArray(content, out var segment)
        ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
        : new ReadOnlyMemoryStream(content);

    private bool MayTryAgain(RequestFailure failure, int number, long started) =>
        failure.IsTransient &&
        number < (hasAnswered ? options.MaxAttempts : Math.Min(AttemptsBeforeFirstAnswer, options.MaxAttempts)) &&
        options.Time.GetElapsedTime(started) < options.RetryBudget;

    /// <summary>Doubles with each attempt; half of it is random, so that requests refused together do not come back together.</summary>
    private TimeSpan PauseAfter(int number)
    {
        var full = Math.Min(options.LongestPause.TotalMilliseconds, options.FirstPause.TotalMilliseconds * Math.Pow(2, number - 1));
        return TimeSpan.FromMilliseconds((full / 2) + (Random.Shared.NextDouble() * full / 2));
    }

    private static RequestFailure TimedOut(AttemptDeadline deadline) =>
        RequestFailure.Transient($"no complete answer within {deadline.Allowed.TotalSeconds:0.#} s: the server or the way to it hangs");

    private ObjectStoreException Give(string action, string what, RequestFailure failure, int attempts, Exception? cause)
    {
        var tried = attempts > 1 ? $" (tried {attempts} times)" : "";
        return new ObjectStoreException(failure.Kind, $"cannot {action} {what} in {store}: {failure.Reason}{tried}.", failure.IsTransient, cause);
    }
}
