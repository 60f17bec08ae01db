using System.Security.Cryptography;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>A Secret on its way into the database and out of it: its values are encrypted there, each for its own place.</summary>
internal sealed class SecretSealing(ISecretProtector protector, ILogger logger)
{
    public SecretResource Seal(SecretResource secret) => secret with
    {
        Data = secret.Data.ToDictionary(entry => entry.Key, entry => protector.Protect(entry.Value, Place(secret, entry.Key))),
    };

    /// <summary>A value that does not open becomes <see cref="SecretRedaction.Unreadable"/>, so that the Secret can still be listed, replaced and deleted.</summary>
    public SecretResource Open(SecretResource secret) => secret with
    {
        Data = secret.Data.ToDictionary(entry => entry.Key, entry => Open(secret, entry.Key, entry.Value)),
    };

    private string Open(SecretResource secret, string key, string value)
    {
        try
        {
            return protector.Unprotect(value, Place(secret, key));
        }
        catch (CryptographicException e)
        {
            Log.SecretUnreadable(logger, secret.Metadata.Namespace ?? "", secret.Name, key, e);
            return SecretRedaction.Unreadable;
        }
    }

    private static string Place(SecretResource secret, string key) => $"{secret.Metadata.Uid}/{key}";
}
