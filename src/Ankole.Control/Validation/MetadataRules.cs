using System.Text.RegularExpressions;

namespace Ankole.Control;

/// <summary>What holds for the metadata of every kind (Kubernetes "Object Names and IDs", "Labels and Selectors").</summary>
public static partial class MetadataRules
{
    private const int MaxNameLength = 253;
    private const int MaxLabelLength = 63;

    public static void Check(ObjectMeta metadata, bool isNew, List<FieldError> errors)
    {
        if (metadata.Name.Length == 0 && !(isNew && metadata.GenerateName?.Length > 0))
            errors.Add(new FieldError("metadata.name", null, "a name (or metadata.generateName) is needed.", FieldErrorKind.Required));
        else if (metadata.Name.Length > 0 && !IsName(metadata.Name))
            errors.Add(new FieldError(
                "metadata.name", metadata.Name, $"'{metadata.Name}' is no name: use lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit."));
        CheckLabels(metadata.Labels, "metadata.labels", allowEmptyValue: true, errors);
        for (var i = 0; i < metadata.OwnerReferences.Count; i++)
        {
            var owner = metadata.OwnerReferences[i];
            foreach (var (field, value) in ((string, string?)[])[("apiVersion", owner.ApiVersion), ("kind", owner.Kind), ("name", owner.Name), ("uid", owner.Uid)])
                if (string.IsNullOrEmpty(value))
                    errors.Add(new FieldError($"metadata.ownerReferences[{i}].{field}", null, $"an owner is named by its {field} too.", FieldErrorKind.Required));
        }
    }

    /// <summary>Keys must be qualified names, values label values.</summary>
    public static void CheckLabels(IReadOnlyDictionary<string, string> labels, string field, bool allowEmptyValue, List<FieldError> errors)
    {
        foreach (var (key, value) in labels)
        {
            if (!IsQualifiedName(key))
                errors.Add(new FieldError(field, key, $"'{key}' is no label key: write letters, digits, '-', '_' or '.', at most 63, after an optional 'domain/'."));
            if (value.Length == 0 && !allowEmptyValue)
                errors.Add(new FieldError($"{field}[{key}]", "", $"the value of label '{key}' is empty: write one, or leave the label out."));
            else if (value.Length > 0 && (value.Length > MaxLabelLength || !LabelText().IsMatch(value)))
                errors.Add(new FieldError($"{field}[{key}]", value, $"'{value}' is no label value: write at most 63 letters, digits, '-', '_' or '.', beginning and ending with a letter or digit."));
        }
    }

    /// <summary>A DNS subdomain (RFC 1123) that may hold underscores as volume names do.</summary>
    public static bool IsName(string name) => name.Length <= MaxNameLength && NameText().IsMatch(name);

    public static bool IsQualifiedName(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var name = key[(slash + 1)..];
        return (slash < 0 || (slash is > 0 and <= MaxNameLength && NameText().IsMatch(key[..slash]))) && name.Length is > 0 and <= MaxLabelLength && LabelText().IsMatch(name);
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9._-]*[a-z0-9])?\z")]
    private static partial Regex NameText();

    [GeneratedRegex(@"\A[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?\z")]
    private static partial Regex LabelText();
}
