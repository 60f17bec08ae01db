using Microsoft.AspNetCore.DataProtection;

namespace Ankole.Server;

/// <summary>ASP.NET Data Protection: AES-256-CBC with HMAC-SHA256 under keys that renew themselves; old ones stay to open what they closed.</summary>
internal sealed class DataProtectionSecretProtector(IDataProtectionProvider provider) : ISecretProtector
{
    private readonly IDataProtector root = provider.CreateProtector("Ankole.Secrets.v1");

    public string Protect(string clear, string place) => root.CreateProtector(place).Protect(clear);

    public string Unprotect(string sealedText, string place) => root.CreateProtector(place).Unprotect(sealedText);
}
