using System.Diagnostics;

namespace Ankole.Nbd.Tests;

internal static class WaitFor
{
    /// <summary>For what happens on other threads shortly: looks every 5 ms, fails after 10 s.</summary>
    public static async Task TrueAsync(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(5))
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "it did not happen within 60 s");
    }
}
