using Ankole.Control;
using Ankole.Core;

namespace Ankole.Server.Web.Forms;

/// <summary>A form's way to the resource store and back: every rule that was broken comes to its field, the rest above the form.</summary>
public sealed class FormState
{
    private readonly HashSet<string> claimed = [];

    public IReadOnlyList<FieldError> Errors { get; private set; } = [];

    /// <summary>What went wrong that is no field's mistake; null: nothing.</summary>
    public string? Failure { get; private set; }

    public bool IsBusy { get; private set; }

    /// <summary>Raised when there is something else to show: fields draw themselves again.</summary>
    public event Action? Changed;

    /// <summary>Mistakes that no field of the form shows.</summary>
    public IEnumerable<FieldError> Unclaimed => Errors.Where(error => !claimed.Any(path => Belongs(error, path)));

    /// <summary>Errors of these paths are shown by a field.</summary>
    public void Claim(string field) => claimed.Add(field);

    public IReadOnlyList<string> For(string field) => [.. Errors.Where(error => Belongs(error, field)).Select(error => error.Message)];

    /// <summary>Adds a mistake that the form finds itself.</summary>
    public void Add(string field, string message) => Errors = [.. Errors, new FieldError(field, null, message)];

    public void Clear()
    {
        Errors = [];
        Failure = null;
    }

    /// <returns>True when it is done; false when the form has something to show.</returns>
    public async Task<bool> SubmitAsync(Func<Task> action)
    {
        if (IsBusy)
            return false;
        Clear();
        IsBusy = true;
        try
        {
            await action();
            return Errors.Count == 0;
        }
        catch (InvalidResourceException e)
        {
            Errors = e.Errors;
            return false;
        }
        catch (AnkoleException e)
        {
            Failure = e.Message;
            return false;
        }
        finally
        {
            IsBusy = false;
            Changed?.Invoke();
        }
    }

    private static bool Belongs(FieldError error, string field) =>
        error.Field == field || (error.Field.StartsWith(field, StringComparison.Ordinal) && error.Field[field.Length] is '.' or '[');
}
