using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume …</c>: the server's volumes.</summary>
internal static class VolumeCommand
{
    public static Command Create() => new Command("volume", "Volumes of the server: create, attach, expand, revert, delete.")
    {
        VolumeCreateCommand.Create(),
        ListCommand.Create("ls", "List volumes.", Kinds.Volume),
        VolumeWatchCommand.Create(),
        ShowCommand.Create("Show a volume: its state, where it is served, conditions and events.", Kinds.Volume),
        VolumeAttachCommand.Create(),
        VolumeDetachCommand.Create(),
        VolumeExpandCommand.Create(),
        VolumeRevertCommand.Create(),
        VolumeActivateCommand.Create(),
        VolumeLabelCommand.Create(),
        VolumeOperationCommands.CreatePurge(),
        VolumeOperationCommands.CreateTrim(),
        VolumeOperationCommands.CreateVerify(),
        RemoveCommand.Create("Delete a volume with its snapshots. Its backups stay.", Kinds.Volume, VolumeLoss.ForeseeAsync),
    }.OnServer();

    public static Argument<string> Name() => new Argument<string>("VOLUME") { Description = "The volume's name." }.Completes(Kinds.Volume);
}
