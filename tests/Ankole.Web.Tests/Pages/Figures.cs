namespace Ankole.Web.Tests.Pages;

/// <summary>Tests that measure: they run alone, since the daemon's memory and the processors are shared with the others.</summary>
[CollectionDefinition(nameof(Figures), DisableParallelization = true)]
public sealed class Figures;
