using System.Collections.Concurrent;
using System.ComponentModel;
using System.Text.Json.Serialization.Metadata;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>Reads the shape of a kind out of the type that its JSON is read into.</summary>
internal static class ShapeReader
{
    private static readonly ConcurrentDictionary<Type, Shape> Known = new();

    public static Shape Of(ResourceKind kind) => Of(kind.Type, "");

    public static Shape Of(Type type, string description)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ScalarOf(type) is { } scalar)
            return new Shape(scalar, description) { IsInt32 = type == typeof(int) };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
            return new Shape(ShapeKind.Map, description) { Items = Of(type.GetGenericArguments()[1], "") };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return new Shape(ShapeKind.List, description) { Items = Of(type.GetGenericArguments()[0], "") };
        return Known.GetOrAdd(type, ReadObject) with { Description = description.Length > 0 ? description : DescriptionOf(type) };
    }

    private static Shape ReadObject(Type type)
    {
        var info = ControlJson.Options.GetTypeInfo(type);
        if (info.Kind != JsonTypeInfoKind.Object)
            throw new NotSupportedException($"{type} has no shape that the API knows");
        return new Shape(ShapeKind.Object, "")
        {
            Properties = [.. info.Properties.Where(property => property.Get is not null).OrderBy(property => property.Order)
                .Select(property => KeyValuePair.Create(property.Name, Of(property.PropertyType, DescriptionOf(property.AttributeProvider))))],
        };
    }

    private static ShapeKind? ScalarOf(Type type) => type switch
    {
        _ when type == typeof(string) => ShapeKind.Text,
        _ when type == typeof(bool) => ShapeKind.Boolean,
        _ when type == typeof(int) || type == typeof(long) => ShapeKind.Integer,
        _ when type == typeof(double) => ShapeKind.Number,
        _ when type == typeof(DateTimeOffset) => ShapeKind.Time,
        _ => null,
    };

    private static string DescriptionOf(System.Reflection.ICustomAttributeProvider? member) =>
        member?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: true) is [DescriptionAttribute found, ..] ? found.Description : "";
}
