namespace Ankole.Control;

/// <summary>A Kubernetes label selector: requirements that must all hold.</summary>
public sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    public static LabelSelector Of(string key, string value) => new([new LabelRequirement(key, LabelOperator.In, [value])]);

    public bool Matches(IReadOnlyDictionary<string, string> labels) => Requirements.All(requirement => requirement.Matches(labels));

    public override string ToString() => string.Join(',', Requirements);
}

public enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// <param name="Values">One or more for In and NotIn; empty otherwise.</param>
public sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels) => Operator switch
    {
        LabelOperator.In => labels.TryGetValue(Key, out var value) && Values.Contains(value),
        LabelOperator.NotIn => !labels.TryGetValue(Key, out var value) || !Values.Contains(value),
        LabelOperator.Exists => labels.ContainsKey(Key),
        _ => !labels.ContainsKey(Key),
    };

    public override string ToString() => Operator switch
    {
        LabelOperator.In when Values.Count == 1 => $"{Key}={Values[0]}",
        LabelOperator.In => $"{Key} in ({string.Join(',', Values)})",
        LabelOperator.NotIn when Values.Count == 1 => $"{Key}!={Values[0]}",
        LabelOperator.NotIn => $"{Key} notin ({string.Join(',', Values)})",
        LabelOperator.Exists => Key,
        _ => "!" + Key,
    };
}
