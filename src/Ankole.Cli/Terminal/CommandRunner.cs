using System.CommandLine;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli;

/// <summary>Runs a command's body and turns what it throws into one clear line and a documented exit code (docs/cli.md).</summary>
internal static class CommandRunner
{
    /// <summary>128 + SIGINT, as shells report an interrupted program.</summary>
    private const int Interrupted = 130;

    private const string InterruptedText = "interrupted. What was finished is kept; run the same command again to go on.";

    /// <summary>After Ctrl-C a command has this long to release its locks and to end by itself. Nobody who presses it should wait a second for a store that hangs.</summary>
    public static readonly TimeSpan EndingTime = TimeSpan.FromMilliseconds(750);

    public static void Runs(this Command command, Func<CommandContext, CancellationToken, Task> body) =>
        command.SetAction((parse, cancellationToken) => RunAsync(parse, async (context, token) =>
        {
            await body(context, token);
            return 0;
        }, InterruptedText, cancellationToken));

    /// <param name="body">Returns the exit code itself, where success has shades (verify).</param>
    /// <param name="interrupted">What is told after Ctrl-C.</param>
    public static void RunsWithExitCode(
        this Command command, Func<CommandContext, CancellationToken, Task<int>> body, string interrupted = InterruptedText) =>
        command.SetAction((parse, cancellationToken) => RunAsync(parse, body, interrupted, cancellationToken));

    private static async Task<int> RunAsync(
        ParseResult parse, Func<CommandContext, CancellationToken, Task<int>> body, string interrupted, CancellationToken cancellationToken)
    {
        var invocation = parse.InvocationConfiguration;
        var context = new CommandContext(parse, invocation.Output, invocation.Error);
        try
        {
            return await RunInterruptibleAsync(context, body, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ErrorReport.Write(context, "Interrupted", interrupted);
            return Interrupted;
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<AnkoleException>().FirstOrDefault() is { } first)
        {
            return Fail(context, first);
        }
        catch (AnkoleException e)
        {
            return Fail(context, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ErrorReport.Write(context, nameof(ErrorKind.Failed), e.Message);
            return (int)ErrorKind.Failed;
        }
    }

    /// <summary>
    /// Waits for the body, and after an interruption no longer than it may take: what then still hangs in a store ends with the process, as in a crash.
    /// </summary>
    private static async Task<int> RunInterruptibleAsync(
        CommandContext context, Func<CommandContext, CancellationToken, Task<int>> body, CancellationToken cancellationToken)
    {
        // A file system that hangs holds its thread: it must not be the one that listens to Ctrl-C.
        var running = Task.Run(() => body(context, cancellationToken), CancellationToken.None);
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.UnsafeRegister(_ => interrupted.TrySetResult(), null))
            await Task.WhenAny(running, interrupted.Task);
        if (!running.IsCompleted && await Task.WhenAny(running, Task.Delay(context.EndingTime, CancellationToken.None)) != running)
            throw new OperationCanceledException("the command did not end in time after it was interrupted", cancellationToken);
        return await running;
    }

    /// <summary>Writes the error; its exit code.</summary>
    public static int Fail(CommandContext context, AnkoleException error)
    {
        ErrorReport.Write(context, error.Kind.ToString(), error is InvalidResourceException invalid ? MistakesText.Of(invalid) : error.Message);
        return (int)error.Kind;
    }
}
