using System.Globalization;
using System.Security.Cryptography;
using Ankole.Control;

namespace Ankole.Server.Web.Volumes;

/// <summary>What a person does with a volume, as changes of resources.</summary>
internal static class VolumeActions
{
    /// <summary>The ticket that the UI asks with.</summary>
    private const string TicketId = "ankole-ui";

    public static async Task AttachAsync(IResourceStore store, string volume, string node)
    {
        var ticket = new AttachmentTicket { Type = AttachmentTicketType.Api, NodeID = node };
        await ChangeAsync(store, volume, current => current with { Spec = current.Spec with { AttachmentTickets = With(current.Spec.AttachmentTickets, TicketId, ticket) } });
    }

    /// <summary>Takes back every wish of a person; what controllers and Kubernetes want stays.</summary>
    public static Task DetachAsync(IResourceStore store, string volume) => ChangeAsync(store, volume, current => current with
    {
        Spec = current.Spec with
        {
            AttachmentTickets = current.Spec.AttachmentTickets
                .Where(entry => entry.Key != TicketId && entry.Value.Type != AttachmentTicketType.Api).ToDictionary(entry => entry.Key, entry => entry.Value),
        },
    });

    public static async Task<VolumeResource> ChangeAsync(IResourceStore store, string volume, Func<VolumeResource, VolumeResource> change)
    {
        var key = new ResourceKey(Kinds.Volume, null, volume);
        return await store.ChangeAsync(key, status: false, change, CancellationToken.None) ?? throw new ResourceNotFoundException(key);
    }

    public static async Task DeleteAsync(IResourceStore store, string volume) =>
        await store.DeleteAsync(new ResourceKey(Kinds.Volume, null, volume), null, CancellationToken.None);

    /// <summary>Backs up a snapshot; with an empty one the newest state, of which a snapshot is taken first.</summary>
    public static async Task<BackupResource> BackUpAsync(
        IResourceStore store, string volume, string snapshot, string target, IReadOnlyDictionary<string, string> labels, bool isFull) =>
        await store.CreateAsync(new BackupResource
        {
            Metadata = new ObjectMeta { Name = "backup-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) },
            Spec = new BackupSpec { VolumeName = volume, SnapshotName = snapshot, BackupTargetName = target, Labels = labels, BackupMode = isFull ? "full" : "incremental" },
        }, CancellationToken.None);

    public static async Task<SnapshotResource> SnapshotAsync(IResourceStore store, string volume, string name, IReadOnlyDictionary<string, string> labels) =>
        await store.CreateAsync(new SnapshotResource
        {
            Metadata = new ObjectMeta { Name = name },
            Spec = new SnapshotSpec { Volume = volume, CreateSnapshot = true, Labels = labels },
        }, CancellationToken.None);

    public static async Task<VolumeOperationResource> OperateAsync(IResourceStore store, VolumeOperationSpec operation) =>
        await store.CreateAsync(new VolumeOperationResource { Metadata = new ObjectMeta { GenerateName = operation.Operation + "-" }, Spec = operation }, CancellationToken.None);

    /// <summary>A name for a snapshot taken now: <c>data-20260102-150405</c>.</summary>
    public static string SnapshotName(string volume, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{volume}-{now.UtcDateTime:yyyyMMdd-HHmmss}");

    private static Dictionary<string, AttachmentTicket> With(IReadOnlyDictionary<string, AttachmentTicket> tickets, string id, AttachmentTicket ticket) =>
        new(tickets) { [id] = ticket };
}
