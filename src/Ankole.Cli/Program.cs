using System.CommandLine;
using System.CommandLine.Invocation;
using Ankole.Cli;
using Ankole.Files;

SpillFolder.Choose(Environment.GetEnvironmentVariable("ANKOLE_SPILL_DIR"));
var configuration = new InvocationConfiguration
{
    EnableDefaultExceptionHandler = false,
    // Later than every command ends by itself (CommandRunner); then the process ends all the same.
    ProcessTerminationTimeout = TimeSpan.FromSeconds(6),
};
var parse = CommandTree.Parse(args);
return parse.Action is ParseErrorAction ? UsageError.Report(parse, Console.Error) : await parse.InvokeAsync(configuration);
