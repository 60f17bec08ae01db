using System.Text.RegularExpressions;

namespace Ankole.Core.Tests.Architecture;

/// <summary>What docs/style says and a compiler does not check.</summary>
public sealed partial class TidyTests
{
    /// <summary>A source file longer than this is more than one idea.</summary>
    private const int MaxLines = 450;

    /// <summary>A request of the NBD server takes the result of a ValueTask that has completed: that blocks nobody.</summary>
    [Fact]
    public void No_task_is_blocked_on_and_no_method_is_async_void() => AssertNoLine(
        BlockingCall(), path => !path.EndsWith("/Server/NbdServerRequest.cs", StringComparison.Ordinal));

    [Fact]
    public void No_note_to_self_is_left_behind() => AssertNoLine(NoteToSelf());

    [Fact]
    public void No_error_is_swallowed_by_an_empty_catch_all() => AssertNoLine(CatchAll());

    [Fact]
    public void The_environment_is_read_in_the_command_line_program_only() => AssertNoLine(
        EnvironmentRead(), path => !path.Contains("/Ankole.Cli/", StringComparison.Ordinal));

    [Fact]
    public void A_source_file_holds_one_idea()
    {
        var long_ = Repository.SourceFiles().Where(path => File.ReadLines(path).Count() > MaxLines).Select(Name);
        Assert.Empty(long_);
    }

    [Fact]
    public void No_folder_is_a_dumping_ground()
    {
        string[] banned = ["Helpers", "Utils", "Managers", "Common", "Models", "Misc"];
        Assert.Empty(Repository.SourceFiles().Where(path => path.Split('/').Any(banned.Contains)).Select(Name));
    }

    private static void AssertNoLine(Regex pattern, Func<string, bool>? chosen = null)
    {
        var found = from path in Repository.SourceFiles()
                    where chosen is null || chosen(path)
                    from line in File.ReadLines(path).Select((text, index) => (text, number: index + 1))
                    where pattern.IsMatch(line.text) && !line.text.TrimStart().StartsWith("///", StringComparison.Ordinal)
                    select $"{Name(path)}:{line.number}: {line.text.Trim()}";
        Assert.Empty(found);
    }

    private static string Name(string path) => Path.GetRelativePath(Repository.Root, path);

    [GeneratedRegex(@"\.GetAwaiter\(\)\.GetResult\(\)|\basync void\b|\bTask\b[^;]*\.Wait\(\)")]
    private static partial Regex BlockingCall();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex NoteToSelf();

    [GeneratedRegex(@"catch\s*(\(Exception( \w+)?\))?\s*\{\s*\}")]
    private static partial Regex CatchAll();

    [GeneratedRegex(@"Environment\.GetEnvironmentVariable")]
    private static partial Regex EnvironmentRead();
}
