using System.CommandLine;
using Ankole.Core;

namespace Ankole.Cli.Completion;

/// <summary><c>ankole completion SHELL</c> prints a script that lets the shell ask <c>ankole</c> itself for completions.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish.", HelpName = "SHELL" };
        shell.CompletionSources.Add("bash", "zsh", "fish");
        var command = new Command("completion", "Print a shell completion script: source <(ankole completion bash)") { shell };
        command.Runs((context, _) =>
        {
            context.Output.Write(Script(context.Parse.GetRequiredValue(shell)));
            return Task.CompletedTask;
        });
        return command;
    }

    private static string Script(string shell) => shell switch
    {
        "bash" => """
            _ankole() {
              local IFS=$'\n'
              COMPREPLY=($(ankole "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
            }
            complete -o default -F _ankole ankole

            """,
        "zsh" => """
            #compdef ankole
            _ankole() {
              local -a found
              found=("${(@f)$(ankole "[suggest:${#BUFFER}]" "${BUFFER}" 2>/dev/null)}")
              compadd -a found || _files
            }
            compdef _ankole ankole

            """,
        "fish" => """
            complete -c ankole -a '(ankole "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'

            """,
        _ => throw new InvalidInputException($"shell '{shell}' is not known: use bash, zsh or fish."),
    };
}
