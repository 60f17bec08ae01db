using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ankole.Cli.Jobs;
using Ankole.Cli.Manifests;
using Ankole.Cli.Replicas;
using Ankole.Cli.Resources;
using Ankole.Cli.Settings;
using Ankole.Cli.Store;
using Ankole.Cli.Targets;
using Ankole.Volumes;

namespace Ankole.Cli;

/// <summary>What <c>-o json</c> prints: camelCase names, null for what is not known.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ErrorOutput))]
[JsonSerializable(typeof(ServingOutput))]
[JsonSerializable(typeof(StoreListOutput))]
[JsonSerializable(typeof(BackupListOutput))]
[JsonSerializable(typeof(BackupOutput))]
[JsonSerializable(typeof(VolumeOutput))]
[JsonSerializable(typeof(BackupDoneOutput))]
[JsonSerializable(typeof(RestoreDoneOutput))]
[JsonSerializable(typeof(DeletionOutput))]
[JsonSerializable(typeof(VerificationOutput))]
[JsonSerializable(typeof(ReplicaChangeOutput))]
[JsonSerializable(typeof(ReplicaInspection))]
[JsonSerializable(typeof(SnapshotListOutput))]
[JsonSerializable(typeof(ExportDoneOutput))]
[JsonSerializable(typeof(ImportDoneOutput))]
[JsonSerializable(typeof(PurgeResult))]
[JsonSerializable(typeof(TargetTestOutput))]
[JsonSerializable(typeof(RemovalListOutput))]
[JsonSerializable(typeof(SettingOutput))]
[JsonSerializable(typeof(SettingListOutput))]
[JsonSerializable(typeof(AppliedListOutput))]
[JsonSerializable(typeof(SimulationOutput))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>The same types, with characters such as <c>'</c> and <c>é</c> as they are: the output is no web page.</summary>
    public static CliJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
