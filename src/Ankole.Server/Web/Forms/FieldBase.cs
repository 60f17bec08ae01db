using Microsoft.AspNetCore.Components;

namespace Ankole.Server.Web.Forms;

/// <summary>What every field of a form has: a label, a hint, and the mistakes that the resource store found in it.</summary>
public abstract class FieldBase : ComponentBase, IDisposable
{
    protected string Id { get; } = "f" + Guid.NewGuid().ToString("N")[..8];

    [CascadingParameter] public FormState? Form { get; set; }

    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>The path in the resource: <c>spec.cron</c>. Mistakes of it are shown here.</summary>
    [Parameter] public string? Field { get; set; }

    [Parameter] public string? Hint { get; set; }

    [Parameter] public bool Disabled { get; set; }

    protected IReadOnlyList<string> Errors => Field is null ? [] : Form?.For(Field) ?? [];

    protected string? Invalid => Errors.Count > 0 ? "true" : null;

    protected string? DescribedBy
    {
        get
        {
            var ids = $"{(Hint is null ? "" : Id + "-hint")} {(Errors.Count == 0 ? "" : Id + "-errors")}".Trim();
            return ids.Length == 0 ? null : ids;
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected override void OnInitialized()
    {
        if (Form is null || Field is null)
            return;
        Form.Claim(Field);
        Form.Changed += StateHasChanged;
    }

    protected virtual void Dispose(bool disposing)
    {
        if (Form is not null)
            Form.Changed -= StateHasChanged;
    }
}
