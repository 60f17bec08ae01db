using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Backups;
using Ankole.Cli.Completion;
using Ankole.Cli.Doctor;
using Ankole.Cli.Events;
using Ankole.Cli.Jobs;
using Ankole.Cli.Manifests;
using Ankole.Cli.Nodes;
using Ankole.Cli.Operations;
using Ankole.Cli.Replicas;
using Ankole.Cli.Resources;
using Ankole.Cli.Secrets;
using Ankole.Cli.Settings;
using Ankole.Cli.Snapshots;
using Ankole.Cli.Store;
using Ankole.Cli.Targets;
using Ankole.Cli.Volumes;

namespace Ankole.Cli;

/// <summary>Every command of <c>ankole</c>.</summary>
internal static class CommandTree
{
    /// <summary>An argument such as <c>@daily</c> is a schedule, and never the name of a file with more arguments.</summary>
    public static ParseResult Parse(IReadOnlyList<string> arguments) => Create().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>A command line as one text, split as a shell would.</summary>
    public static ParseResult Parse(string commandLine) => Parse([.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(commandLine)]);

    public static RootCommand Create()
    {
        var root = new RootCommand("Ankole: block volumes with snapshots, and incremental backups of them in Longhorn's formats.");
        root.Options.Add(GlobalOptions.Output);
        root.Options.Add(GlobalOptions.Quiet);
        ServerOptions.AddToRoot(root);
        // What a server does, for people and for files.
        root.Subcommands.Add(VolumeCommand.Create());
        root.Subcommands.Add(SnapshotCommand.Create());
        root.Subcommands.Add(BackupCommand.Create());
        root.Subcommands.Add(BackupVolumeCommand.Create());
        root.Subcommands.Add(TargetCommand.Create());
        root.Subcommands.Add(JobCommand.Create());
        root.Subcommands.Add(OperationCommand.Create());
        root.Subcommands.Add(SettingCommand.Create());
        root.Subcommands.Add(SecretCommand.Create());
        root.Subcommands.Add(NodeCommand.Create());
        root.Subcommands.Add(EventsCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        root.Subcommands.Add(GetCommand.Create());
        root.Subcommands.Add(ManifestCommands.CreateApply());
        root.Subcommands.Add(ManifestCommands.CreateDelete());
        // What needs no server.
        root.Subcommands.Add(StoreCommand.Create());
        root.Subcommands.Add(ReplicaCommand.Create());
        root.Subcommands.Add(CompletionCommand.Create());
        Examples.ShowInHelp(root);
        return root;
    }
}
