namespace Ankole.Nfs.Tests.Sessions;

public sealed class SlotTableTests
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_lowest_free_slot_is_given_out_and_a_full_table_means_waiting()
    {
        var table = new SlotTable(2, TimeProvider.System);
        var first = await TakeAsync(table);
        var second = await TakeAsync(table);
        Assert.Equal((0u, 1u, 1u), (first!.Id, second!.Id, table.HighestInUse));
        Assert.Null(await TakeAsync(table));
        table.Return(first);
        Assert.Equal(0u, (await TakeAsync(table))!.Id);
    }

    [Fact]
    public async Task The_server_can_take_slots_back_and_give_them_again()
    {
        var table = new SlotTable(4, TimeProvider.System);
        var taken = new[] { await TakeAsync(table), await TakeAsync(table), await TakeAsync(table), await TakeAsync(table) };
        table.SetTarget(1);
        foreach (var slot in taken)
            table.Return(slot!);
        Assert.Equal(2, table.Limit);
        Assert.Equal(0u, (await TakeAsync(table))!.Id);
        Assert.Equal(1u, (await TakeAsync(table))!.Id);
        Assert.Null(await TakeAsync(table));
        table.SetTarget(uint.MaxValue);
        Assert.Equal(2u, (await TakeAsync(table))!.Id);
        Assert.Equal(3u, (await TakeAsync(table))!.Id);
        Assert.Null(await TakeAsync(table));
    }

    private static async Task<Slot?> TakeAsync(SlotTable table) => await table.TakeAsync(TimeSpan.FromMilliseconds(20), None);
}
