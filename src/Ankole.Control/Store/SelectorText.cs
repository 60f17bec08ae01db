using System.Text.RegularExpressions;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>Selectors as people write them: <c>app=web,tier in (a,b),!old</c> for labels, <c>status.state=Completed,metadata.name!=a</c> for fields.</summary>
public static partial class SelectorText
{
    /// <returns>Null for an empty text.</returns>
    /// <exception cref="InvalidInputException">The text is no label selector.</exception>
    public static LabelSelector? ParseLabels(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var requirements = new List<LabelRequirement>();
        foreach (var part in SplitOutsideBrackets(text))
            requirements.Add(ParseRequirement(part.Trim(), text));
        return new LabelSelector(requirements);
    }

    /// <exception cref="InvalidInputException">The text is no field selector.</exception>
    public static IReadOnlyList<FieldRequirement> ParseFields(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [];
        var requirements = new List<FieldRequirement>();
        foreach (var part in SplitEscaped(text))
        {
            var match = FieldTerm().Match(part.Trim());
            if (!match.Success)
                throw new InvalidInputException($"'{part.Trim()}' in the field selector '{text}' is no condition: write path=value or path!=value.");
            requirements.Add(new FieldRequirement(match.Groups["path"].Value, Escape().Replace(match.Groups["value"].Value, "$1"), match.Groups["operator"].Value != "!="));
        }
        return requirements;
    }

    private static LabelRequirement ParseRequirement(string part, string whole)
    {
        if (SetTerm().Match(part) is { Success: true } set)
        {
            var values = set.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries);
            return Checked(new LabelRequirement(set.Groups["key"].Value, set.Groups["operator"].Value == "in" ? LabelOperator.In : LabelOperator.NotIn, values), whole);
        }
        if (EqualTerm().Match(part) is { Success: true } equal)
            return Checked(new LabelRequirement(
                equal.Groups["key"].Value, equal.Groups["operator"].Value == "!=" ? LabelOperator.NotIn : LabelOperator.In, [equal.Groups["value"].Value]), whole);
        return Checked(
            part.StartsWith('!') ? new LabelRequirement(part[1..].Trim(), LabelOperator.DoesNotExist, []) : new LabelRequirement(part, LabelOperator.Exists, []), whole);
    }

    private static LabelRequirement Checked(LabelRequirement requirement, string whole) => MetadataRules.IsQualifiedName(requirement.Key)
        ? requirement
        : throw new InvalidInputException($"'{requirement.Key}' in the label selector '{whole}' is no label key: write key=value, key!=value, key in (a,b), key notin (a,b), key or !key.");

    private static IEnumerable<string> SplitOutsideBrackets(string text)
    {
        var start = 0;
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        yield return text[start..];
    }

    /// <summary>In values of field selectors a backslash takes the meaning from <c>, = \</c>.</summary>
    private static IEnumerable<string> SplitEscaped(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        yield return text[start..];
    }

    [GeneratedRegex(@"\A(?<key>\S+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)\z")]
    private static partial Regex SetTerm();

    [GeneratedRegex(@"\A(?<key>[^\s=!]+)\s*(?<operator>==|=|!=)\s*(?<value>[^\s=!,()]*)\z")]
    private static partial Regex EqualTerm();

    [GeneratedRegex(@"\A(?<path>[A-Za-z0-9_.-]+)\s*(?<operator>==|=|!=)(?<value>.*)\z", RegexOptions.Singleline)]
    private static partial Regex FieldTerm();

    [GeneratedRegex(@"\\([\\,=])")]
    private static partial Regex Escape();
}
