using System.Net;

namespace Ankole.Server;

/// <summary>
/// Counts wrong credentials by address, with a bucket for each of a fixed number of groups of addresses, so that nobody can fill the memory.
/// It limits what failures cost and log. The right token is always let in: all users of a host share its loopback address, and 32 random bytes
/// are not found by trying.
/// </summary>
public sealed class FailureLimiter(TimeProvider time)
{
    private const int Buckets = 1024;

    /// <summary>Failures at once, and how long until one more is forgiven.</summary>
    private const int Burst = 10;
    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(6);

    private readonly (double Failures, long At)[] buckets = new (double, long)[Buckets];
    private readonly Lock gate = new();

    /// <summary>Counts a failure; false when there were too many before it.</summary>
    public bool TryFail(IPAddress? address)
    {
        lock (gate)
        {
            ref var bucket = ref buckets[BucketOf(address)];
            var now = time.GetTimestamp();
            bucket.Failures = Math.Max(0, bucket.Failures - (time.GetElapsedTime(bucket.At, now) / Refill));
            bucket.At = now;
            if (bucket.Failures >= Burst)
                return false;
            bucket.Failures++;
            return true;
        }
    }

    /// <summary>Of an IPv6 address the network counts: one host has all of it.</summary>
    private static int BucketOf(IPAddress? address)
    {
        if (address is null)
            return 0;
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        var hash = new HashCode();
        hash.AddBytes(bytes.AsSpan(0, Math.Min(bytes.Length, 8)));
        return (int)((uint)hash.ToHashCode() % Buckets);
    }
}
