using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Ankole.EndToEnd.Daemon;

/// <summary>The daemon's API as a program uses it. Whether a request was carried out is known only when it was answered.</summary>
internal sealed class DaemonApi : IDisposable
{
    private readonly HttpClient http;

    private DaemonApi(HttpClient http) => this.http = http;

    /// <summary>Of a daemon that is ready.</summary>
    public static DaemonApi Of(AnkoleDaemon daemon)
    {
        var http = new HttpClient { BaseAddress = new Uri(File.ReadAllText(Path.Combine(daemon.Data, "address")).Trim() + "/apis/ankole.io/v1beta1/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(Path.Combine(daemon.Data, "token")).Trim());
        return new DaemonApi(http);
    }

    public async Task<IReadOnlyList<JsonNode>> ListAsync(string plural)
    {
        var text = await http.GetStringAsync(new Uri(plural, UriKind.Relative));
        return [.. JsonNode.Parse(text)!["items"]!.AsArray().Select(item => item!)];
    }

    public async Task<JsonNode?> GetAsync(string plural, string name)
    {
        using var answer = await http.GetAsync(new Uri($"{plural}/{name}", UriKind.Relative));
        return answer.StatusCode == HttpStatusCode.NotFound ? null : JsonNode.Parse(await Must(answer).Content.ReadAsStringAsync());
    }

    /// <returns>False: it was refused, for a reason that the rules have.</returns>
    public async Task<bool> CreateAsync(string plural, string kind, string name, JsonObject spec)
    {
        var resource = new JsonObject
        {
            ["apiVersion"] = "ankole.io/v1beta1", ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec,
        };
        using var answer = await http.PostAsync(new Uri(plural, UriKind.Relative), Json(resource, "application/json"));
        return answer.StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.Conflict ? false : Must(answer).IsSuccessStatusCode;
    }

    public async Task MergeAsync(string plural, string name, JsonObject patch)
    {
        using var answer = await http.PatchAsync(new Uri($"{plural}/{name}", UriKind.Relative), Json(patch, "application/merge-patch+json"));
        Must(answer);
    }

    public async Task DeleteAsync(string plural, string name)
    {
        using var answer = await http.DeleteAsync(new Uri($"{plural}/{name}", UriKind.Relative));
        if (answer.StatusCode != HttpStatusCode.NotFound)
            Must(answer);
    }

    public void Dispose() => http.Dispose();

    private static HttpResponseMessage Must(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri}: {(int)answer.StatusCode}");
        return answer;
    }

    private static StringContent Json(JsonObject content, string type) => new(content.ToJsonString(), Encoding.UTF8, type);
}
