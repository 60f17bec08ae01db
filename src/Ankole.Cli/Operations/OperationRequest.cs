using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Operations;

/// <summary>Asks the server for something that takes time and ends, and where wanted waits for its end.</summary>
internal static class OperationRequest
{
    /// <summary>So that the name that is generated stays a readable one.</summary>
    private const int MaxPrefixLength = 80;

    public static async Task RunAsync(
        CommandContext context, ServerSession server, VolumeOperationSpec spec, WaitOptions wait, CancellationToken cancellationToken)
    {
        var subject = new[] { spec.VolumeName, spec.BackupName, spec.BackupTargetName }.First(name => name.Length > 0);
        var prefix = $"{spec.Operation}-{subject}";
        var operation = await server.Resources.CreateAsync(
            new VolumeOperationResource { Metadata = new ObjectMeta { GenerateName = prefix[..Math.Min(prefix.Length, MaxPrefixLength)] + "-" }, Spec = spec }, cancellationToken);
        if (!wait.IsWanted(context.Parse))
        {
            context.PrintDone(operation, $"Operation {operation.Name} is on its way: 'ankole operation show {operation.Name}' says how far it is.");
            return;
        }
        operation = await ResourceWait.UntilAsync<VolumeOperationResource>(
            context, server, ResourceKey.Of(operation), spec.Operation, Judge, wait.Limit(context.Parse), cancellationToken);
        if (operation.Status.Damage.Count > 0)
            throw new AnkoleException(ErrorKind.Damaged, $"{Sentence(operation)}\n{string.Join('\n', operation.Status.Damage.Select(damage => "  " + damage))}");
        context.PrintDone(operation, Sentence(operation));
    }

    public static WaitState Judge(VolumeOperationResource operation) => operation.Status.Phase switch
    {
        OperationPhase.Succeeded => WaitState.Done,
        OperationPhase.Failed when operation.Status.Damage.Count > 0 => WaitState.Done,
        OperationPhase.Failed => WaitState.Failed(operation.Status.Message),
        OperationPhase.Cancelled => WaitState.Failed("it was cancelled"),
        OperationPhase.Running => WaitState.Going("running", operation.Status.Transfer),
        _ => WaitState.Going("waiting for its turn"),
    };

    private static string Sentence(VolumeOperationResource operation) =>
        $"{operation.Spec.Operation} of {operation.Spec.VolumeName}{operation.Spec.BackupName}{operation.Spec.BackupTargetName}: {(operation.Status.Message.Length > 0 ? operation.Status.Message : "done.")}";
}
