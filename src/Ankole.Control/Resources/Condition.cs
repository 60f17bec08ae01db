namespace Ankole.Control;

/// <summary>One aspect of a resource's state with its reason (Kubernetes API conventions, "Typical status properties").</summary>
/// <param name="Type">The aspect, in CamelCase: <c>Ready</c>, <c>Unavailable</c>.</param>
/// <param name="Status"><c>True</c>, <c>False</c> or <c>Unknown</c>.</param>
/// <param name="Reason">One CamelCase word for programs.</param>
/// <param name="Message">A sentence for people: what is wrong and what to do.</param>
/// <param name="LastTransitionTime">When <paramref name="Status"/> last changed.</param>
/// <param name="ObservedGeneration">The generation of the resource that this was true of.</param>
public sealed record Condition(
    string Type, string Status, string Reason = "", string Message = "", DateTimeOffset? LastTransitionTime = null, long? ObservedGeneration = null)
{
    public const string True = "True";
    public const string False = "False";
    public const string Unknown = "Unknown";
}

/// <summary>Condition lists are sets by type; the time of a transition stays while the status stays.</summary>
public static class Conditions
{
    public static Condition? Find(this IReadOnlyList<Condition> conditions, string type) => conditions.FirstOrDefault(condition => condition.Type == type);

    public static bool IsTrue(this IReadOnlyList<Condition> conditions, string type) => conditions.Find(type)?.Status == Condition.True;

    /// <summary>The list with <paramref name="condition"/> in the place of the one of its type.</summary>
    public static IReadOnlyList<Condition> With(this IReadOnlyList<Condition> conditions, Condition condition, DateTimeOffset now)
    {
        var before = conditions.Find(condition.Type);
        var since = before?.Status == condition.Status ? before.LastTransitionTime ?? now : now;
        var after = condition with { LastTransitionTime = since };
        return before is null ? [.. conditions, after] : [.. conditions.Select(existing => existing.Type == condition.Type ? after : existing)];
    }

    public static IReadOnlyList<Condition> Without(this IReadOnlyList<Condition> conditions, string type) =>
        conditions.Find(type) is null ? conditions : [.. conditions.Where(condition => condition.Type != type)];
}
