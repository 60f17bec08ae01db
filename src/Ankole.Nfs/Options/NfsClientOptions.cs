using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>Which export to use, as whom, how fast and how patiently.</summary>
public sealed record NfsClientOptions
{
    public const int DefaultPort = 2049;

    /// <summary>1 MiB: what Linux servers offer at most, and large enough that one request keeps a disk or a link busy.</summary>
    public const int DefaultTransferBytes = 1 << 20;

    public const int MinTransferBytes = 4096;
    public const int MaxTransferBytes = 4 << 20;

    /// <summary>Host name or address.</summary>
    public required string Server { get; init; }

    public int Port { get; init; } = DefaultPort;

    /// <summary>The path as the server's NFSv4 name space shows it: <c>/export/backups</c>. Every other path is relative to it.</summary>
    public required string ExportPath { get; init; }

    public AuthSys Credential { get; init; } = AuthSys.OfThisProcess();

    /// <summary>How long one sending of a request may stay without an answer (<c>timeo</c>) before it is repeated on a new connection.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is repeated (<c>retrans</c>).</summary>
    public int Retransmissions { get; init; } = 2;

    /// <summary>How long one request may take in all: waiting, repeating, connecting again. Null: <see cref="Timeout"/> for every sending.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>How long to wait while a restarted server says that it is in its grace period (usually one lease: 90 s on Linux).</summary>
    public TimeSpan GraceTimeout { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>How long one attempt to connect may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of one READ at most (<c>rsize</c>); the server may allow less.</summary>
    public int ReadBytes { get; init; } = DefaultTransferBytes;

    /// <summary>Bytes of one WRITE at most (<c>wsize</c>); the server may allow less.</summary>
    public int WriteBytes { get; init; } = DefaultTransferBytes;

    /// <summary>Requests in flight at most; the server may allow fewer. Memory in use is at most this many times the larger transfer size, twice.</summary>
    public int MaxRequestsInFlight { get; init; } = 16;

    /// <summary>Permission bits of new files.</summary>
    public uint FileMode { get; init; } = 0x1A4; // 0644

    /// <summary>Permission bits of new directories: 0700, as Longhorn makes them.</summary>
    public uint DirectoryMode { get; init; } = 0x1C0;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal TimeSpan RequestDeadline => Deadline ?? Timeout * (Retransmissions + 1);

    internal string Address => Server.Contains(':') ? $"[{Server}]:{Port}" : $"{Server}:{Port}";

    /// <exception cref="InvalidInputException">Names the value that is out of its bounds.</exception>
    internal void Validate()
    {
        Require(!string.IsNullOrWhiteSpace(Server), "the NFS server's name is empty: write nfs://SERVER:/EXPORT/PATH");
        Require(Port is > 0 and < 65536, $"NFS port {Port} is no port: use 1 to 65535 (2049 is NFS)");
        Require(ExportPath.StartsWith('/'), $"the NFS export path '{ExportPath}' must begin with '/': write nfs://SERVER:/EXPORT/PATH");
        Require(Timeout > TimeSpan.Zero && RequestDeadline > TimeSpan.Zero, "the NFS time limits must be more than 0");
        Require(Retransmissions is >= 0 and <= 100, $"retrans={Retransmissions} is out of bounds: use 0 to 100");
        Require(ReadBytes is >= MinTransferBytes and <= MaxTransferBytes, $"rsize={ReadBytes} is out of bounds: use {MinTransferBytes} to {MaxTransferBytes}");
        Require(WriteBytes is >= MinTransferBytes and <= MaxTransferBytes, $"wsize={WriteBytes} is out of bounds: use {MinTransferBytes} to {MaxTransferBytes}");
        Require(MaxRequestsInFlight is >= 1 and <= 256, $"{MaxRequestsInFlight} NFS requests in flight are out of bounds: use 1 to 256");
    }

    private static void Require(bool isTrue, string message)
    {
        if (!isTrue)
            throw new InvalidInputException(message + ".");
    }
}
