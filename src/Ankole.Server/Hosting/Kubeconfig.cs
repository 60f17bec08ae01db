using System.Text.Json.Nodes;

namespace Ankole.Server;

/// <summary>A file for <c>kubectl --kubeconfig</c>: the running daemon's address, certificate and token. JSON is YAML too.</summary>
internal static class Kubeconfig
{
    public static string Of(string address, string certificateFile, string tokenFile) => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["current-context"] = "ankole",
        ["contexts"] = new JsonArray(new JsonObject { ["name"] = "ankole", ["context"] = new JsonObject { ["cluster"] = "ankole", ["user"] = "ankole" } }),
        ["clusters"] = new JsonArray(new JsonObject
        {
            ["name"] = "ankole", ["cluster"] = new JsonObject { ["server"] = address, ["certificate-authority"] = certificateFile },
        }),
        ["users"] = new JsonArray(new JsonObject { ["name"] = "ankole", ["user"] = new JsonObject { ["tokenFile"] = tokenFile } }),
    }.ToJsonString(new(System.Text.Json.JsonSerializerDefaults.Web) { WriteIndented = true }) + "\n";
}
