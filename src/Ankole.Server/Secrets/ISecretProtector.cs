namespace Ankole.Server;

/// <summary>Encrypts the values of Secrets for storage. What it returns can be opened only with the same place.</summary>
internal interface ISecretProtector
{
    /// <param name="place">Where the value stands (uid and key): a value copied elsewhere does not open there.</param>
    string Protect(string clear, string place);

    /// <exception cref="System.Security.Cryptography.CryptographicException">The keys are not the ones it was encrypted with, it stands elsewhere, or it is damaged.</exception>
    string Unprotect(string sealedText, string place);
}
