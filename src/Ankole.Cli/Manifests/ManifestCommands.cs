using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Manifests;

/// <summary><c>ankole apply -f</c> and <c>ankole delete -f</c>: resources as files.</summary>
internal static class ManifestCommands
{
    public static Command CreateApply() => Create(
        "apply", "Create or change resources as files say: YAML with any number of documents, or JSON. Longhorn's RecurringJobs are understood.",
        (application, manifest, cancellationToken) => application.ApplyAsync(manifest, cancellationToken)).WithExamples(
            "ankole apply -f volumes.yaml",
            "ankole apply --dry-run -f manifests/",
            "ankole get volume/data -o yaml | sed s/10Gi/20Gi/ | ankole apply -f -");

    public static Command CreateDelete() => Create(
        "delete", "Delete the resources that files name, and what stands behind them.",
        (application, manifest, cancellationToken) => application.DeleteAsync(manifest, cancellationToken)).WithExamples("ankole delete --dry-run -f volumes.yaml");

    private static Command Create(string verb, string description, Func<ManifestApplication, Manifest, CancellationToken, Task<AppliedOutput>> carryOut)
    {
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "A file, a directory of *.yaml and *.json, or '-' for standard input; may be given several times.", HelpName = "FILE", Required = true,
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Change nothing; let the server check and say what would happen." };
        var command = new Command(verb, description) { files, dryRun };
        command.RunsOnServerWithExitCode(async (context, server, cancellationToken) =>
        {
            var isDryRun = context.Parse.GetValue(dryRun);
            var manifests = await ManifestFile.ReadAsync(context.Parse.GetRequiredValue(files), Console.In, cancellationToken);
            var application = new ManifestApplication(server, isDryRun);
            var results = new List<AppliedOutput>();
            var exitCode = 0;
            foreach (var manifest in manifests)
                try
                {
                    var result = await carryOut(application, manifest, cancellationToken);
                    results.Add(result);
                    if (context.IsText)
                        context.Output.WriteLine(Line(context, result, isDryRun));
                }
                catch (AnkoleException e)
                {
                    // Each document stands for itself: the others are carried out, and every error is told.
                    results.Add(new AppliedOutput(
                        manifest.Source, ManifestKind.Text(manifest.Document, "kind"), manifest.Name, "failed", new ErrorBody(e.Kind.ToString(), e.Message)));
                    exitCode = exitCode == 0 ? (int)e.Kind : exitCode;
                    if (context.IsText)
                        context.Error.WriteLine($"ankole: {manifest.Source}: {ErrorText(e)}");
                }
            if (!context.IsText)
                context.Print(new AppliedListOutput(isDryRun, results), CliJson.Readable.AppliedListOutput, static (_, _) => { });
            return exitCode;
        });
        return command.OnServer();
    }

    private static string Line(CommandContext context, AppliedOutput result, bool isDryRun) => context.Format == OutputFormat.Name
        ? $"{result.Kind.ToLowerInvariant()}/{result.Name}"
        : $"{result.Kind} {result.Name} {result.Change}{(isDryRun ? " (dry run)" : "")}";

    private static string ErrorText(AnkoleException error) => error is RemoteApiException { Causes: [_, _, ..] causes }
        ? string.Concat(causes.Select(cause => $"\n  {cause.Field}: {cause.Message}"))
        : error.Message;
}

internal sealed record AppliedListOutput(bool IsDryRun, IReadOnlyList<AppliedOutput> Results);
