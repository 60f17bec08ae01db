using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Ankole.Control;

/// <summary>How resources are written as JSON: camelCase, times in UTC to the second, and what is empty is left out. Reading, null counts as left out.</summary>
public static class ControlJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    public static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = ControlJsonContext.Default.WithAddedModifier(LeaveOutWhatIsEmpty).WithAddedModifier(TakeNullAsLeftOut),
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.Strict,
            PropertyNameCaseInsensitive = false,
        };
        options.Converters.Add(new TimeJsonConverter());
        options.MakeReadOnly();
        return options;
    }

    private static void LeaveOutWhatIsEmpty(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.PropertyType == typeof(string))
                property.ShouldSerialize = static (_, value) => value is string { Length: > 0 };
            else if (property.PropertyType.IsAssignableTo(typeof(IEnumerable)))
                property.ShouldSerialize = static (_, value) => value is IEnumerable items && items.GetEnumerator().MoveNext();
        }
    }

    private static void TakeNullAsLeftOut(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (!property.IsSetNullable && property.Set is { } set)
                property.Set = (target, value) =>
                {
                    if (value is not null)
                        set(target, value);
                };
    }

    /// <summary>Kubernetes' <c>metav1.Time</c>: RFC 3339 in UTC without a fraction; any RFC 3339 time is read.</summary>
    private sealed class TimeJsonConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(VolumeResource))]
[JsonSerializable(typeof(SnapshotResource))]
[JsonSerializable(typeof(BackupResource))]
[JsonSerializable(typeof(BackupVolumeResource))]
[JsonSerializable(typeof(BackupTargetResource))]
[JsonSerializable(typeof(RecurringJobResource))]
[JsonSerializable(typeof(ReplicaResource))]
[JsonSerializable(typeof(NodeResource))]
[JsonSerializable(typeof(SettingResource))]
[JsonSerializable(typeof(VolumeOperationResource))]
[JsonSerializable(typeof(SecretResource))]
[JsonSerializable(typeof(EventResource))]
[JsonSerializable(typeof(StorageClassResource))]
[JsonSerializable(typeof(List<VolumeRecurringJob>))]
[JsonSerializable(typeof(DoctorAnswer))]
[JsonSerializable(typeof(DeletionAnswer))]
internal sealed partial class ControlJsonContext : JsonSerializerContext;
