using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Settings of a bucket that would hold or destroy backups. Reading them takes permissions that backups do not need: a refusal is no failure.</summary>
internal sealed class BucketProbe(S3ObjectStore store, StepWatch watch)
{
    public async IAsyncEnumerable<ProbeStep> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await LookAsync("versioning", "s3:GetBucketVersioning", async (client, bucket, token) =>
        {
            var answer = await client.GetBucketVersioningAsync(new GetBucketVersioningRequest { BucketName = bucket }, token);
            return answer.VersioningConfig?.Status == VersionStatus.Enabled
                ? (ProbeResult.Warning, "on: deleted backups go on costing money until a lifecycle rule expires noncurrent versions")
                : (ProbeResult.Passed, "off");
        }, cancellationToken);
        yield return await LookAsync("object lock", "s3:GetBucketObjectLockConfiguration", async (client, bucket, token) =>
        {
            var answer = await client.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationRequest { BucketName = bucket }, token);
            return answer.ObjectLockConfiguration?.Rule?.DefaultRetention is { } retention
                ? (ProbeResult.Warning, $"objects cannot be deleted for {Text(retention)}: retention removes backups only after that")
                : (ProbeResult.Passed, "off");
        }, cancellationToken);
        yield return await LookAsync("lifecycle", "s3:GetLifecycleConfiguration", async (client, bucket, token) =>
        {
            var answer = await client.GetLifecycleConfigurationAsync(new GetLifecycleConfigurationRequest { BucketName = bucket }, token);
            var harmful = (answer.Configuration?.Rules ?? []).Where(IsHarmful).Select(rule => $"'{rule.Id}'").ToList();
            return harmful.Count > 0
                ? (ProbeResult.Warning, $"{string.Join(", ", harmful)} expires or archives objects: blocks of old age belong to new backups too; " +
                    "keep such rules away from this path")
                : (ProbeResult.Passed, "no rule expires or archives objects");
        }, cancellationToken);
    }

    private async ValueTask<ProbeStep> LookAsync(
        string name, string permission, Func<IAmazonS3, string, CancellationToken, Task<(ProbeResult, string)>> look, CancellationToken cancellationToken)
    {
        try
        {
            var (result, detail) = await store.AskBucketAsync(look, cancellationToken);
            return watch.Step(name, result, detail);
        }
        catch (AnkoleException e)
        {
            return watch.Step(name, ProbeResult.Unknown, $"could not be looked at (that takes {permission}, which backups do not need): {e.Message}");
        }
    }

    private static bool IsHarmful(LifecycleRule rule) =>
        rule.Status == LifecycleRuleStatus.Enabled && (rule.Expiration is { ExpiredObjectDeleteMarker: not true } || rule.Transitions is { Count: > 0 });

    private static string Text(DefaultRetention retention) => retention.Years is > 0 ? $"{retention.Years} years" : $"{retention.Days} days";
}
