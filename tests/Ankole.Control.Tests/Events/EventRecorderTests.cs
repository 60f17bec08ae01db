using Ankole.Server;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests.Events;

public sealed class EventRecorderTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SqliteResourceStore store;

    public EventRecorderTests() => store = SqliteResourceStore.CreateInMemory(time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static VolumeResource Volume { get; } = new() { Metadata = new ObjectMeta { Name = "data", Uid = "u1" } };

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task The_same_thing_again_counts_up_and_another_thing_stands_beside_it()
    {
        await using var events = new EventRecorder(store, time, new EventOptions());
        await events.RecordAsync(Volume, false, "Attached", "it is attached", "volume", Token);
        time.Advance(TimeSpan.FromMinutes(5));
        await events.RecordAsync(Volume, false, "Attached", "it is attached", "volume", Token);
        await events.RecordAsync(Volume, true, "Faulted", "it is faulted", "volume", Token);
        await events.FlushAsync(Token);

        var recorded = (await ListAsync()).OrderBy(happened => happened.Reason).ToList();
        Assert.Equal(["Attached x2 Normal", "Faulted x1 Warning"], recorded.Select(happened => $"{happened.Reason} x{happened.Count} {happened.Type}"));
        Assert.Equal(TimeSpan.FromMinutes(5), recorded[0].LastTimestamp - recorded[0].FirstTimestamp);
        Assert.Equal(("Volume", "data", "u1"), (recorded[0].InvolvedObject.Kind, recorded[0].InvolvedObject.Name, recorded[0].InvolvedObject.Uid));
        Assert.Equal(SystemNames.Namespace, recorded[0].Metadata.Namespace);
    }

    /// <summary>What an S3 server or a proxy puts into its answer ends up in an exception, and from there in an event.</summary>
    [Fact]
    public async Task Secrets_in_a_message_are_hidden_before_it_is_stored_also_those_that_were_changed_since()
    {
        var secret = await store.CreateAsync(new SecretResource
        {
            Metadata = new ObjectMeta { Name = "keys", Namespace = SystemNames.Namespace },
            Data = new Dictionary<string, string>
            {
                ["AWS_SECRET_ACCESS_KEY"] = Base64("wJalrXUtnFEMI\n"), ["AWS_ENDPOINTS"] = Base64("http://minio.example:9000"), ["VIRTUAL_HOSTED_STYLE"] = Base64("true"),
            },
        }, Token);
        await using var events = new EventRecorder(store, time, new EventOptions());
        await events.RecordAsync(Volume, true, "First", "http://minio.example:9000 refused the key 'wJalrXUtnFEMI': it is true", "backup", Token);
        await events.FlushAsync(Token);
        await store.UpdateAsync(secret with { Data = new Dictionary<string, string> { ["AWS_SECRET_ACCESS_KEY"] = Base64("another-key") } }, Token);
        await events.RecordAsync(Volume, true, "Second", "not wJalrXUtnFEMI but another-key", "backup", Token);
        await events.RecordAsync(
            Volume, true, "Third", "GET https://me:open-sesame@proxy/x?X-Amz-Signature=abcdef0123&n=1 with Authorization: Bearer abcdefghijklmnop; AccountKey=cXdlcnR5;", "backup", Token);
        await events.FlushAsync(Token);

        var messages = (await ListAsync()).ToDictionary(happened => happened.Reason, happened => happened.Message);
        Assert.Equal("http://minio.example:9000 refused the key '(hidden)': it is true", messages["First"]);
        Assert.Equal("not (hidden) but (hidden)", messages["Second"]);
        Assert.Equal("GET https://me:(hidden)@proxy/x?X-Amz-Signature=(hidden)&n=1 with Authorization: Bearer (hidden); AccountKey=(hidden);", messages["Third"]);

        static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public async Task Only_the_newest_are_kept_and_only_for_a_time()
    {
        await using (var events = new EventRecorder(store, time, new EventOptions { MaxEvents = 20, MaxAge = TimeSpan.FromDays(1) }))
        {
            for (var index = 0; index < 60; index++)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await events.RecordAsync(Volume, false, "Reason", $"number {index:00}", "volume", Token);
                await events.FlushAsync(Token);
            }
            var kept = (await ListAsync()).Select(happened => happened.Message).Order(StringComparer.Ordinal).ToList();
            Assert.InRange(kept.Count, 20, 22); // trimmed after every tenth of the bound
            Assert.Equal("number 59", kept[^1]);
            Assert.DoesNotContain("number 00", kept);
        }

        time.Advance(TimeSpan.FromDays(2));
        await using var later = new EventRecorder(store, time, new EventOptions { MaxEvents = 20, MaxAge = TimeSpan.FromDays(1) });
        await later.RecordAsync(Volume, false, "Reason", "after two days", "volume", Token);
        await later.FlushAsync(Token);
        Assert.Equal("after two days", Assert.Single(await ListAsync()).Message);
    }

    [Fact]
    public async Task A_store_that_fails_fails_nobody_and_what_waits_is_written_at_the_end()
    {
        var gone = SqliteResourceStore.CreateInMemory(time);
        await gone.DisposeAsync();
        await using var broken = new EventRecorder(gone, time, new EventOptions());
        await broken.RecordAsync(Volume, true, "Faulted", "it is faulted", "volume", Token);
        await broken.FlushAsync(Token);

        await using (var events = new EventRecorder(store, time, new EventOptions()))
            await events.RecordAsync(Volume, false, "Attached", new string('x', 5000), "volume", Token);
        Assert.Equal(1024, Assert.Single(await ListAsync()).Message.Length);
    }

    private async Task<List<EventResource>> ListAsync()
    {
        var items = new List<EventResource>();
        await foreach (var item in store.ListAsync(Kinds.Event, null, Token))
            items.Add(item);
        return items;
    }
}
