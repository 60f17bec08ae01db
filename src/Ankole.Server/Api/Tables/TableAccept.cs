using Microsoft.Net.Http.Headers;

namespace Ankole.Server;

/// <summary>In which form a client wants resources.</summary>
/// <param name="AsTable">As rows and cells for people (<c>as=Table</c>), the way <c>kubectl get</c> asks.</param>
/// <param name="IncludeObject">Metadata (what is usual), Object or None: what comes with each row.</param>
internal sealed record TableAccept(bool AsTable, string IncludeObject)
{
    public static TableAccept Of(ApiRequest request)
    {
        var include = request.Query("includeObject") ?? "Metadata";
        if (include is not ("Metadata" or "Object" or "None"))
            throw ApiException.BadRequest($"includeObject={include} is not known: write Metadata, Object or None.");
        var header = request.Http.Request.Headers.Accept;
        if (header.Count == 0)
            return new TableAccept(false, include);
        if (!MediaTypeHeaderValue.TryParseList(header, out var accepted))
            throw ApiException.BadRequest($"'{header}' is no list of media types.");
        foreach (var type in accepted)
        {
            if (!type.MatchesMediaType("application/json"))
                continue;
            switch (Parameter(type, "as"))
            {
                case null:
                    return new TableAccept(false, include);
                case "Table" when Parameter(type, "g") == "meta.k8s.io" && Parameter(type, "v") is "v1" or "v1beta1":
                    return new TableAccept(true, include);
            }
        }
        throw new ApiException(406, "NotAcceptable", $"'{header}' is not possible: accept application/json, with or without ;as=Table;v=v1;g=meta.k8s.io.");
    }

    private static string? Parameter(MediaTypeHeaderValue type, string name) => type.Parameters.FirstOrDefault(parameter => parameter.Name == name)?.Value.Value;
}
