using Ankole.Server.Web.Assets;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Ankole.Server.Web.Shell;

/// <summary>What pages ask of the browser (app.js). A browser that is gone answers nothing.</summary>
public sealed class Browser(IJSRuntime runtime) : IAsyncDisposable
{
    private Task<IJSObjectReference>? module;

    public ValueTask OpenDialogAsync<T>(string id, ElementReference dialog, DotNetObjectReference<T> page) where T : class =>
        QuietlyAsync(async script => await script.InvokeVoidAsync("openDialog", id, dialog, page));

    public ValueTask CloseDialogAsync(string id) => QuietlyAsync(async script => await script.InvokeVoidAsync("closeDialog", id));

    /// <summary>Calls OnWindow(first, count) on <paramref name="page"/> when other rows come into sight. Null: the browser is gone.</summary>
    public async ValueTask<IJSObjectReference?> WatchRowsAsync<T>(ElementReference rows, DotNetObjectReference<T> page, int rowHeight) where T : class
    {
        IJSObjectReference? watcher = null;
        await QuietlyAsync(async script => watcher = await script.InvokeAsync<IJSObjectReference>("watchRows", rows, page, rowHeight));
        return watcher;
    }

    public async ValueTask<bool> CopyAsync(string text) => await (await ModuleAsync()).InvokeAsync<bool>("copy", text);

    /// <summary>Empty: the browser is gone.</summary>
    public async ValueTask<string> ThemeAsync()
    {
        var theme = "";
        await QuietlyAsync(async script => theme = await script.InvokeAsync<string>("theme"));
        return theme;
    }

    public ValueTask SetThemeAsync(string name) => QuietlyAsync(async script => await script.InvokeVoidAsync("setTheme", name));

    /// <summary>Goes to another address, out of this page. It may be gone already: then it need not.</summary>
    public async Task LeaveAsync(string address)
    {
        try
        {
            await runtime.InvokeVoidAsync("location.replace", address);
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException or ObjectDisposedException)
        {
            // It left before it answered.
        }
    }

    public ValueTask DisposeAsync() => module is null ? ValueTask.CompletedTask : QuietlyAsync(script => script.DisposeAsync());

    private Task<IJSObjectReference> ModuleAsync() => module ??= runtime.InvokeAsync<IJSObjectReference>("import", WebAssets.Url("app.js")).AsTask();

    private async ValueTask QuietlyAsync(Func<IJSObjectReference, ValueTask> call)
    {
        try
        {
            await call(await ModuleAsync());
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException or ObjectDisposedException)
        {
            // The page was closed: nothing is left to tell.
        }
    }
}
