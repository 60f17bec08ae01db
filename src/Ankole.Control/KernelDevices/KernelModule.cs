using System.ComponentModel;
using System.Diagnostics;

namespace Ankole.Control;

/// <summary>Modules of the kernel that are there but not loaded.</summary>
internal static class KernelModule
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Does nothing when it is loaded, when this process is not root, or when there is no such module: whoever needs it finds out by using it.</summary>
    public static void TryLoad(string name)
    {
        if (Directory.Exists($"/sys/module/{name}") || !Environment.IsPrivilegedProcess)
            return;
        try
        {
            using var modprobe = Process.Start(new ProcessStartInfo("modprobe", ["-q", name]) { RedirectStandardError = true, RedirectStandardOutput = true });
            modprobe?.WaitForExit(Patience);
        }
        catch (Win32Exception)
        {
            // There is no modprobe here.
        }
    }
}
