using Ankole.Core;
using Ankole.Files;

namespace Ankole.Cli;

/// <summary>A file, written under another name and renamed when complete; or a block device, written in place.</summary>
internal sealed class RawImageDestination : Destination
{
    /// <summary>What an unfinished file is called: <c>disk.img.partial</c>.</summary>
    private const string PartialSuffix = ".partial";

    private readonly RawImage image;
    private readonly string path;
    private readonly string? partialPath;
    private bool isComplete;

    private RawImageDestination(RawImage image, string path, string? partialPath)
    {
        this.image = image;
        this.path = path;
        this.partialPath = partialPath;
    }

    public override IBlockDevice Device => image;

    public override bool IsZero => partialPath is not null;

    public override string Name => path;

    public static async Task<RawImageDestination> OpenAsync(string path, long sizeBytes, bool force)
    {
        if (File.Exists(path) || Directory.Exists(path))
        {
            var existing = RawImage.OpenRead(path);
            var (isBlockDevice, size) = (existing.IsBlockDevice, existing.SizeBytes);
            await existing.DisposeAsync();
            if (isBlockDevice && size < sizeBytes)
                throw TooSmall($"block device '{path}'", size, sizeBytes);
            if (!force)
                throw new AnkoleException(
                    ErrorKind.Refused, $"'{path}' exists already{(isBlockDevice ? " and everything on it would be overwritten" : "")}. "
                    + "Choose another destination, or add --force to overwrite it.");
            if (isBlockDevice)
                return new RawImageDestination(RawImage.OpenWrite(path), path, partialPath: null);
        }
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw new AnkoleException(ErrorKind.NotFound, $"directory '{folder}' does not exist: make it first, or choose another destination.");
        var partial = path + PartialSuffix;
        if (File.Exists(partial))
            File.Delete(partial);
        return new RawImageDestination(RawImage.Create(partial, sizeBytes), path, partial);
    }

    public override async Task CompleteAsync()
    {
        await image.FlushAsync(CancellationToken.None);
        if (partialPath is not null)
            DurableFile.Rename(partialPath, path);
        isComplete = true;
    }

    public override async ValueTask DisposeAsync()
    {
        await image.DisposeAsync();
        if (!isComplete && partialPath is not null && File.Exists(partialPath))
            File.Delete(partialPath);
    }
}
