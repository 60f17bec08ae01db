using Ankole.Core;
using Ankole.Nbd;

namespace Ankole.Control;

/// <summary>Makes connections again that died while this process and the volume's export live.</summary>
internal sealed partial class NbdKernelDevices
{
    /// <summary>Also the pause before a connection that could not be made is tried again.</summary>
    private static readonly TimeSpan Listening = TimeSpan.FromSeconds(1);

    /// <summary>Begins with the first device: a host without any has nobody waiting.</summary>
    private void Watch()
    {
        lock (watchGate)
        {
            if (!watching.IsCompleted || stopping.IsCancellationRequested)
                return;
            var kernel = Open();
            kernel.ListenForDeadLinks(Listening);
            watching = Task.Run(() => WatchAsync(kernel));
        }
    }

    private async Task WatchAsync(KernelNbd kernel)
    {
        using var listener = kernel;
        var broken = new HashSet<string>(StringComparer.Ordinal);
        while (!stopping.IsCancellationRequested)
        {
            var dead = await HearAsync(listener);
            foreach (var device in connected.Values.Where(device => dead is null || dead.Contains(device.Index)))
                if (broken.Add(device.Volume))
                    KernelDeviceLog.LinkDied(logger, device.Volume, device.Index);
            foreach (var volume in broken.ToList())
                if (await IsHealedAsync(volume))
                    broken.Remove(volume);
        }
    }

    /// <summary>The devices that lost a connection; null when it may have been any.</summary>
    private async Task<IReadOnlyList<int>?> HearAsync(KernelNbd listener)
    {
        try
        {
            return listener.WaitForDeadLink();
        }
        catch (AnkoleException e)
        {
            KernelDeviceLog.CannotHear(logger, e.Message);
            await Task.Delay(Listening, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return null;
        }
    }

    /// <summary>True also when the device has been taken away meanwhile.</summary>
    private async Task<bool> IsHealedAsync(string volume)
    {
        if (!connected.TryGetValue(volume, out var device))
            return true;
        try
        {
            using var handover = await NbdHandover.ConnectAsync(device.SocketPath, volume, stopping.Token);
            using var kernel = Open();
            kernel.Reconfigure(device.Index, device.Backend, handover.SizeBytes, [handover.Descriptor]);
            return true;
        }
        catch (AnkoleException e)
        {
            KernelDeviceLog.NotHealed(logger, volume, device.Index, e.Message);
            return false;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return true;
        }
    }
}
