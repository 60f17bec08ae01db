namespace Ankole.Nbd;

/// <summary>How the kernel is to use an export.</summary>
/// <param name="BlockSize">The unit of its requests: a power of two from 512 to the page size.</param>
/// <param name="RequestTimeout">
/// A connection on which a request stays unanswered for longer is given up and the request sent anew. Zero: never while the connection lives. With one
/// connection a request of a connection that died is then sent again within 30 s after a new one is there.
/// </param>
/// <param name="DeadConnectionTimeout">Without any connection requests wait for this long before they fail.</param>
/// <param name="Backend">Kept by the kernel (5.14 and later) and shown in <c>/sys/block/nbdN/backend</c>: says whose device it is, also to a later process.</param>
public sealed record KernelNbdDevice(
    long SizeBytes, int BlockSize, NbdTransmissionFlags ServerFlags, TimeSpan RequestTimeout, TimeSpan DeadConnectionTimeout, string Backend);
