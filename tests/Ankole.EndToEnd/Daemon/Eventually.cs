namespace Ankole.EndToEnd.Daemon;

/// <summary>Waits for what comes by itself, with a deadline for a machine that has much else to do.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    public static async Task TrueAsync(string what, Func<Task<bool>> isTrue)
    {
        var until = DateTime.UtcNow + Deadline;
        while (!await isTrue())
        {
            Assert.True(DateTime.UtcNow < until, $"not within {Deadline}: {what}");
            await Task.Delay(Glance);
        }
    }
}
