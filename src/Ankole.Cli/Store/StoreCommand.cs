using System.CommandLine;

namespace Ankole.Cli.Store;

/// <summary><c>ankole store …</c>: works on a backupstore, with no server at all.</summary>
internal static class StoreCommand
{
    public static Command Create() => new("store", "Backups in a backupstore: take, list, restore, check, delete.")
    {
        StoreLsCommand.Create(),
        StoreInspectCommand.Create(),
        StoreBackupCommand.Create(),
        StoreRestoreCommand.Create(),
        StoreRmCommand.Create(),
        StoreVerifyCommand.Create(),
        StoreServeCommand.Create(),
    };
}
