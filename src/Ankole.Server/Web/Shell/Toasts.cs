namespace Ankole.Server.Web.Shell;

/// <summary>Short messages about what was done, for one open page.</summary>
public sealed class Toasts(TimeProvider time) : IDisposable
{
    /// <summary>Messages in sight at most; older ones go first.</summary>
    private const int Most = 4;

    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(6);

    private readonly Lock gate = new();
    private readonly List<(Toast Toast, ITimer? Timer)> shown = [];
    private int count;

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    public IReadOnlyList<Toast> InSight
    {
        get
        {
            lock (gate)
                return [.. shown.Select(entry => entry.Toast)];
        }
    }

    /// <summary>Goes by itself.</summary>
    public void Done(string text) => Add(text, isError: false);

    /// <summary>Stays until it is closed.</summary>
    public void Failed(string text) => Add(text, isError: true);

    public void Close(int id)
    {
        lock (gate)
        {
            shown.Find(entry => entry.Toast.Id == id).Timer?.Dispose();
            shown.RemoveAll(entry => entry.Toast.Id == id);
        }
        Changed?.Invoke();
    }

    public void Dispose()
    {
        lock (gate)
            shown.ForEach(entry => entry.Timer?.Dispose());
    }

    private void Add(string text, bool isError)
    {
        lock (gate)
        {
            var toast = new Toast(++count, text, isError);
            if (shown.Count == Most)
            {
                shown[0].Timer?.Dispose();
                shown.RemoveAt(0);
            }
            shown.Add((toast, isError ? null : time.CreateTimer(_ => Close(toast.Id), null, Shown, Timeout.InfiniteTimeSpan)));
        }
        Changed?.Invoke();
    }
}

public sealed record Toast(int Id, string Text, bool IsError);
