using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>What backups do with objects, each tried for itself, with a scratch object.</summary>
internal sealed class ObjectProbe(IObjectStore store, StepWatch watch)
{
    private const int ScratchBytes = 4096;

    private readonly string key = $"{TargetProbe.ScratchFolder}{Guid.NewGuid():N}";
    private readonly byte[] content = RandomNumberGenerator.GetBytes(ScratchBytes);
    private bool isWritten;

    public async IAsyncEnumerable<ProbeStep> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await watch.RunAsync("list", () => ListAsync(cancellationToken));
        yield return await watch.RunAsync("write", () => WriteAsync(cancellationToken));
        yield return await watch.RunAsync("read", () => ReadAsync(cancellationToken));
        if (isWritten)
            yield return await CreateOnceAsync(cancellationToken);
        yield return await watch.RunAsync("delete", () => DeleteAsync(cancellationToken));
    }

    private async ValueTask<string> ListAsync(CancellationToken cancellationToken)
    {
        var firstLayer = 0;
        await foreach (var _ in store.ListFoldersAsync("backupstore/volumes/", cancellationToken))
            firstLayer++;
        return firstLayer == 0 ? "no backupstore here yet: the first backup makes one" : $"a backupstore is here, with volumes in {firstLayer} folders";
    }

    private async ValueTask<string> WriteAsync(CancellationToken cancellationToken)
    {
        await store.PutAsync(key, content, cancellationToken);
        isWritten = true;
        return $"{ScratchBytes} bytes";
    }

    private async ValueTask<string> ReadAsync(CancellationToken cancellationToken)
    {
        using var bytes = await store.GetAsync(key, ScratchBytes, cancellationToken);
        if (!isWritten)
            return "allowed (there is nothing to read)";
        return bytes is not null && bytes.Span.SequenceEqual(content)
            ? $"{ScratchBytes} bytes, the same as written"
            : throw new ObjectStoreException(ErrorKind.Damaged,
                $"what was just written to '{key}' {(bytes is null ? "is not there" : "reads differently")}: this store loses data, or a cache stands before it.");
    }

    private async ValueTask<ProbeStep> CreateOnceAsync(CancellationToken cancellationToken)
    {
        var step = await watch.RunAsync("create once", async () => await store.PutIfAbsentAsync(key, content, cancellationToken)
            ? throw new ObjectStoreException(ErrorKind.Damaged, "the store says that it created an object that was there: two writers could both believe they were first.")
            : "an object that exists is left alone, and only one of several writers can create it");
        return step.Result == ProbeResult.Passed && !store.HasAtomicPutIfAbsent
            ? step with
            {
                Result = ProbeResult.Warning,
                Detail = "the server ignores If-None-Match, so two programs that write to the same volume at the same moment are kept apart by locks only",
            }
            : step;
    }

    private async ValueTask<string> DeleteAsync(CancellationToken cancellationToken)
    {
        // Two keys: backups are deleted in batches, which servers implement apart from single deletes.
        await store.DeleteAsync([key, key + "-absent"], cancellationToken);
        if (isWritten && await store.StatAsync(key, cancellationToken) is not null)
            throw new ObjectStoreException(ErrorKind.Refused, $"'{key}' was reported as deleted and is still there: does an object lock hold it?");
        return "the scratch object is gone";
    }
}
