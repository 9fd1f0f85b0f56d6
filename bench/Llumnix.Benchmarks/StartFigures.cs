namespace Llumnix.Benchmarks;

/// <summary>How soon a started program serves.</summary>
/// <param name="Model">Which.</param>
/// <param name="Type">Number format of the weights.</param>
/// <param name="ReadySeconds">From the start of the process until it said its address.</param>
/// <param name="FirstTokenSeconds">From the start of the process until the first token of a request sent then.</param>
internal sealed record StartFigures(string Model, string Type, double ReadySeconds, double FirstTokenSeconds);
