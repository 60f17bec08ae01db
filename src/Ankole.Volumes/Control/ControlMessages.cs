using System.Text.Json.Serialization;
using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>One command to the process that serves a replica.</summary>
/// <param name="Command"><c>snapshot</c>, <c>revert</c>, <c>remove</c>, <c>purge</c>, <c>expand</c> or <c>inspect</c>.</param>
internal sealed record ControlRequest(string Command, string? Name = null, IReadOnlyDictionary<string, string>? Labels = null, long SizeBytes = 0);

/// <summary>One line of the answer: progress any number of times, then a result or an error, which is the last.</summary>
internal sealed record ControlReply(
    bool Done, ControlError? Error = null, OperationProgress? Progress = null, PurgeResult? Purge = null, ReplicaInspection? Inspection = null);

internal sealed record ControlError(ErrorKind Kind, string Message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlReply))]
internal sealed partial class ControlJson : JsonSerializerContext;
