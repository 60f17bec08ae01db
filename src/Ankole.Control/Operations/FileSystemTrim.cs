using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>Has a file system of this host tell the device below it what its files do not use: <c>fstrim</c> on its mount point.</summary>
internal static partial class FileSystemTrim
{
    /// <summary>Where the device's file system is mounted for writing; null: nowhere that this process sees.</summary>
    /// <param name="devicePath">A block device, or a link to one.</param>
    /// <param name="mounts">Lines of <c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)).</param>
    public static string? FindMount(string devicePath, IEnumerable<string> mounts)
    {
        var device = File.Exists(devicePath) ? File.ResolveLinkTarget(devicePath, returnFinalTarget: true)?.FullName ?? devicePath : devicePath;
        foreach (var line in mounts)
        {
            // … ROOT MOUNTPOINT OPTIONS [optional fields] - TYPE SOURCE OPTIONS
            var halves = line.Split(" - ", 2);
            var fields = halves[0].Split(' ');
            if (halves.Length == 2 && fields.Length > 5 && fields[5].Split(',').Contains("rw") && halves[1].Split(' ') is [_, var source, ..] && (source == device || source == devicePath))
                return OctalEscape().Replace(fields[4], match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());
        }
        return null;
    }

    /// <returns>Bytes that the file system does not use and said so of.</returns>
    /// <exception cref="AnkoleException">fstrim is missing, or refused.</exception>
    public static async Task<long> RunAsync(string mountPoint, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("fstrim") { ArgumentList = { "-v", mountPoint }, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Start(start, mountPoint);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
                throw new AnkoleException(ErrorKind.Failed, $"fstrim of '{mountPoint}' failed: {errors.Trim()}");
            return TrimmedBytes().Match(await output) is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start, string mountPoint)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new AnkoleException(ErrorKind.Failed, $"fstrim of '{mountPoint}' could not be started ({e.Message}): install util-linux.", e);
        }
    }

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex OctalEscape();

    [GeneratedRegex(@"\((\d+) bytes\)")]
    private static partial Regex TrimmedBytes();
}
