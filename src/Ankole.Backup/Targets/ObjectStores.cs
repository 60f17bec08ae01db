using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Opens the store behind a target. A new driver is one line here, its folder beside <c>Objects/S3</c>, and its factory in the conformance suite.</summary>
public static class ObjectStores
{
    /// <summary>Opens without asking the server anything: the first request tells whether it answers.</summary>
    /// <exception cref="InvalidInputException">The credentials cannot be used, or no driver for the scheme is part of this version.</exception>
    public static IObjectStore Open(TargetUrl target, TargetCredentials credentials, ObjectStoreOptions options)
    {
        credentials.Check(target);
        return target switch
        {
            S3TargetUrl s3 => S3ObjectStore.Open(s3, credentials, options),
            DirectoryTargetUrl directory => new DirectoryObjectStore(directory.Path, directory.ToString(), options),
            NfsTargetUrl nfs => NfsObjectStore.Open(nfs, options),
            CifsTargetUrl cifs => throw NotBuiltIn(cifs, $"Mount it (mount -t cifs //{cifs.Server}{cifs.Path} /mnt/backups)"),
            AzureBlobTargetUrl azure => AzureBlobObjectStore.Open(azure, credentials, options),
            _ => throw new InvalidInputException($"driver {target.Scheme} is not supported: use {TargetUrl.SupportedSchemes}."),
        };
    }

    private static InvalidInputException NotBuiltIn(TargetUrl target, string howToMount) =>
        new($"the {target.Scheme} driver is not built into this version, so {target} cannot be opened. {howToMount} and use file:///mnt/backups.");
}
