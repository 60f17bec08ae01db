using System.Security.Cryptography;
using System.Text;

namespace Ankole.Nfs;

/// <summary>
/// How this client is known to the server (RFC 8881, section 2.4): an owner id that nobody else uses, so that two clients of one host never
/// end each other's state, and a verifier that stays for the life of the client, so that the server knows it again after its own restart.
/// </summary>
internal sealed class ClientRecord
{
    public ClientRecord(string machineName) =>
        OwnerId = Encoding.UTF8.GetBytes($"ankole/{machineName}/{Environment.ProcessId}/{Guid.NewGuid():N}");

    public byte[] OwnerId { get; }

    public ulong Verifier { get; private set; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    public ulong? ClientId { get; private set; }

    /// <summary>Numbers the CREATE_SESSIONs of one client id (RFC 8881, section 18.36.4); a repetition keeps its number.</summary>
    public uint CreateSequence { get; set; }

    public void Adopt(ExchangeIdResult result)
    {
        if (!(result.IsConfirmed && ClientId == result.ClientId))
            CreateSequence = result.Sequence;
        ClientId = result.ClientId;
    }

    /// <summary>The server does not know the client id any more.</summary>
    public void Forget() => ClientId = null;

    /// <summary>Begins as a restarted client would: the server drops what it remembers of this one.</summary>
    public void StartOver()
    {
        Verifier = unchecked(Verifier + 1);
        ClientId = null;
    }
}
