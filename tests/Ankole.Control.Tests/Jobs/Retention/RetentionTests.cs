using System.Globalization;
using Rules = Ankole.Control.Retention;

namespace Ankole.Control.Tests.Jobs.Retention;

public sealed class RetentionTests
{
    private static readonly DateTimeOffset Now = At("2026-06-15T12:00Z");

    [Fact]
    public void The_newest_stay_and_every_decision_has_its_reason()
    {
        var decisions = Rules.Decide([Item("2026-06-13T00:00Z"), Item("2026-06-15T00:00Z"), Item("2026-06-14T00:00Z")], new RetentionPolicy(2), Now, TimeZoneInfo.Utc);
        Assert.Equal(
            ["2026-06-15T00:00Z keep retain: 1 of 2", "2026-06-14T00:00Z keep retain: 2 of 2", "2026-06-13T00:00Z delete not among the newest 2"],
            decisions.Select(decision => $"{decision.Item.Name} {(decision.Keep ? "keep" : "delete")} {decision.Reason}"));
    }

    [Fact]
    public void Calendar_rules_keep_the_newest_of_each_period_besides_those()
    {
        RetentionItem[] items =
        [
            Item("2026-06-15T10:00Z"), Item("2026-06-15T02:00Z"), Item("2026-06-14T22:00Z"), Item("2026-06-14T02:00Z"), Item("2026-06-08T02:00Z"),
            Item("2026-05-31T02:00Z"), Item("2026-05-03T02:00Z"), Item("2025-12-31T02:00Z"), Item("2025-06-01T02:00Z"),
        ];
        var policy = new RetentionPolicy(1, KeepDaily: 2, KeepWeekly: 3, KeepMonthly: 2, KeepYearly: 2);
        Assert.Equal(
            [
                "2026-06-15T10:00Z", // retain, day 1, week 1, month 1, year 1
                "2026-06-14T22:00Z", // day 2, week 2 (weeks begin on Monday)
                "2026-05-31T02:00Z", // week 3, month 2: 8 June is in the week of the 14th
                "2025-12-31T02:00Z", // year 2
            ],
            Kept(items, policy).Select(item => item.Name));
    }

    [Fact]
    public void Days_begin_at_midnight_of_the_job_s_time_zone()
    {
        RetentionItem[] items = [Item("2026-06-14T23:30Z"), Item("2026-06-14T21:30Z")];
        Assert.Equal(2, Rules.Decide(items, new RetentionPolicy(0, KeepDaily: 2), Now, CronZone.Find("Europe/Berlin")).Count(decision => decision.Keep));
        Assert.Single(Kept(items, new RetentionPolicy(0, KeepDaily: 2)));
    }

    [Fact]
    public void What_is_older_than_the_greatest_age_goes_but_never_below_retain()
    {
        RetentionItem[] items = [Item("2026-06-01T00:00Z"), Item("2026-05-01T00:00Z"), Item("2026-04-01T00:00Z")];
        var policy = new RetentionPolicy(2, KeepMonthly: 12, MaxAge: TimeSpan.FromDays(10));
        Assert.Equal(["2026-06-01T00:00Z", "2026-05-01T00:00Z"], Kept(items, policy).Select(item => item.Name));
    }

    [Fact]
    public void What_a_wrong_clock_dated_far_ahead_does_not_push_out_what_is_made_now()
    {
        RetentionItem[] items = [Item("2036-01-01T00:00Z"), Item("2026-06-15T11:00Z"), Item("2026-06-15T10:00Z")];
        Assert.Equal(["2026-06-15T11:00Z", "2026-06-15T10:00Z"], Kept(items, new RetentionPolicy(2)).Select(item => item.Name));
    }

    [Fact]
    public void Whatever_the_items_and_the_policy_these_things_hold()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 2000; round++)
        {
            var items = Enumerable.Range(0, random.Next(40)).Select(index => new RetentionItem($"i{index}", Now.AddMinutes(-random.Next(60 * 24 * 900)))).ToList();
            var policy = RandomPolicy(random);
            var kept = Kept(items, policy);
            var newestFirst = items.OrderByDescending(item => item.CreatedAt).ThenByDescending(item => item.Name, StringComparer.Ordinal).ToList();

            Assert.True(newestFirst.Take(policy.Retain).All(kept.Contains), "the newest are never deleted");
            Assert.True(kept.Count <= policy.Retain + policy.KeepDaily + policy.KeepWeekly + policy.KeepMonthly + policy.KeepYearly, "what is kept is bounded");
            Assert.Equal(kept, Kept(kept, policy)); // doing it again deletes nothing more
            Assert.Equal(kept, Kept([.. items.OrderBy(_ => random.Next())], policy)); // the order of what is given does not matter
            Assert.True(kept.ToHashSet().IsSubsetOf(Kept(items, Looser(policy, random))), "who wants to keep more keeps at least that");

            // Something newer may push something out; it never brings anything back.
            var newer = new RetentionItem("newer", Now);
            Assert.True(Kept([.. items, newer], policy).Where(item => item != newer).ToHashSet().IsSubsetOf(kept), "what was to be deleted stays to be deleted");
            Assert.Equal(items.Count, Rules.Decide(items, policy, Now, TimeZoneInfo.Utc).Count);
        }
    }

    private static RetentionPolicy RandomPolicy(Random random) => new(
        random.Next(5), random.Next(4), random.Next(4), random.Next(4), random.Next(3), random.Next(2) == 0 ? null : TimeSpan.FromDays(random.Next(1, 500)));

    private static RetentionPolicy Looser(RetentionPolicy policy, Random random) => policy with
    {
        Retain = policy.Retain + random.Next(2), KeepDaily = policy.KeepDaily + random.Next(2), KeepWeekly = policy.KeepWeekly + random.Next(2),
        KeepMonthly = policy.KeepMonthly + random.Next(2), KeepYearly = policy.KeepYearly + random.Next(2),
    };

    private static List<RetentionItem> Kept(IReadOnlyCollection<RetentionItem> items, RetentionPolicy policy) =>
        [.. Rules.Decide(items, policy, Now, TimeZoneInfo.Utc).Where(decision => decision.Keep).Select(decision => decision.Item)];

    private static RetentionItem Item(string at) => new(at, At(at));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
