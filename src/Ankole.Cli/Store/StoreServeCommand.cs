using System.CommandLine;
using Ankole.Backup;
using Ankole.Nbd;

namespace Ankole.Cli.Store;

/// <summary><c>ankole store serve</c>: a backup as a read-only device at once; blocks are fetched as they are read.</summary>
internal static class StoreServeCommand
{
    public static Command Create()
    {
        var url = StoreArguments.Url("The backup's URL: TARGET?backup=NAME&volume=NAME.");
        var noLock = new Option<bool>("--no-lock") { Description = "Take no lock: for a store that is full or read-only. Let nobody delete backups meanwhile." };
        var limitRate = StoreArguments.LimitRate();
        var serve = new NbdServeOptions();
        var command = new Command("serve", "Serve a backup as a read-only NBD device; blocks are fetched as they are read, and cached.")
        {
            url, noLock, limitRate,
        };
        serve.AddTo(command);
        command.Runs(async (context, cancellationToken) =>
        {
            var (target, volume, backup) = StoreArguments.BackupOf(context.Parse.GetRequiredValue(url));
            serve.Address(context.Parse);
            await using var store = OpenStore.Open(context, target, limitRate);
            var request = new RestoreRequest { Volume = volume, Backup = backup, TakeLock = !context.Parse.GetValue(noLock) };
            await using var image = await OpenStore.ToReadAsync(store.Backups.OpenImageAsync(request, cancellationToken));
            var export = new NbdExport(serve.ExportName(context.Parse), image, readOnly: true) { Description = $"backup {backup} of volume {volume}" };
            await NbdService.RunAsync(context, serve, export, cancellationToken);
        });
        return command;
    }
}
