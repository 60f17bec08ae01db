namespace Ankole.Control;

/// <summary>One column of a kind's table, for <c>kubectl get</c>, for <c>ankole</c> and in the CRD.</summary>
/// <param name="JsonPath">Dotted, from the root: <c>.spec.size</c>.</param>
/// <param name="Type"><c>string</c>, <c>integer</c>, <c>boolean</c>, <c>date</c> (shown as an age) or <c>bytes</c> (shown as a size; a string in CRDs).</param>
/// <param name="Wide">Shown only in wide output.</param>
public sealed record PrinterColumn(string Name, string JsonPath, string Type = "string", bool Wide = false);
