using Microsoft.AspNetCore.Components;

namespace Ankole.Server.Web.Live;

/// <summary>
/// A part of a page that draws itself again when what it follows changes: at most once in <see cref="LiveOptions.DrawEvery"/>, and at least
/// every fifteen seconds, so that "3 minutes ago" stays true.
/// </summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(15);

    private readonly List<ILiveSource> followed = [];
    private readonly List<IDisposable> subscriptions = [];
    private readonly Lock gate = new();
    private ITimer? timer;
    private DateTimeOffset lastDrawn;
    private bool drawing;
    private bool left;

    [Inject] internal LiveTables Live { get; set; } = default!;

    [Inject] internal TimeProvider Time { get; set; } = default!;

    protected DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Everything followed has been read once.</summary>
    protected bool IsReady => followed.TrueForAll(source => source.IsReady);

    protected string? Trouble => followed.Find(source => source.Trouble is not null)?.Trouble;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Called in OnInitialized, once for each source.</summary>
    internal void Follow(params ILiveSource[] sources)
    {
        // Before the first change can come: one without a timer would not be drawn before the next tick.
        lock (gate)
            timer ??= Time.CreateTimer(_ => Draw(), null, Tick, Tick);
        foreach (var source in sources)
        {
            followed.Add(source);
            subscriptions.Add(source.Subscribe(Changed));
        }
        OnLiveChanged();
    }

    /// <summary>Works out what to show, before it is drawn.</summary>
    protected virtual void OnLiveChanged()
    {
    }

    protected virtual void Dispose(bool disposing)
    {
        lock (gate)
        {
            left = true;
            timer?.Dispose();
        }
        subscriptions.ForEach(subscription => subscription.Dispose());
    }

    private void Changed()
    {
        lock (gate)
        {
            if (left || drawing)
                return;
            drawing = true;
            var wait = lastDrawn + Live.Options.DrawEvery - Now;
            timer?.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Tick);
        }
    }

    private void Draw()
    {
        lock (gate)
        {
            if (left)
                return;
            drawing = false;
            lastDrawn = Now;
        }
        _ = InvokeAsync(() =>
        {
            if (left)
                return;
            OnLiveChanged();
            StateHasChanged();
        });
    }
}
