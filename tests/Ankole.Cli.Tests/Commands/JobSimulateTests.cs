using System.CommandLine;
using System.Text.Json;

namespace Ankole.Cli.Tests.Commands;

public sealed class JobSimulateTests
{
    [Fact]
    public async Task A_job_that_does_not_exist_yet_is_simulated_without_a_server()
    {
        var simulation = await RunAsync("job simulate --cron '@daily' --retain 2 --keep-weekly 1 --days 3 --from 2026-03-02 -o json");
        var days = simulation.GetProperty("days").EnumerateArray().ToList();
        Assert.Equal(["2026-03-02", "2026-03-03", "2026-03-04"], days.Select(day => day.GetProperty("day").GetString()));
        Assert.All(days, day => Assert.Equal(1, day.GetProperty("created").GetArrayLength()));
        Assert.Equal("2026-03-02T00:00:00+00:00", days[2].GetProperty("deleted")[0].GetProperty("name").GetString());
        Assert.Equal(
            ["2026-03-04T00:00:00+00:00", "2026-03-03T00:00:00+00:00"], simulation.GetProperty("kept").EnumerateArray().Select(item => item.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("job simulate", "no job was given")]
    [InlineData("job simulate --cron '0 2 * * *' --days 0", "--days is 1 to")]
    [InlineData("job simulate --cron nonsense", "invalid cron format")]
    [InlineData("job simulate --cron @daily --from yesterday", "'yesterday' is no day")]
    public async Task A_mistake_is_told(string line, string message)
    {
        var error = new StringWriter();
        Assert.Equal(2, await CommandTree.Parse(line.Replace('\'', '"')).InvokeAsync(new InvocationConfiguration { Output = TextWriter.Null, Error = error }));
        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> RunAsync(string line)
    {
        var output = new StringWriter();
        Assert.Equal(0, await CommandTree.Parse(line.Replace('\'', '"')).InvokeAsync(new InvocationConfiguration { Output = output }));
        using var document = JsonDocument.Parse(output.ToString());
        return document.RootElement.Clone();
    }
}
