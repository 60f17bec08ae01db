using System.Text;
using System.Text.Json.Nodes;
using Ankole.Control;
using Ankole.Server.Tests.Api;

namespace Ankole.Server.Tests.Security;

public sealed class SecretTests : ApiTests
{
    private const string Secrets = "/api/v1/namespaces/ankole-system/secrets";
    private const string Value = "correct-horse-battery-staple";
    private const string OtherValue = "tr0ub4dor-and-three";

    [Fact]
    public async Task No_answer_holds_a_value_and_controllers_have_it()
    {
        var answers = new StringBuilder();
        answers.Append(await Server.JsonAsync(201, "POST", Secrets, Body("s3", Value)));
        answers.Append(await Server.JsonAsync(200, "GET", Secrets + "/s3"));
        answers.Append(await Server.JsonAsync(200, "GET", "/api/v1/secrets"));
        answers.Append(await Server.JsonAsync(200, "GET", Secrets, accept: "application/json;as=Table;v=v1;g=meta.k8s.io"));
        answers.Append(await Server.JsonAsync(200, "GET", Secrets + "?includeObject=Object", accept: "application/json;as=Table;v=v1;g=meta.k8s.io"));
        answers.Append(await Server.JsonAsync(200, "PATCH", Secrets + "/s3", $$$"""{"stringData":{"more":"{{{OtherValue}}}"}}""", "application/merge-patch+json"));
        answers.Append(await Server.JsonAsync(200, "PATCH", Secrets + "/s3?dryRun=All", $$$"""{"stringData":{"third":"{{{OtherValue}}}"}}""", "application/merge-patch+json"));
        using (var watch = await Server.SendAsync("GET", Secrets + "?watch=true&timeoutSeconds=1"))
            answers.Append(await watch.Content.ReadAsStringAsync(Token));
        // Mistakes are told without the values that they are in.
        answers.Append(await Server.JsonAsync(409, "POST", Secrets, Body("s3", Value)));
        answers.Append(await Server.JsonAsync(422, "POST", Secrets, Body("Bad Name!", Value)));
        answers.Append(await Server.JsonAsync(422, "POST", Secrets, $$$"""{"metadata":{"name":"x"},"data":{"key":"{{{Value}}}"}}"""));
        answers.Append(await Server.JsonAsync(422, "POST", Secrets, $$$"""{"metadata":{"name":"x"},"data":"{{{Value}}}"}"""));
        answers.Append(await Server.JsonAsync(400, "POST", Secrets, $$$"""{"metadata":{"name":"x"},"data":{"key":"{{{Value}}}"}"""));
        answers.Append(await Server.JsonAsync(400, "POST", Secrets + "?fieldValidation=Strict", $$$"""{"metadata":{"name":"x"},"dota":{"key":"{{{Value}}}"}}"""));

        var stored = (await Server.Store.GetAsync(Kinds.Secret, "ankole-system", "s3", Token))!;
        Assert.Equal(Base64(Value), stored.Data["AWS_SECRET_ACCESS_KEY"]);
        Assert.Equal(Base64(OtherValue), stored.Data["more"]);
        answers.Append(await Server.JsonAsync(200, "DELETE", Secrets + "/s3"));
        AssertHoldsNone(answers.ToString(), "an answer of the API");
        AssertHoldsNone(Server.Log.Text, "the log");
        foreach (var file in Directory.EnumerateFiles(Server.Folder.Path, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("/lock", StringComparison.Ordinal)))
        {
            using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            await open.CopyToAsync(bytes, Token);
            AssertHoldsNone(Encoding.Latin1.GetString(bytes.ToArray()), file);
        }
    }

    [Fact]
    public async Task The_mark_of_a_hidden_value_written_back_keeps_the_value()
    {
        var shown = await Server.JsonAsync(201, "POST", Secrets, Body("s3", Value));
        Assert.Equal(SecretRedaction.Mark, (string?)shown["data"]!["AWS_SECRET_ACCESS_KEY"]);
        shown["data"]!["region"] = Base64("eu-north-1");
        var again = await Server.JsonAsync(200, "PUT", Secrets + "/s3", shown.ToJsonString());
        var stored = (await Server.Store.GetAsync(Kinds.Secret, "ankole-system", "s3", Token))!;
        Assert.Equal(Base64(Value), stored.Data["AWS_SECRET_ACCESS_KEY"]);
        Assert.Equal(Base64("eu-north-1"), stored.Data["region"]);
        // Nothing new is no change.
        Assert.Equal((string?)again["metadata"]!["resourceVersion"], (string?)(await Server.JsonAsync(200, "PUT", Secrets + "/s3", again.ToJsonString()))["metadata"]!["resourceVersion"]);

        again["data"]!["other"] = SecretRedaction.Mark;
        var refused = await Server.JsonAsync(422, "PUT", Secrets + "/s3", again.ToJsonString());
        Assert.Equal("data[other]", (string?)refused["details"]!["causes"]![0]!["field"]);
    }

    private static string Body(string name, string value) => new JsonObject
    {
        ["apiVersion"] = "v1", ["kind"] = "Secret",
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["annotations"] = new JsonObject
            {
                ["kubectl.kubernetes.io/last-applied-configuration"] = $$$"""{"kind":"Secret","stringData":{"AWS_SECRET_ACCESS_KEY":"{{{value}}}"},"data":{"x":"{{{Base64(value)}}}"}}""",
            },
        },
        ["data"] = new JsonObject { ["AWS_ACCESS_KEY_ID"] = Base64("me") },
        ["stringData"] = new JsonObject { ["AWS_SECRET_ACCESS_KEY"] = value },
    }.ToJsonString();

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static void AssertHoldsNone(string text, string where)
    {
        foreach (var secret in (string[])[Value, OtherValue, Base64(Value)[..^4], Base64(OtherValue)[..^4]])
            Assert.False(text.Contains(secret, StringComparison.Ordinal), $"a value is in {where}");
    }
}
