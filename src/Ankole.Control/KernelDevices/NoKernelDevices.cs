namespace Ankole.Control;

/// <summary>Volumes are served by address alone.</summary>
internal sealed class NoKernelDevices : IKernelDevices
{
    public string MissingBecause => "this host makes no block devices.";

    public IReadOnlyCollection<string> Left => [];

    public ValueTask<KernelDevice> ConnectAsync(string volume, string replicaPath, string socketPath, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new KernelDevice("", MissingBecause));

    public ValueTask DisconnectAsync(string volume, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<bool> LeaveAsync(string volume) => ValueTask.FromResult(false);

    public ValueTask ResizeAsync(string volume, long sizeBytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
