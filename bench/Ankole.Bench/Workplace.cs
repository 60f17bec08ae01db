using System.Diagnostics;
using Ankole.Testing;

namespace Ankole.Bench;

/// <summary>A folder for the data, the program under test, and how often each thing is measured.</summary>
internal sealed class Workplace : IDisposable
{
    private Workplace(string folder, string ankole, int rounds)
    {
        Folder = folder;
        Ankole = ankole;
        Rounds = rounds;
    }

    public string Folder { get; }

    public string Ankole { get; }

    /// <summary>The daemon's program.</summary>
    public string Daemon { get; } = Environment.GetEnvironmentVariable("ANKOLED_BIN") ?? throw new InvalidOperationException("start it with ./bench/run");

    public int Rounds { get; }

    public static Workplace Create()
    {
        var folder = Environment.GetEnvironmentVariable("BENCH_DIR") ?? "/var/tmp/ankole-bench";
        Directory.CreateDirectory(folder);
        var ankole = Environment.GetEnvironmentVariable("ANKOLE_BIN") ?? throw new InvalidOperationException("start it with ./bench/run");
        var rounds = int.Parse(Environment.GetEnvironmentVariable("BENCH_ROUNDS") ?? "3");
        return new Workplace(folder, ankole, rounds);
    }

    /// <summary>The same in the host's memory, where the disk has no part in a figure. Null, with a word, where there is no room for that.</summary>
    public Workplace? InMemory(long bytes)
    {
        var memory = new DriveInfo("/dev/shm");
        if (memory.IsReady && memory.DriveFormat == "tmpfs" && memory.AvailableFreeSpace > bytes && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > 2 * bytes)
            return new Workplace(Directory.CreateDirectory($"/dev/shm/ankole-bench-{Environment.ProcessId}").FullName, Ankole, Rounds);
        Console.WriteLine($"on the disk and not in memory: {bytes >> 20} MiB in /dev/shm and as much beside it are needed");
        return null;
    }

    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>A file of random bytes, made once and then in memory.</summary>
    public async Task<string> RandomFileAsync(long sizeBytes)
    {
        var path = this[$"random-{sizeBytes}"];
        if (!File.Exists(path) || new FileInfo(path).Length != sizeBytes)
            await ShellAsync($"head -c {sizeBytes} /dev/urandom > '{path}'");
        await ShellAsync($"cat '{path}' > /dev/null; sync");
        return path;
    }

    public Task<ProcessRun> AnkoleAsync(params string[] arguments) => MustAsync(Ankole, arguments);

    public Task<ProcessRun> ShellAsync(string script) => MustAsync("sh", ["-c", $"cd '{Folder}' && {script}"]);

    /// <summary>A fresh, empty folder of that name.</summary>
    public string Empty(string name)
    {
        if (Directory.Exists(this[name]))
            Directory.Delete(this[name], recursive: true);
        return Directory.CreateDirectory(this[name]).FullName;
    }

    public static async Task<double> SecondsAsync(Func<Task> action)
    {
        var started = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static async Task<ProcessRun> MustAsync(string program, IEnumerable<string> arguments) =>
        (await ProcessRun.RunAsync(program, arguments)).MustSucceed();
}
