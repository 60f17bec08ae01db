using System.Diagnostics;

namespace Ankole.Testing;

/// <summary>A program that ran to its end.</summary>
public sealed record ProcessRun(string CommandLine, int ExitCode, string Output, string Error)
{
    /// <summary>Ten minutes: no test waits for a program longer.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    public static async Task<ProcessRun> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, CancellationToken cancellationToken = default)
    {
        using var process = Start(program, arguments, environment);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new ProcessRun($"{program} {string.Join(' ', process.StartInfo.ArgumentList)}", process.ExitCode, await output, await error);
    }

    /// <summary>Starts it with both outputs redirected; the caller ends and disposes it.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    public ProcessRun MustSucceed() => ExitCode == 0 ? this : throw new InvalidOperationException($"{this}");

    public override string ToString() => $"$ {CommandLine}\nexit code {ExitCode}\n{Output}\n{Error}";
}
