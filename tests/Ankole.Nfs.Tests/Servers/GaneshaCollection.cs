namespace Ankole.Nfs.Tests;

/// <summary>The tests that share one server which nobody stops.</summary>
[CollectionDefinition(Name)]
public sealed class GaneshaCollection : ICollectionFixture<Ganesha>
{
    public const string Name = "Ganesha";
}
