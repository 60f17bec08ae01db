using System.CommandLine;
using System.Net;
using Ankole.Core;

namespace Ankole.Server;

/// <summary>The command line of <c>ankoled</c>.</summary>
internal static class DaemonCommand
{
    private static readonly Option<string> Data = new("--data")
    {
        Description = "The folder that holds everything: resources, volumes, token, keys.", HelpName = "DIR", Recursive = true, DefaultValueFactory = _ => DefaultFolder(),
    };

    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Address and port of the API and the web UI; beyond this host only with TLS. Port 0: any free one.", HelpName = "ADDRESS:PORT",
        DefaultValueFactory = _ => $"127.0.0.1:{ServerOptions.DefaultPort}",
    };

    private static readonly Option<string?> TlsCertificate = new("--tls-cert") { Description = "Serve HTTPS with this certificate (PEM, with its chain).", HelpName = "FILE" };

    private static readonly Option<string?> TlsKey = new("--tls-key") { Description = "The certificate's private key (PEM).", HelpName = "FILE" };

    private static readonly Option<string?> NodeName = new("--node-name") { Description = "This host's name among nodes; by default the host's, at the first start.", HelpName = "NAME" };

    private static readonly Option<string?> DefaultTarget = new("--default-target")
    {
        Description = "The URL of the default backup target at the first start; afterwards it is changed like every resource.", HelpName = "URL",
    };

    private static readonly Option<LogFormat?> Logs = new("--log-format") { Description = "text, json or systemd; by default what fits: systemd under systemd, otherwise text." };

    public static RootCommand Create()
    {
        var command = new RootCommand("ankoled: keeps block volumes, their snapshots and backups as you ask for them, through one API.") { Data, Listen, TlsCertificate, TlsKey, NodeName, DefaultTarget, Logs };
        command.SetAction((parse, cancellationToken) => RunAsync(parse, cancellationToken));
        command.Subcommands.Add(CrdsCommand.Create());
        command.Subcommands.Add(DoctorCommand.Create(Data));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        try
        {
            var options = ToOptions(parse);
            using var folder = DataFolder.Open(options.DataFolder);
            await using var app = AnkoleServer.Build(options, folder);
            await app.RunAsync(cancellationToken);
            return 0;
        }
        catch (AnkoleException e)
        {
            await Console.Error.WriteLineAsync($"ankoled: {e.Message}");
            return (int)e.Kind;
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"ankoled: {parse.GetValue(Listen)} is in use by another program: choose another with --listen.");
            return (int)ErrorKind.Busy;
        }
    }

    private static ServerOptions ToOptions(ParseResult parse)
    {
        var environment = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        var listen = parse.GetValue(Listen)!;
        if (!listen.Contains(':', StringComparison.Ordinal) || !IPEndPoint.TryParse(listen.Replace("localhost:", "127.0.0.1:", StringComparison.Ordinal), out var endpoint))
            throw new InvalidInputException($"--listen {listen} is no address with a port: write 127.0.0.1:{ServerOptions.DefaultPort} or [::1]:{ServerOptions.DefaultPort}.");
        return new ServerOptions
        {
            DataFolder = parse.GetValue(Data)!, Listen = endpoint, TlsCertificate = parse.GetValue(TlsCertificate), TlsKey = parse.GetValue(TlsKey),
            NodeName = parse.GetValue(NodeName), DefaultTarget = parse.GetValue(DefaultTarget), NotifySocket = environment["NOTIFY_SOCKET"],
            LogFormat = parse.GetValue(Logs) ?? (environment["JOURNAL_STREAM"] is null ? LogFormat.Text : LogFormat.Systemd),
        };
    }

    private static string DefaultFolder() => Environment.IsPrivilegedProcess
        ? "/var/lib/ankole"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "ankole");
}
