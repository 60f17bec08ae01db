using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Settings;

/// <summary><c>ankole setting …</c>: values that hold for the whole system, under Longhorn's names.</summary>
internal static class SettingCommand
{
    public static Command Create() => new Command("setting", "Settings of the server: list, set, reset.") { CreateLs(), CreateShow(), CreateSet(), CreateReset() }.OnServer();

    private static Argument<string> Name()
    {
        var name = new Argument<string>("NAME") { Description = "The setting's name.", HelpName = "NAME" };
        name.CompletionSources.Add([.. SettingCatalog.All.Select(setting => setting.Name)]);
        return name;
    }

    private static Command CreateLs()
    {
        var command = new Command("ls", "List all settings with their values; '-o wide' says what each does.");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var stored = await ListCommand.ReadAllAsync(server, new ResourceQuery(Kinds.Setting), cancellationToken);
            var settings = SettingCatalog.All.Select(definition => SettingOutput.Of(definition, (SettingResource?)stored.Find(setting => setting.Name == definition.Name))).ToList();
            context.Print(new SettingListOutput(settings), CliJson.Readable.SettingListOutput, (writer, output) => Write(writer, output, context.Format));
        });
        return command;
    }

    private static Command CreateShow()
    {
        var name = Name();
        var command = new Command("show", "Show a setting: its value, its default, what it may be and what it does.") { name };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var definition = Definition(context.Parse.GetRequiredValue(name));
            var output = SettingOutput.Of(definition, await server.Resources.GetAsync(Kinds.Setting, definition.Name, cancellationToken));
            context.Print(output, CliJson.Readable.SettingOutput, (writer, setting) =>
            {
                writer.WriteLine($"{setting.Name}: {Shown(setting.Value)}{(setting.IsDefault ? " (the default)" : $" (default: {Shown(setting.Default)})")}");
                writer.WriteLine($"  {setting.Description}");
                if (setting.Options.Count > 0)
                    writer.WriteLine($"  one of: {string.Join(", ", setting.Options)}");
            });
        });
        return command;
    }

    private static Command CreateSet()
    {
        var name = Name();
        var value = new Argument<string>("VALUE") { Description = "Its new value." };
        var command = new Command("set", "Set a setting.") { name, value }.WithExamples("ankole setting set backup-compression-method gzip");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var definition = Definition(context.Parse.GetRequiredValue(name));
            var wanted = context.Parse.GetRequiredValue(value);
            if (definition.Check(wanted) is { } mistake)
                throw new InvalidInputException($"setting '{definition.Name}': {mistake}");
            var key = new ResourceKey(Kinds.Setting, null, definition.Name);
            var setting = await server.Resources.ChangeAsync<SettingResource>(
                    key, status: false, before => before.Value == wanted ? before : before with { Value = wanted }, cancellationToken)
                ?? await server.Resources.CreateAsync(
                    new SettingResource { Metadata = new ObjectMeta { Name = definition.Name }, Value = wanted }, cancellationToken);
            context.PrintDone(setting, $"Setting {setting.Name} is {Shown(setting.Value)}.");
        });
        return command;
    }

    private static Command CreateReset()
    {
        var name = Name();
        var command = new Command("reset", "Give a setting its default back.") { name };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var definition = Definition(context.Parse.GetRequiredValue(name));
            await server.Resources.DeleteAsync(new ResourceKey(Kinds.Setting, null, definition.Name), null, cancellationToken);
            context.Print(SettingOutput.Of(definition, null), CliJson.Readable.SettingOutput, (writer, setting) => writer.WriteLine($"Setting {setting.Name} has its default {Shown(setting.Default)} again."));
        });
        return command;
    }

    private static SettingDefinition Definition(string name) => SettingCatalog.Find(name)
        ?? throw new AnkoleException(ErrorKind.NotFound, $"there is no setting '{name}': 'ankole setting ls' lists them.");

    private static void Write(TextWriter writer, SettingListOutput output, OutputFormat format)
    {
        if (format == OutputFormat.Name)
            foreach (var setting in output.Settings)
                writer.WriteLine(ResourceOutput.QualifiedName(Kinds.Setting, setting.Name));
        else if (format == OutputFormat.Wide)
            TextTable.Write(writer, ["NAME", "VALUE", "DEFAULT", "CATEGORY", "DESCRIPTION"], [.. output.Settings.Select(setting => (IReadOnlyList<string>)
                [setting.Name, setting.Value, setting.Default, setting.Category, setting.Description])]);
        else
            TextTable.Write(writer, ["NAME", "VALUE", "DEFAULT"], [.. output.Settings.Select(setting => (IReadOnlyList<string>)[setting.Name, setting.Value, setting.Default])]);
    }

    private static string Shown(string value) => value.Length == 0 ? "empty" : $"'{value}'";
}

internal sealed record SettingListOutput(IReadOnlyList<SettingOutput> Settings);

/// <param name="Options">Allowed values; empty: any of its type.</param>
internal sealed record SettingOutput(string Name, string Value, string Default, bool IsDefault, string Category, string Description, IReadOnlyList<string> Options)
{
    public static SettingOutput Of(SettingDefinition definition, SettingResource? stored) => new(
        definition.Name, stored?.Value ?? definition.Default, definition.Default, stored is null || stored.Value == definition.Default, definition.Category, definition.Description,
        definition.Options);
}
