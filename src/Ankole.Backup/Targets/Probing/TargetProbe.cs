using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Tests a target from the outside in: configuration, network, clock, then each thing that a backup does, then what surrounds it. The steps of the network
/// end at the first failure, because nothing behind it could work; what backups do is tried one by one, so that every missing permission is named at once.
/// Leaves nothing behind but what a failed deletion leaves, which is then said.
/// </summary>
public static class TargetProbe
{
    /// <summary>Where scratch objects live: beside <c>backupstore/</c>, hidden, so that no reader of the format meets them.</summary>
    internal const string ScratchFolder = ".ankole/probe/";

    /// <summary>Yields each step as it ends. Every step is bounded by <paramref name="options"/>; the last one is always yielded.</summary>
    public static async IAsyncEnumerable<ProbeStep> RunAsync(
        TargetUrl target, TargetCredentials credentials, ObjectStoreOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watch = new StepWatch(options.Time);
        var (store, refused) = TryOpen(target, credentials, options);
        yield return watch.Step(
            "configuration", refused is not null ? ProbeResult.Failed : store!.Notes.Count > 0 ? ProbeResult.Warning : ProbeResult.Passed,
            refused ?? string.Join(' ', [$"{target} with {credentials}", .. store!.Notes]));
        if (store is null)
            yield break;

        await using (store)
        {
            await foreach (var step in StepsOfTheWay(target, credentials, store, options, watch, cancellationToken))
            {
                yield return step;
                if (step.Result == ProbeResult.Failed)
                    yield break;
            }

            // A test leaves nothing behind, so it makes no directory either.
            if (store is DirectoryObjectStore { Root.IsThere: false })
                yield break;

            var failed = false;
            await foreach (var step in new ObjectProbe(store, watch).RunAsync(cancellationToken))
            {
                failed |= step.Result == ProbeResult.Failed;
                yield return step;
            }
            if (failed)
                yield break;

            await foreach (var step in new SpeedProbe(store, watch).RunAsync(cancellationToken))
                yield return step;
            if (store is S3ObjectStore bucket)
            {
                await foreach (var step in new BucketProbe(bucket, watch).RunAsync(cancellationToken))
                    yield return step;
            }
            else if (store is NfsObjectStore nfs)
            {
                yield return await new NfsProbe(nfs, options, watch).CompareClocksAsync(cancellationToken);
            }
        }
    }

    private static IAsyncEnumerable<ProbeStep> StepsOfTheWay(
        TargetUrl target, TargetCredentials credentials, IObjectStore store, ObjectStoreOptions options, StepWatch watch, CancellationToken cancellationToken) =>
        (target, store) switch
        {
            (S3TargetUrl s3, _) => NetworkProbe.For(S3Settings.From(s3, credentials), options, watch).RunAsync(cancellationToken),
            (AzureBlobTargetUrl azure, _) => NetworkProbe.For(AzureBlobSettings.From(azure, credentials), options, watch).RunAsync(cancellationToken),
            (_, DirectoryObjectStore directory) => new DirectoryProbe(directory, watch).RunAsync(cancellationToken),
            (_, NfsObjectStore nfs) => new NfsProbe(nfs, options, watch).RunAsync(cancellationToken),
            _ => AsyncEnumerable.Empty<ProbeStep>(),
        };

    private static (IObjectStore? Store, string? Refused) TryOpen(TargetUrl target, TargetCredentials credentials, ObjectStoreOptions options)
    {
        try
        {
            return (ObjectStores.Open(target, credentials, options), null);
        }
        catch (AnkoleException e)
        {
            return (null, e.Message);
        }
    }
}
