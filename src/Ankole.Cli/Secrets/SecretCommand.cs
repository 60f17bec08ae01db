using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Secrets;

/// <summary><c>ankole secret …</c>: credentials of backup targets. Values go in and never come out.</summary>
internal static class SecretCommand
{
    public static Command Create() => new Command("secret", "Credentials of backup targets: create, change, list, delete. Values are never shown.")
    {
        CreateWrite("create", "Create a secret from environment variables, files, or KEY=VALUE lines on standard input.", mayExist: false).WithExamples(
            "ankole secret create minio --from-env AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINTS",
            "ankole secret create minio --from-file AWS_CERT=ca.pem < minio.env"),
        CreateWrite("set", "Set some keys of a secret and leave the others; it is created where there is none.", mayExist: true),
        CreateLs(),
        CreateShow(),
        RemoveCommand.Create("Delete a secret.", Kinds.Secret, ForeseeAsync),
    }.OnServer();

    private static Command CreateWrite(string verb, string description, bool mayExist)
    {
        var name = new Argument<string>("NAME") { Description = "The secret's name." };
        var fromEnvironment = new Option<string[]>("--from-env") { Description = "Take these environment variables, each under its own name.", HelpName = "KEY", AllowMultipleArgumentsPerToken = true };
        var fromFile = new Option<string[]>("--from-file") { Description = "Take a file's text as a key's value; may be given several times.", HelpName = "KEY=PATH" };
        var command = new Command(verb, description) { name, fromEnvironment, fromFile };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var values = new Dictionary<string, string>();
            var variables = context.Parse.GetValue(fromEnvironment) ?? [];
            var files = context.Parse.GetValue(fromFile) ?? [];
            SecretValues.ReadEnvironment(variables, Environment.GetEnvironmentVariable, values);
            SecretValues.ReadFiles(files, values);
            if (Console.IsInputRedirected && (variables.Length + files.Length == 0 || !IsNothing(Console.In)))
                await SecretValues.ReadLinesAsync(Console.In, values, cancellationToken);
            if (values.Count == 0)
                throw new InvalidInputException("no values were given: use --from-env KEY, --from-file KEY=PATH, or KEY=VALUE lines on standard input. (Values on a command line can be read by every user of the host.)");
            var secret = await WriteAsync(server, context.Parse.GetRequiredValue(name), values, mayExist, cancellationToken);
            context.PrintDone(secret, $"Secret {secret.Name} has {string.Join(", ", secret.Data.Keys.Order(StringComparer.Ordinal))}.");
        });
        return command;
    }

    private static async Task<SecretResource> WriteAsync(
        ServerSession server, string name, Dictionary<string, string> values, bool mayExist, CancellationToken cancellationToken)
    {
        if (mayExist)
        {
            var key = new ResourceKey(Kinds.Secret, SystemNames.Namespace, name);
            // What is not given keeps its value: the server takes its own mark for a hidden value as "as it is".
            var changed = await server.Resources.ChangeAsync<SecretResource>(key, status: false, before => before with { StringData = values }, cancellationToken);
            if (changed is not null)
                return changed;
        }
        return await server.Resources.CreateAsync(
            new SecretResource { Metadata = new ObjectMeta { Name = name, Namespace = SystemNames.Namespace }, StringData = values }, cancellationToken);
    }

    /// <summary>/dev/null and an empty pipe are no input.</summary>
    private static bool IsNothing(TextReader reader) => reader.Peek() < 0;

    private static Command CreateLs()
    {
        var command = new Command("ls", "List secrets with their keys.");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var secrets = await ListCommand.ReadAllAsync(server, new ResourceQuery(Kinds.Secret) { Namespace = SystemNames.Namespace }, cancellationToken);
            if (!context.IsText || context.Format == OutputFormat.Name || secrets.Count == 0)
                context.PrintList(Kinds.Secret, secrets, "There are no secrets.");
            else
                TextTable.Write(context.Output, ["NAME", "AGE", "KEYS"], [.. secrets.Cast<SecretResource>().Select(secret => (IReadOnlyList<string>)
                    [secret.Name, AgeText.Of(secret.Metadata.CreationTimestamp, context.Time.GetUtcNow()), Keys(secret)])]);
        });
        return command;
    }

    private static Command CreateShow()
    {
        var name = new Argument<string>("NAME") { Description = "The secret's name." }.Completes(Kinds.Secret);
        var command = new Command("show", "Show a secret's keys.") { name };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var secret = await server.RequireAsync(Kinds.Secret, context.Parse.GetRequiredValue(name), cancellationToken);
            context.PrintOne(secret, writer =>
            {
                writer.WriteLine($"Secret {secret.Name}, {AgeText.Of(secret.Metadata.CreationTimestamp, context.Time.GetUtcNow())} old. Values are not shown.");
                foreach (var key in secret.Data.Keys.Order(StringComparer.Ordinal))
                    writer.WriteLine($"  {key}");
            });
        });
        return command;
    }

    private static async Task<Loss> ForeseeAsync(ServerSession server, SecretResource secret, CancellationToken cancellationToken)
    {
        var targets = (await ListCommand.ReadAllAsync(server, new ResourceQuery(Kinds.BackupTarget), cancellationToken)).Cast<BackupTargetResource>()
            .Where(target => target.Spec.CredentialSecret == secret.Name).Select(target => target.Name).ToList();
        return new Loss([$"the values of {Keys(secret)}", .. targets.Select(target => $"the way of BackupTarget {target} to its backupstore")], [], null);
    }

    private static string Keys(SecretResource secret) => string.Join(", ", secret.Data.Keys.Order(StringComparer.Ordinal));
}
