namespace Ankole.Control;

/// <summary>API groups and versions as they stand in <c>apiVersion</c>.</summary>
public static class ApiGroup
{
    public const string Ankole = "ankole.io";
    public const string AnkoleVersion = "ankole.io/v1beta1";
    public const string CoreVersion = "v1";
    public const string StorageVersion = "storage.k8s.io/v1";
}
