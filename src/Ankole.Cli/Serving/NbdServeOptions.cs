using System.CommandLine;
using Ankole.Core;
using Ankole.Nbd;

namespace Ankole.Cli;

/// <summary>The options of every command that serves a device over NBD.</summary>
internal sealed class NbdServeOptions
{
    private readonly Option<string> address = new("--nbd")
    {
        Description = "Where to listen: unix:PATH or tcp:HOST:PORT (port 0: any free one).", HelpName = "ADDRESS", Required = true,
    };

    private readonly Option<string> export = new("--export")
    {
        Description = "The export's name; clients that name none get it anyway.", HelpName = "NAME", DefaultValueFactory = _ => "",
    };

    private readonly Option<string> certificate = new("--tls-cert")
    {
        Description = "Serve over TLS with this certificate (PEM, intermediates after it).", HelpName = "FILE",
    };

    private readonly Option<string> key = new("--tls-key") { Description = "The certificate's private key (PEM).", HelpName = "FILE" };

    private readonly Option<string> clientAuthorities = new("--tls-client-ca")
    {
        Description = "Let in only clients whose certificate one of these signed (PEM).", HelpName = "FILE",
    };

    private readonly Option<bool> allowPlainTcp = new("--allow-plain-tcp")
    {
        Description = "Listen beyond this machine without TLS: anybody on the way can read and change the data.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { address, export, certificate, key, clientAuthorities, allowPlainTcp })
            command.Options.Add(option);
    }

    /// <exception cref="InvalidInputException">It is no address.</exception>
    public NbdAddress Address(ParseResult parse) => NbdAddress.Parse(parse.GetRequiredValue(address));

    public string ExportName(ParseResult parse) => parse.GetValue(export) ?? "";

    public NbdServerOptions ServerOptions(ParseResult parse) => new() { Tls = Tls(parse), AllowPlainTcp = parse.GetValue(allowPlainTcp) };

    private NbdServerTls? Tls(ParseResult parse)
    {
        var (cert, keyFile, ca) = (parse.GetValue(certificate), parse.GetValue(key), parse.GetValue(clientAuthorities));
        return (cert, keyFile) switch
        {
            (null, null) when ca is null => null,
            (not null, not null) => NbdServerTls.FromFiles(cert, keyFile, ca),
            _ => throw new InvalidInputException("TLS needs both --tls-cert and --tls-key (and --tls-client-ca to ask clients for a certificate)."),
        };
    }
}
