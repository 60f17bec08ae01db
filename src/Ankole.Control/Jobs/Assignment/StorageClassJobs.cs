using System.Text.Json;

namespace Ankole.Control;

/// <summary>The jobs that a StorageClass gives to volumes made from it.</summary>
/// <param name="Listed">For <see cref="VolumeSpec.RecurringJobs"/>, from the parameter <c>recurringJobs</c> (the Backup Concepts page).</param>
/// <param name="Labels">For the volume's labels, from the parameter <c>recurringJobSelector</c> (Longhorn since 1.2).</param>
public sealed record StorageClassJobs(IReadOnlyList<VolumeRecurringJob> Listed, IReadOnlyDictionary<string, string> Labels)
{
    public const string ListParameter = "recurringJobs";
    public const string SelectorParameter = "recurringJobSelector";

    /// <summary>What can be read; every mistake is added to <paramref name="errors"/>.</summary>
    /// <param name="field">The path of the parameters: <c>parameters</c>.</param>
    public static StorageClassJobs Read(IReadOnlyDictionary<string, string> parameters, string field, List<FieldError> errors)
    {
        IReadOnlyList<VolumeRecurringJob> listed = [];
        if (parameters.GetValueOrDefault(ListParameter) is { Length: > 0 } list)
        {
            listed = ReadList(list, $"{field}.{ListParameter}", errors);
            VolumeJobRules.Check(listed, $"{field}.{ListParameter}", errors);
        }
        var labels = parameters.GetValueOrDefault(SelectorParameter) is { Length: > 0 } selector
            ? ReadSelector(selector, $"{field}.{SelectorParameter}", errors)
            : new Dictionary<string, string>();
        return new StorageClassJobs(listed, labels);
    }

    /// <summary>A new volume takes the list of its StorageClass where it has none of its own, and the labels that it does not carry itself.</summary>
    /// <remarks>Mistakes in the class are its own admission's to report; a volume takes what can be read.</remarks>
    internal static async ValueTask<VolumeResource> GiveAsync(VolumeResource volume, IResourceStore store, CancellationToken cancellationToken)
    {
        if (volume.Spec.StorageClassName.Length == 0
            || await store.GetAsync(Kinds.StorageClass, volume.Spec.StorageClassName, cancellationToken) is not { } storageClass)
            return volume;
        var jobs = Read(storageClass.Parameters, "parameters", []);
        var labels = new Dictionary<string, string>(jobs.Labels);
        foreach (var (key, value) in volume.Metadata.Labels)
            labels[key] = value;
        return volume with
        {
            Metadata = volume.Metadata with { Labels = labels },
            Spec = volume.Spec.RecurringJobs.Count == 0 ? volume.Spec with { RecurringJobs = jobs.Listed } : volume.Spec,
        };
    }

    private static List<VolumeRecurringJob> ReadList(string json, string field, List<FieldError> errors)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ControlJson.TypeInfo<List<VolumeRecurringJob>>()) ?? [];
        }
        catch (JsonException e)
        {
            errors.Add(new FieldError(field, json, $"it is no JSON array of jobs ({e.Message}): write [{{\"name\":\"snap\",\"task\":\"snapshot\",\"cron\":\"*/1 * * * *\",\"retain\":1}}]."));
            return [];
        }
    }

    private static Dictionary<string, string> ReadSelector(string json, string field, List<FieldError> errors)
    {
        var labels = new Dictionary<string, string>();
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var item in document.RootElement.EnumerateArray())
            {
                var name = item.GetProperty("name").GetString() ?? "";
                var label = item.TryGetProperty("isGroup", out var isGroup) && isGroup.GetBoolean() ? JobLabels.OfGroup(name) : JobLabels.OfJob(name);
                if (MetadataRules.IsQualifiedName(label))
                    labels[label] = JobLabels.Enabled;
                else
                    errors.Add(new FieldError(field, name, $"'{name}' is no name of a job or group."));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            errors.Add(new FieldError(field, json, "it is no JSON array of selectors: write [{\"name\":\"daily\",\"isGroup\":true}]."));
        }
        return labels;
    }
}
