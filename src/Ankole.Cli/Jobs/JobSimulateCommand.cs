using System.CommandLine;
using System.Globalization;
using Ankole.Cli.Api;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Jobs;

/// <summary><c>ankole job simulate</c>: what a job would keep and delete over time; of a job that does not exist yet without any server.</summary>
internal static class JobSimulateCommand
{
    /// <summary>Ten years: the calendar rules show all they do.</summary>
    private const int MaxDays = 3660;

    public static Command Create()
    {
        var name = new Argument<string?>("JOB") { Description = "A job of the server; without one the options say what the job would be.", Arity = ArgumentArity.ZeroOrOne }.Completes(Kinds.RecurringJob);
        var fields = new JobFields(isComplete: false);
        var days = new Option<int>("--days") { Description = $"How many days to look ahead, 1 to {MaxDays} (default: 30).", HelpName = "N", DefaultValueFactory = _ => 30 };
        var from = new Option<string?>("--from") { Description = "The first day (default: today).", HelpName = "YYYY-MM-DD" };
        var command = new Command("simulate", "Show what a job would make, keep and delete over time, if every run succeeded.") { name, days, from }.WithExamples(
            "ankole job simulate nightly --days 90",
            "ankole job simulate --cron '0 2 * * *' --retain 7 --keep-weekly 4 --keep-monthly 6 --days 365");
        fields.AddTo(command);
        command.RunsWithExitCode(async (context, cancellationToken) =>
        {
            var length = context.Parse.GetValue(days) is >= 1 and <= MaxDays and var given ? given : throw new InvalidInputException($"--days is 1 to {MaxDays}.");
            var job = context.Parse.GetValue(name) is { } known ? await ReadAsync(context, known, cancellationToken) : Described(fields.Read(context.Parse));
            // A simulation begins after its first moment: a run at midnight belongs to the day that was asked for.
            var simulated = context.Parse.GetValue(from) is { } text
                ? JobSimulation.Run(job, Midnight(text, job.TimeZone).AddTicks(-1), length + 1).Skip(1)
                : JobSimulation.Run(job, context.Time.GetUtcNow(), length);
            var output = SimulationOutput.Of(job, simulated);
            context.Print(output, CliJson.Readable.SimulationOutput, SimulationText.Write);
            return 0;
        });
        return command;
    }

    private static async Task<RecurringJobSpec> ReadAsync(CommandContext context, string name, CancellationToken cancellationToken)
    {
        using var server = new ServerSession(ServerLocation.Find(ServerOptions.Read(context.Parse)), context.Time);
        return (await server.RequireAsync(Kinds.RecurringJob, name, cancellationToken)).Spec;
    }

    private static RecurringJobSpec Described(RecurringJobSpec job) => job.Cron.Length > 0
        ? job with { Task = job.Task.Length > 0 ? job.Task : JobTask.Backup }
        : throw new InvalidInputException("no job was given: name one of the server's, or say when it would run with --cron '0 2 * * *'.");

    private static DateTimeOffset Midnight(string text, string timeZone)
    {
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            throw new InvalidInputException($"'{text}' is no day: write --from 2026-01-31.");
        var zone = CronZone.Find(timeZone);
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight));
    }
}
