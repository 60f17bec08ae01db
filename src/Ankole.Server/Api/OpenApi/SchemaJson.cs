using System.Text.Json.Nodes;

namespace Ankole.Server;

/// <summary>A <see cref="Shape"/> as OpenAPI schema. It is structural in Kubernetes' sense: CRDs take it as it is.</summary>
internal static class SchemaJson
{
    public static JsonObject Of(Shape shape)
    {
        var schema = new JsonObject();
        if (shape.Description.Length > 0)
            schema["description"] = shape.Description;
        schema["type"] = TypeOf(shape.Kind);
        if (FormatOf(shape) is { } format)
            schema["format"] = format;
        switch (shape.Kind)
        {
            case ShapeKind.List:
                schema["items"] = Of(shape.Items!);
                break;
            case ShapeKind.Map:
                schema["additionalProperties"] = Of(shape.Items!);
                break;
            case ShapeKind.Object:
                schema["properties"] = new JsonObject(shape.Properties.Select(property => KeyValuePair.Create(property.Key, (JsonNode?)Of(property.Value))));
                break;
        }
        return schema;
    }

    private static string TypeOf(ShapeKind kind) => kind switch
    {
        ShapeKind.Text or ShapeKind.Time => "string",
        ShapeKind.Integer => "integer",
        ShapeKind.Number => "number",
        ShapeKind.Boolean => "boolean",
        ShapeKind.List => "array",
        _ => "object",
    };

    private static string? FormatOf(Shape shape) => shape.Kind switch
    {
        ShapeKind.Integer => shape.IsInt32 ? "int32" : "int64",
        ShapeKind.Number => "double",
        ShapeKind.Time => "date-time",
        _ => null,
    };
}
