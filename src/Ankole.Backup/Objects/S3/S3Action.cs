namespace Ankole.Backup;

/// <summary>What a request does, as messages say it, and the permission that it needs on AWS.</summary>
internal static class S3Action
{
    public const string List = "list";
    public const string Stat = "look for";
    public const string Get = "read";
    public const string Put = "write";
    public const string Delete = "delete";

    public static string PermissionFor(string action) => action switch
    {
        List => "s3:ListBucket on the bucket",
        Stat => "s3:GetObject on the bucket's objects and s3:ListBucket on the bucket (without it a server does not say whether an object exists)",
        Get => "s3:GetObject on the bucket's objects, and s3:ListBucket on the bucket for objects that do not exist",
        Put => "s3:PutObject on the bucket's objects",
        _ => "s3:DeleteObject on the bucket's objects",
    };
}
