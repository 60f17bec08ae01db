using Ankole.Control;
namespace Ankole.Server.Web;

/// <summary>The resources as the UI sees and changes them: what the HTTP API shows, by the rules of the HTTP API.</summary>
public sealed record WebStore(IResourceStore Store);
