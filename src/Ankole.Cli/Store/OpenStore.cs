using System.CommandLine;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary>A target that a command works on, and the backupstore in it.</summary>
internal sealed class OpenStore : IAsyncDisposable
{
    private OpenStore(TargetUrl target, IObjectStore objects)
    {
        Target = target;
        Objects = objects;
        Backups = new Backupstore(objects);
    }

    public TargetUrl Target { get; }

    public IObjectStore Objects { get; }

    public Backupstore Backups { get; }

    /// <summary>Credentials are read from the environment, under Longhorn's names.</summary>
    public static OpenStore Open(CommandContext context, TargetUrl target, Option<string?>? limitRate = null)
    {
        var credentials = TargetCredentials.FromEnvironment(Environment.GetEnvironmentVariable);
        var limit = limitRate is null ? null : context.Parse.GetValue(limitRate);
        var options = new ObjectStoreOptions { LimitBytesPerSecond = limit is null ? null : PositiveRate(limit), Time = context.Time };
        var objects = ObjectStores.Open(target, credentials, options);
        foreach (var note in objects.Notes)
            context.Warn(note);
        return new OpenStore(target, objects);
    }

    public string UrlOf(string volume, string? backup = null) => new BackupUrl(Target, volume, backup).ToString();

    /// <summary>Opens a backup to be read; where only its lock stands in the way, because the store is full or read-only, says how to do without.</summary>
    public static async Task<T> ToReadAsync<T>(Task<T> opening)
    {
        try
        {
            return await opening;
        }
        catch (ObjectStoreException e) when (e.IsOfLock)
        {
            throw new AnkoleException(
                e.Kind, $"{e.Message} Only the lock of this reading had to be written there: add --no-lock to read without, and let nobody delete backups meanwhile.", e);
        }
    }

    public ValueTask DisposeAsync() => Objects.DisposeAsync();

    private static long PositiveRate(string text) => ByteSize.Parse(text) is > 0 and var rate
        ? rate
        : throw new InvalidInputException($"a rate limit of '{text}' lets nothing through: give at least a few Ki per second.");
}
