using Ankole.Core;
using Ankole.Files;

namespace Ankole.Control;

/// <summary>
/// <c>/dev/ankole/VOLUME</c>, a link to the volume's device of the moment. A name always leads to a device or does not exist: links are made beside and
/// renamed. A link that leads to somebody else's connected device (another daemon serves a volume of that name) is never taken over.
/// </summary>
internal sealed class DeviceLink(string folder)
{
    public string PathOf(string volume) => Path.Combine(folder, volume);

    /// <param name="belongsToOther">Whether the device that a link of this name leads to is in somebody else's hands.</param>
    /// <returns>Empty when the link stands; otherwise why not.</returns>
    public string Make(string volume, string device, Func<string, bool> belongsToOther)
    {
        var path = PathOf(volume);
        try
        {
            Directory.CreateDirectory(folder);
            var old = new FileInfo(path);
            if (old.LinkTarget is { } target && target != device && belongsToOther(target))
                return $"'{path}' already leads to '{target}', which another daemon serves.";
            if (old.LinkTarget is null && Path.Exists(path))
                return $"'{path}' is no link: remove it and attach the volume again.";
            // A dot begins no volume's name.
            var beside = Path.Combine(folder, $".{volume}.new");
            File.Delete(beside);
            File.CreateSymbolicLink(beside, device);
            DurableFile.Rename(beside, path);
            return "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AnkoleException)
        {
            return $"no link '{path}' could be made: {e.Message}";
        }
    }

    /// <summary>Removes the link if it leads to this device.</summary>
    public void Remove(string volume, string device)
    {
        var link = new FileInfo(PathOf(volume));
        if (link.LinkTarget == device)
            link.Delete();
    }
}
