namespace Ankole.EndToEnd.FileSystems;

internal static class RepositoryFolder
{
    /// <summary>A file of the checkout that the tests run from.</summary>
    public static string Find(params string[] path)
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (Path.Combine([directory, .. path]) is var found && File.Exists(found))
                return found;
        throw new InvalidOperationException($"{Path.Combine(path)} is in no folder above the tests: run them from a checkout.");
    }
}
