using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ankole.Testing;

/// <summary>kill(2).</summary>
public static partial class Signal
{
    private const int SIGINT = 2, SIGTERM = 15, SIGCONT = 18, SIGSTOP = 19;

    /// <summary>Asks the process to end, as a service manager does.</summary>
    public static void Terminate(Process process) => Must(process, SIGTERM);

    /// <summary>Ctrl-C.</summary>
    public static void Interrupt(Process process) => Must(process, SIGINT);

    /// <summary>Stands still until <see cref="Continue"/>.</summary>
    public static void Stop(Process process) => Must(process, SIGSTOP);

    public static void Continue(Process process) => Must(process, SIGCONT);

    private static void Must(Process process, int signal)
    {
        if (Send(process.Id, signal) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int processId, int signal);
}
