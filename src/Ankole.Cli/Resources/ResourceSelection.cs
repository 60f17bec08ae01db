using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Control;

namespace Ankole.Cli.Resources;

/// <summary>Which resources of a kind: labels, and where it makes sense a volume.</summary>
internal sealed class ResourceSelection
{
    private readonly Option<string?> labels = new("--selector", "-l")
    {
        Description = "Only those with these labels: key=value, key!=value, key, !key, 'key in (a,b)', several with commas.", HelpName = "LABELS",
    };

    private readonly ResourceKind kind;
    private readonly string? volumeField;
    private readonly Argument<string?>? volume;

    /// <param name="volumeField">The field that names the volume a resource is of; null: the kind is not of a volume.</param>
    public ResourceSelection(Command command, ResourceKind kind, string? volumeField)
    {
        this.kind = kind;
        this.volumeField = volumeField;
        command.Options.Add(labels);
        if (volumeField is null)
            return;
        volume = new Argument<string?>("VOLUME") { Description = "Only those of this volume.", Arity = ArgumentArity.ZeroOrOne }.Completes(Kinds.Volume);
        command.Arguments.Add(volume);
    }

    public ResourceQuery Read(ParseResult parse)
    {
        var chosen = parse.GetValue(labels) is { } text ? SelectorText.ParseLabels(text) : null;
        return new ResourceQuery(kind)
        {
            Namespace = kind.IsNamespaced ? SystemNames.Namespace : null, Labels = chosen,
            Fields = volume is not null && parse.GetValue(volume) is { } name ? [new FieldRequirement(volumeField!, name)] : [],
        };
    }
}
