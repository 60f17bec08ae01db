using System.Collections.Frozen;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>What opens a target: access keys, endpoint, certificates, proxies. Immutable; never shows a value.</summary>
/// <remarks>Stores get their credentials from here only, so that two targets in one process never see each other's.</remarks>
public sealed class TargetCredentials
{
    private readonly FrozenDictionary<string, string> values;

    private TargetCredentials(FrozenDictionary<string, string> values) => this.values = values;

    public static TargetCredentials None { get; } = new(FrozenDictionary<string, string>.Empty);

    /// <summary>Reads every <see cref="CredentialKey"/>; an empty value counts as missing.</summary>
    /// <param name="read">As <see cref="Environment.GetEnvironmentVariable(string)"/>; the proxies are asked for in lower case too.</param>
    public static TargetCredentials FromEnvironment(Func<string, string?> read)
    {
        var found = new Dictionary<string, string>();
        foreach (var key in CredentialKey.All)
        {
            var value = read(key);
            if (string.IsNullOrEmpty(value) && CredentialKey.Proxies.Contains(key))
                value = read(key.ToLowerInvariant());
            if (!string.IsNullOrEmpty(value))
                found.Add(key, value);
        }
        return new TargetCredentials(found.ToFrozenDictionary());
    }

    /// <summary>From a secret's entries; entries that are no <see cref="CredentialKey"/> are ignored.</summary>
    public static TargetCredentials FromSecret(IReadOnlyDictionary<string, string> secret) =>
        FromEnvironment(key => secret.GetValueOrDefault(key));

    /// <summary>The value of a <see cref="CredentialKey"/>, or null when it is missing.</summary>
    internal string? this[string key] => values.GetValueOrDefault(key);

    /// <summary>Checks what this kind of target will use, and nothing else.</summary>
    /// <exception cref="InvalidInputException">Names every key that is wrong, and no value.</exception>
    public void Check(TargetUrl target)
    {
        var problems = CredentialRules.ProblemsFor(target, this);
        if (problems.Count > 0)
            throw new InvalidInputException($"the credentials for {target} cannot be used: {string.Join("; ", problems)}.");
    }

    /// <summary>The names of the keys that are set.</summary>
    public override string ToString() =>
        values.Count == 0 ? "no credentials" : $"credentials with {string.Join(", ", values.Keys.Order(StringComparer.Ordinal))}";
}
