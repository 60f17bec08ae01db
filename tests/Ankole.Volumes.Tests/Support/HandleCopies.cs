using System.Globalization;
using System.Runtime.InteropServices;

namespace Ankole.Volumes.Tests;

/// <summary>Copies of this process's open files, as a program that is just being started holds them: they share position and locks with the originals.</summary>
internal sealed partial class HandleCopies : IDisposable
{
    private readonly List<int> copies = [];

    private HandleCopies()
    {
    }

    public int Count => copies.Count;

    public static HandleCopies OfOpenFilesIn(string directory)
    {
        var made = new HandleCopies();
        foreach (var link in Directory.GetFiles("/proc/self/fd"))
        {
            // The one that lists this folder is gone by now.
            if (new FileInfo(link).LinkTarget?.StartsWith(directory + "/", StringComparison.Ordinal) != true)
                continue;
            var copy = Dup(int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture));
            Assert.True(copy >= 0, $"cannot copy {link}");
            made.copies.Add(copy);
        }
        return made;
    }

    public void Dispose()
    {
        foreach (var copy in copies)
            _ = Close(copy);
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Dup(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
