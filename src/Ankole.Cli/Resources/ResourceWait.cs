using Ankole.Cli.Api;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Resources;

/// <summary>How far what is waited for has come.</summary>
/// <param name="Verdict">Null: it goes on.</param>
/// <param name="Text">While it goes on: what it is doing; when it failed: why.</param>
internal readonly record struct WaitState(bool? Verdict, string Text, OperationProgress Progress)
{
    public static WaitState Done => new(true, "", default);

    public static WaitState Failed(string why) => new(false, why, default);

    public static WaitState Going(string activity, TransferStatus? transfer = null) => new(
        null, activity, new OperationProgress(transfer?.Activity is { Length: > 0 } doing ? doing : activity, transfer?.BytesDone ?? 0, transfer?.BytesTotal ?? 0));
}

/// <summary>Waits for a resource to become something, with a live line of progress. A server that restarts meanwhile is waited for.</summary>
internal static class ResourceWait
{
    /// <returns>The resource as it was when it was done.</returns>
    /// <exception cref="AnkoleException">It failed, was deleted, or took longer than <paramref name="limit"/>.</exception>
    public static async Task<T> UntilAsync<T>(
        CommandContext context, ServerSession server, ResourceKey key, string operation, Func<T, WaitState> judge, TimeSpan? limit, CancellationToken cancellationToken)
        where T : Resource
    {
        WaitState last = default;
        await using var progress = context.StartProgress(operation);
        return await FollowAsync(
            context, server, key, limit,
            resource =>
            {
                if (resource is not T present)
                    throw new AnkoleException(ErrorKind.NotFound, $"{key} was deleted while it was waited for.");
                last = judge(present);
                progress.Report(last.Progress);
                return last.Verdict switch
                {
                    true => present,
                    false => throw new AnkoleException(ErrorKind.Failed, $"{key}: {last.Text}"),
                    null => null,
                };
            },
            () => $"{key} is not ready after {AgeText.Of(limit ?? TimeSpan.Zero)}: {last.Text}. It goes on by itself; 'ankole get {key.Kind.Singular} {key.Name}' shows how far it is.",
            cancellationToken);
    }

    /// <param name="uid">Of the one that goes: another one of its name counts as gone.</param>
    public static async Task UntilGoneAsync(
        CommandContext context, ServerSession server, ResourceKey key, string? uid, TimeSpan? limit, CancellationToken cancellationToken)
    {
        await using var progress = context.StartProgress("delete");
        progress.Report(new OperationProgress($"waiting for {key} to go", 0, 0));
        await FollowAsync(
            context, server, key, limit, resource => resource is null || resource.Metadata.Uid != uid ? key : null,
            () => $"{key} is still there after {AgeText.Of(limit ?? TimeSpan.Zero)}. Its deletion goes on by itself; 'ankole get {key.Kind.Singular} {key.Name}' shows what holds it.",
            cancellationToken);
    }

    /// <param name="answer">Given the resource, or null when there is none; an answer that is not null ends the wait.</param>
    private static async Task<TAnswer> FollowAsync<TAnswer>(
        CommandContext context, ServerSession server, ResourceKey key, TimeSpan? limit, Func<Resource?, TAnswer?> answer, Func<string> overdue,
        CancellationToken cancellationToken) where TAnswer : class
    {
        using var deadline = limit is { } span ? new CancellationTokenSource(span, context.Time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var query = new ResourceQuery(key.Kind) { Namespace = key.Namespace, Fields = [new FieldRequirement("metadata.name", key.Name)] };
        try
        {
            while (true)
                try
                {
                    var list = await server.Resources.ListAsync(query, either.Token);
                    if (answer(list.Items.SingleOrDefault()) is { } atOnce)
                        return atOnce;
                    await foreach (var change in server.Resources.WatchAsync(query, list.Version, either.Token))
                        if (change.Change != ResourceChange.Bookmark && answer(change.Change == ResourceChange.Deleted ? null : change.Resource) is { } found)
                            return found;
                }
                catch (ResourceExpiredException)
                {
                    context.Note("The server's history of changes begins anew; looking again.");
                }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new AnkoleException(ErrorKind.Unavailable, overdue());
        }
    }
}
