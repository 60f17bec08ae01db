using System.Runtime.InteropServices;

namespace Ankole.Testing;

/// <summary>Runs work on a thread whose file accesses are those of a user without any rights (setfsuid(2)), also where the tests run as root.</summary>
public static partial class AsNobody
{
    private const int Nobody = 65534;

    /// <param name="work">Must not leave its thread: asynchronous work that does has the process's own rights there.</param>
    public static Task RunAsync(Action work)
    {
        // What comes after must not go on as nobody.
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                _ = SetUser(Nobody);
                work();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        { IsBackground = true }.Start();
        return done.Task;
    }

    /// <summary>The calling thread's alone. The thread ends afterwards, so nothing is put back.</summary>
    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetUser(int user);
}
