using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Ankole.Server;

/// <summary>The keys that Secrets are encrypted with, one XML file each, in a folder (0700) of files (0600) that only the daemon's user can read.</summary>
internal sealed class KeyRing(string folder) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.xml").Order().Select(XElement.Load)] : [];

    public void StoreElement(XElement element, string friendlyName)
    {
        Files.DurableDirectory.Create(folder);
        var name = string.Concat((friendlyName.Length > 0 ? friendlyName : Guid.NewGuid().ToString("N")).Where(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-'));
        PrivateFile.Write(Path.Combine(folder, name + ".xml"), element.ToString());
    }
}
