using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Ankole.Cli.Yaml;

/// <summary>
/// Which plain scalars are something else than text: YAML 1.2's core schema (specification, section 10.3.2). <c>yes</c>, <c>no</c>, <c>on</c>
/// and <c>off</c> are text when read, and are quoted when written, since readers of YAML 1.1 take them as booleans.
/// </summary>
internal static partial class YamlScalar
{
    /// <returns>Null for YAML's null.</returns>
    /// <exception cref="FormatException">A number that JSON cannot hold.</exception>
    public static JsonNode? Resolve(string plain) => plain switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when Octal().IsMatch(plain) => JsonValue.Create(Convert.ToInt64(plain[2..], 8)),
        _ when Hexadecimal().IsMatch(plain) => JsonValue.Create(long.Parse(plain.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)),
        _ when WholeNumber().IsMatch(plain) && long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when Number().IsMatch(plain) => JsonValue.Create(double.Parse(plain, NumberStyles.Float, CultureInfo.InvariantCulture)),
        _ when NotFinite().IsMatch(plain) => throw new FormatException($"'{plain}' is no number that a resource can hold."),
        _ => JsonValue.Create(plain),
    };

    /// <summary>The text as a plain scalar where that reads back as the same text, quoted otherwise.</summary>
    public static string Quote(string text)
    {
        if (Plain().IsMatch(text) && !LooksLikeSomethingElse(text))
            return text;
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
            quoted.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(character) || character is '\u2028' or '\u2029' or '\ufeff' => $"\\u{(int)character:x4}",
                _ => character.ToString(),
            });
        return quoted.Append('"').ToString();
    }

    private static bool LooksLikeSomethingElse(string text) =>
        text is "~" or "y" or "Y" or "n" or "N" || text.StartsWith("...", StringComparison.Ordinal) || Word().IsMatch(text) || Octal().IsMatch(text) || Hexadecimal().IsMatch(text) || Number().IsMatch(text)
        || NotFinite().IsMatch(text) || LikeADateOrBase60().IsMatch(text);

    [GeneratedRegex(@"\A0o[0-7]{1,20}\z")]
    private static partial Regex Octal();

    [GeneratedRegex(@"\A0x[0-9a-fA-F]{1,15}\z")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"\A[-+]?[0-9]+\z")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"\A([-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN)\z")]
    private static partial Regex NotFinite();

    [GeneratedRegex(@"\A(null|true|false|yes|no|on|off)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Word();

    /// <summary>YAML 1.1 has timestamps and numbers such as 190:20:30.</summary>
    [GeneratedRegex(@"\A[-+]?[0-9][0-9_:.-]*([tT ].*)?\z")]
    private static partial Regex LikeADateOrBase60();

    /// <summary>Begins with nothing that YAML gives a meaning, and holds neither <c>: </c> nor <c> #</c>.</summary>
    [GeneratedRegex(@"\A[\p{L}\p{N}/._(+][\p{L}\p{N}/._()+@%=,;$ '-]*(:[\p{L}\p{N}/._()+@%=,;$'-][\p{L}\p{N}/._()+@%=,;$ '-]*)*(?<! )\z")]
    private static partial Regex Plain();
}
