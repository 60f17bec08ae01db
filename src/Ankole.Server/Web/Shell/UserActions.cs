using Ankole.Control;
using Ankole.Core;

namespace Ankole.Server.Web.Shell;

/// <summary>
/// What a person does on a page: through the same rules as every user of the API. What was done and what failed is said in a message.
/// </summary>
public sealed class UserActions(WebStore web, Toasts toasts)
{
    public IResourceStore Store => web.Store;

    /// <returns>False when it failed; the person has been told.</returns>
    public async Task<bool> TryAsync(string done, Func<IResourceStore, Task> action)
    {
        try
        {
            await action(web.Store);
        }
        catch (InvalidResourceException e)
        {
            toasts.Failed(string.Join(" ", e.Errors.Select(error => error.Message)));
            return false;
        }
        catch (AnkoleException e)
        {
            toasts.Failed(e.Message);
            return false;
        }
        toasts.Done(done);
        return true;
    }

    /// <summary>One after the other; a failure does not stop the rest.</summary>
    /// <param name="done">Says what was done with how many.</param>
    public async Task ForEachAsync<T>(IEnumerable<T> items, Func<int, string> done, Func<IResourceStore, T, Task> action)
    {
        var count = 0;
        foreach (var item in items)
        {
            try
            {
                await action(web.Store, item);
                count++;
            }
            catch (InvalidResourceException e)
            {
                toasts.Failed(string.Join(" ", e.Errors.Select(error => error.Message)));
            }
            catch (AnkoleException e)
            {
                toasts.Failed(e.Message);
            }
        }
        if (count > 0)
            toasts.Done(done(count));
    }

    public void Say(string text) => toasts.Done(text);
}
