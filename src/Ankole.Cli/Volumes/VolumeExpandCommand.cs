using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume expand</c>: a volume grows, attached or not; it never shrinks.</summary>
internal static class VolumeExpandCommand
{
    public static Command Create()
    {
        var name = VolumeCommand.Name();
        var size = new Argument<string>("SIZE") { Description = "The new size: bytes, or 20Gi; rounded up to whole 2 MiB." };
        var wait = WaitOptions.Create("Wait until it has its new size.", isDefault: true);
        var command = new Command("expand", "Make a volume larger. A file system in it is grown by its own tool afterwards.") { name, size, wait.Wait, wait.Timeout };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var bytes = ByteSize.Parse(context.Parse.GetRequiredValue(size));
            var volume = await server.ChangeAsync(Kinds.Volume, context.Parse.GetRequiredValue(name), before => Grown(before, bytes), cancellationToken);
            if (wait.IsWanted(context.Parse))
                volume = await ResourceWait.UntilAsync<VolumeResource>(
                    context, server, ResourceKey.Of(volume), "expand", after => Judge(after, bytes), wait.Limit(context.Parse), cancellationToken);
            context.PrintDone(volume, $"Volume {volume.Name} {(wait.IsWanted(context.Parse) ? "has" : "grows to")} {ByteSize.Format(volume.Spec.SizeBytes)}.");
        });
        return command;
    }

    private static VolumeResource Grown(VolumeResource volume, long bytes) => bytes.CompareTo(volume.Spec.SizeBytes) switch
    {
        0 => volume,
        < 0 => throw new InvalidInputException(
            $"volume '{volume.Name}' has {ByteSize.Format(volume.Spec.SizeBytes)} and cannot shrink to {ByteSize.Format(bytes)}: make a smaller volume and copy its contents."),
        _ => volume with { Spec = volume.Spec with { Size = bytes.ToString() } },
    };

    private static WaitState Judge(VolumeResource volume, long bytes) =>
        ByteSize.TryParse(volume.Status.CurrentSize, out var current) && current >= bytes && !volume.Status.ExpansionRequired ? WaitState.Done : WaitState.Going("growing");
}
