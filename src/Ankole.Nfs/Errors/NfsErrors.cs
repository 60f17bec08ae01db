using System.Net.Sockets;
using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>What went wrong, in words a person can act on. Each names the server, and the path where there is one.</summary>
internal static class NfsErrors
{
    public static NfsException UnknownHost(NfsClientOptions options, Exception cause) => new(
        ErrorKind.Unavailable, $"NFS server '{options.Server}' is not known: check the name in the URL and this machine's DNS.", isTransient: true, innerException: cause);

    public static NfsException CannotConnect(NfsClientOptions options, Exception cause) => new(
        ErrorKind.Unavailable,
        cause switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } =>
                $"NFS server {options.Address} refuses the connection: nothing listens on that port. Start the NFS server, or give its port with nfsOptions=port=N.",
            SocketException e =>
                $"NFS server {options.Address} cannot be reached ({e.SocketErrorCode}): check the address, and the network between.",
            TimeoutException =>
                $"NFS server {options.Address} does not accept a connection ({cause.Message}): check that it runs and that no firewall drops TCP port {options.Port}.",
            NfsProtocolException or RpcConnectionLostException { InnerException: NfsProtocolException } =>
                $"{options.Address} does not speak NFS ({cause.Message}): check server and port.",
            _ =>
                $"NFS server {options.Address} accepted the connection but gave no answer ({cause.Message}): check that an NFS server runs there and is not frozen.",
        },
        isTransient: true, innerException: cause);

    public static NfsException NotAnswering(NfsClientOptions options, string lastFailure) => new(
        ErrorKind.Unavailable,
        $"NFS server {options.Address} did not answer within {options.RequestDeadline.TotalSeconds:0.##} s (last: {lastFailure}). " +
        "Check that it runs and can be reached, then run this again; longer patience: nfsOptions=timeo=N (tenths of a second), retrans=N.",
        isTransient: true);

    public static NfsException Garbage(NfsClientOptions options, Exception cause) => new(
        ErrorKind.Unavailable, $"NFS server {options.Address} sends what is no NFSv4.1: {cause.Message}.", isTransient: false, innerException: cause);

    public static NfsException Rejected(NfsClientOptions options, RpcRejectedException cause) => new(
        ErrorKind.Unavailable, $"NFS server {options.Address}: {cause.Message}.", innerException: cause);

    public static NfsException StillBusy(NfsClientOptions options, NfsStatus status, TimeSpan waited) => new(
        ErrorKind.Unavailable,
        status == NfsStatus.Grace
            ? $"NFS server {options.Address} is still in its grace period after {waited.TotalSeconds:0.##} s (it was restarted and waits for its former clients): run this again later."
            : $"NFS server {options.Address} has asked to wait (NFS4ERR_DELAY) for {waited.TotalSeconds:0.##} s: it is overloaded, or another client holds the file; run this again later.",
        status, isTransient: true);

    public static NfsException NoSession(NfsClientOptions options, NfsOperation operation, NfsStatus status) => new(
        ErrorKind.Unavailable,
        status switch
        {
            NfsStatus.MinorVersMismatch =>
                $"NFS server {options.Address} does not speak NFSv4.1: enable minor version 1 there (Linux: 'vers4.1=y' in /etc/nfs.conf).",
            NfsStatus.WrongSec or NfsStatus.Access or NfsStatus.Perm or NfsStatus.WrongCred =>
                $"NFS server {options.Address} does not let this client in with sec=sys ({operation}: {Name(status)}): allow sec=sys for this host in the export; Kerberos is not supported.",
            _ => $"NFS server {options.Address} gives no session ({operation}: {Name(status)}): look into the server's log.",
        },
        status, isTransient: status is NfsStatus.Delay or NfsStatus.Grace);

    public static NfsException UselessSession(NfsClientOptions options, in ChannelAttributes fore) => new(
        ErrorKind.Unavailable,
        $"NFS server {options.Address} offers a session too small to work with ({fore.MaxRequests} requests of {fore.MaxRequestSize} bytes and " +
        $"{fore.MaxOperations} operations, answers of {fore.MaxResponseSize} bytes): raise the server's limits.");

    public static NfsException BadExportPath(NfsClientOptions options, string walked, string missing, NfsStatus status, IReadOnlyList<string> present)
    {
        var names = present.Count == 0 ? "" : $" There is: {string.Join(", ", present)}.";
        var text = status switch
        {
            NfsStatus.NoEnt => $"NFS server {options.Address} has no '{missing}' in '{walked}', so export path '{options.ExportPath}' does not exist.{names} " +
                "Give the path as NFSv4 clients see it (below the server's fsid=0 or pseudo root), not as it is on the server's disk.",
            NfsStatus.NotDir or NfsStatus.Symlink => $"NFS server {options.Address}: '{missing}' in '{walked}' is not a directory; give a directory as export path.",
            NfsStatus.WrongSec => $"NFS server {options.Address} does not offer '{options.ExportPath}' with sec=sys: add sec=sys to the export; Kerberos is not supported.",
            _ => $"NFS server {options.Address} denies the way to '{options.ExportPath}' at '{missing}' in '{walked}' ({Name(status)}): allow this host in the export, " +
                $"and uid {options.Credential.UserId} gid {options.Credential.GroupId} on the directory.",
        };
        return new NfsException(status is NfsStatus.NoEnt or NfsStatus.NotDir ? ErrorKind.NotFound : ErrorKind.Unavailable, text, status);
    }

    /// <summary>An operation's refusal.</summary>
    /// <param name="action">What was tried, as in "write", "list".</param>
    public static NfsException Refused(NfsClientOptions options, string action, string path, NfsOperation operation, NfsStatus status)
    {
        var what = $"NFS server {options.Address}: cannot {action} '{options.ExportPath.TrimEnd('/')}/{path}'";
        var (kind, cause) = status switch
        {
            NfsStatus.Access or NfsStatus.Perm => (ErrorKind.Unavailable,
                $"permission denied for uid {options.Credential.UserId} gid {options.Credential.GroupId} ({Name(status)}). Give that user the directory, or another with " +
                "nfsOptions=uid=N,gid=N; a server with root_squash treats uid 0 as nobody: export with no_root_squash, or chown the directory to the anonymous user."),
            NfsStatus.RoFs => (ErrorKind.Unavailable, "the export is read-only. Export it read-write for this host (Linux: 'rw' in /etc/exports, then exportfs -ra)."),
            NfsStatus.NoSpc => (ErrorKind.Unavailable, "no space is left on the server's file system. Delete backups or enlarge it, then run this again."),
            NfsStatus.DQuot => (ErrorKind.Unavailable, $"the disk quota of uid {options.Credential.UserId} is used up on the server. Raise it, or delete backups."),
            NfsStatus.WrongSec => (ErrorKind.Unavailable, "the server wants other security than sec=sys there. Add sec=sys to the export; Kerberos is not supported."),
            NfsStatus.NoEnt => (ErrorKind.NotFound, "no such file or directory."),
            NfsStatus.NotDir => (ErrorKind.InvalidInput, "a part of the path is not a directory."),
            NfsStatus.IsDir => (ErrorKind.InvalidInput, "it is a directory."),
            NfsStatus.Symlink => (ErrorKind.InvalidInput, "a part of the path is a symbolic link; links are not followed."),
            NfsStatus.Exist => (ErrorKind.Refused, "it exists already."),
            NfsStatus.NotEmpty => (ErrorKind.Refused, "the directory is not empty."),
            NfsStatus.NameTooLong or NfsStatus.BadName or NfsStatus.BadChar or NfsStatus.Inval => (ErrorKind.InvalidInput, $"the server does not accept the name ({Name(status)})."),
            NfsStatus.FBig => (ErrorKind.Unavailable, "the file is larger than the server's file system allows."),
            NfsStatus.Stale or NfsStatus.FhExpired or NfsStatus.BadHandle => (ErrorKind.Unavailable,
                $"the server does not know the file any more ({Name(status)}): it was deleted or replaced meanwhile, or the export now is another file system. Run this again."),
            NfsStatus.Io or NfsStatus.ServerFault or NfsStatus.NxIo => (ErrorKind.Unavailable, $"the server had an I/O error ({Name(status)}). Look into its kernel log and at its disk."),
            NfsStatus.MinorVersMismatch => (ErrorKind.Unavailable, "the server stopped speaking NFSv4.1."),
            NfsStatus.Moved => (ErrorKind.Unavailable, "the file system has moved to another server. Give that server's name in the URL."),
            _ => (ErrorKind.Unavailable, $"{operation} failed with {Name(status)}."),
        };
        return new NfsException(kind, $"{what}: {cause}", status, IsTransient(status));
    }

    public static bool IsTransient(NfsStatus status) => status is
        NfsStatus.Stale or NfsStatus.FhExpired or NfsStatus.Delay or NfsStatus.Grace or NfsStatus.Io or NfsStatus.ServerFault or NfsStatus.NoSpc or NfsStatus.DQuot
        or NfsStatus.Locked or NfsStatus.ShareDenied || LostState(status);

    /// <summary>The open state is gone: the file has to be opened again.</summary>
    public static bool LostState(NfsStatus status) => status is
        NfsStatus.BadStateId or NfsStatus.StaleStateId or NfsStatus.OldStateId or NfsStatus.Expired or NfsStatus.AdminRevoked or NfsStatus.DelegRevoked;

    /// <summary>As the protocol spells it: <c>NFS4ERR_NOSPC</c>.</summary>
    public static string Name(NfsStatus status) => Enum.IsDefined(status) ? $"NFS4ERR_{status.ToString().ToUpperInvariant()}" : $"NFS4ERR {(int)status}";
}
