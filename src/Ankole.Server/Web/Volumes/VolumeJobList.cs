using Ankole.Control;
using Ankole.Core;

namespace Ankole.Server.Web.Volumes;

/// <summary>
/// A volume's own list of jobs (<c>spec.recurringJobs</c>), an entry at a time: who edits one meanwhile keeps what others did to the rest.
/// </summary>
internal static class VolumeJobList
{
    private const string List = "spec.recurringJobs";

    /// <summary>Where a form shows the mistakes of the entry that it edits, wherever in the list that is.</summary>
    public static string FieldOf(string part) => $"{List}[this].{part}";

    /// <param name="replaces">The name so far of the entry that is changed; null: a new one, at the end.</param>
    /// <exception cref="InvalidResourceException">Mistakes of this entry are at <see cref="FieldOf"/>, those of the list as a whole at its own path.</exception>
    public static async Task SaveAsync(IResourceStore store, string volume, VolumeRecurringJob entry, string? replaces)
    {
        var at = 0;
        try
        {
            await ChangeAsync(store, volume, entries =>
            {
                at = replaces is null ? entries.Count : entries.FindIndex(known => known.Name == replaces);
                if (at < 0)
                    throw new AnkoleException(ErrorKind.NotFound, $"Job '{replaces}' is no longer in the list of volume '{volume}': somebody took it out meanwhile. Add it as a new one.");
                if (at == entries.Count)
                    entries.Add(entry);
                else
                    entries[at] = entry;
            });
        }
        catch (InvalidResourceException e)
        {
            throw new InvalidResourceException(e.Key, [.. e.Errors.Select(error => OfThis(error, at))]);
        }
    }

    /// <summary>Takes an entry out; one that is gone already is no mistake.</summary>
    public static Task RemoveAsync(IResourceStore store, string volume, string name) =>
        ChangeAsync(store, volume, entries => entries.RemoveAll(entry => entry.Name == name));

    private static Task<VolumeResource> ChangeAsync(IResourceStore store, string volume, Action<List<VolumeRecurringJob>> change) => VolumeActions.ChangeAsync(store, volume, current =>
    {
        var entries = current.Spec.RecurringJobs.ToList();
        change(entries);
        return current with { Spec = current.Spec with { RecurringJobs = entries } };
    });

    private static FieldError OfThis(FieldError error, int at)
    {
        var own = $"{List}[{at}].";
        return error.Field.StartsWith(own, StringComparison.Ordinal) ? error with { Field = FieldOf(error.Field[own.Length..]) } : error;
    }
}
