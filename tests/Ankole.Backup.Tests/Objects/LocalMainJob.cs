namespace Ankole.Backup.Tests;

public sealed class MemoryMainJob : MainJob
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => ValueTask.FromResult<IObjectStore>(new MemoryObjectStore());
}

public sealed class DirectoryMainJob : MainJob, IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    protected override ValueTask<IObjectStore> CreateStoreAsync() =>
        ValueTask.FromResult(ObjectStores.Open(TargetUrl.Parse($"file://{directory.File(Guid.NewGuid().ToString("N"))}"), TargetCredentials.None, new ObjectStoreOptions()));
}
