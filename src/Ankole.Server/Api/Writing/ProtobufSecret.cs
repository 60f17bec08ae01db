using System.Text;
using System.Text.Json.Nodes;

namespace Ankole.Server;

/// <summary>
/// A Secret as <c>kubectl create secret</c> sends it, which knows the built-in kinds and writes them in Kubernetes' protobuf form. Read into the JSON
/// that everything else takes.
/// </summary>
/// <remarks>
/// Field numbers are those of the Kubernetes API's own definitions: <c>runtime.Unknown</c> around the object (typeMeta 1, raw 2), <c>core/v1.Secret</c>
/// (metadata 1, data 2, type 3, stringData 4) and <c>meta/v1.ObjectMeta</c> (name 1, generateName 2, namespace 3, labels 11, annotations 12).
/// </remarks>
internal static class ProtobufSecret
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    /// <summary>"k8s" and a zero before every message.</summary>
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <exception cref="ApiException">It is no Secret in this form.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
            throw ApiException.BadRequest("the body is no protobuf message of Kubernetes.");
        string kind = "", apiVersion = "";
        ReadOnlySpan<byte> raw = [];
        var envelope = new ProtobufReader(body[Magic.Length..]);
        while (envelope.Read())
        {
            if (envelope.Field == 2)
                raw = envelope.Bytes;
            else if (envelope.Field == 1)
                (apiVersion, kind) = ReadTypeMeta(envelope.Bytes);
        }
        if (apiVersion != "v1" || kind != "Secret")
            throw ApiException.UnsupportedMediaType($"{kind} is not taken as protobuf: send application/json.");
        var secret = ReadSecret(raw);
        secret["apiVersion"] = apiVersion;
        secret["kind"] = kind;
        return secret;
    }

    private static (string ApiVersion, string Kind) ReadTypeMeta(ReadOnlySpan<byte> message)
    {
        string apiVersion = "", kind = "";
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Field == 1)
                apiVersion = Text(reader.Bytes);
            else if (reader.Field == 2)
                kind = Text(reader.Bytes);
        }
        return (apiVersion, kind);
    }

    private static JsonObject ReadSecret(ReadOnlySpan<byte> message)
    {
        var secret = new JsonObject { ["metadata"] = new JsonObject() };
        var data = new JsonObject();
        var texts = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    secret["metadata"] = ReadMetadata(reader.Bytes);
                    break;
                case 2:
                    AddEntry(data, reader.Bytes, value => Convert.ToBase64String(value));
                    break;
                case 3:
                    secret["type"] = Text(reader.Bytes);
                    break;
                case 4:
                    AddEntry(texts, reader.Bytes, Text);
                    break;
            }
        }
        secret["data"] = data;
        secret["stringData"] = texts;
        return secret;
    }

    private static JsonObject ReadMetadata(ReadOnlySpan<byte> message)
    {
        var metadata = new JsonObject();
        var labels = new JsonObject();
        var annotations = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    metadata["name"] = Text(reader.Bytes);
                    break;
                case 2:
                    metadata["generateName"] = Text(reader.Bytes);
                    break;
                case 3:
                    metadata["namespace"] = Text(reader.Bytes);
                    break;
                case 11:
                    AddEntry(labels, reader.Bytes, Text);
                    break;
                case 12:
                    AddEntry(annotations, reader.Bytes, Text);
                    break;
            }
        }
        metadata["labels"] = labels;
        metadata["annotations"] = annotations;
        return metadata;
    }

    private delegate string ValueReader(ReadOnlySpan<byte> value);

    /// <summary>An entry of a map is a message of its own: key 1, value 2.</summary>
    private static void AddEntry(JsonObject map, ReadOnlySpan<byte> entry, ValueReader read)
    {
        string key = "", value = "";
        var reader = new ProtobufReader(entry);
        while (reader.Read())
        {
            if (reader.Field == 1)
                key = Text(reader.Bytes);
            else if (reader.Field == 2)
                value = read(reader.Bytes);
        }
        map[key] = value;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
