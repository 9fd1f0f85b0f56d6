namespace Llumnix.Benchmarks;

/// <summary>What the command <c>http</c> measured.</summary>
internal sealed record HttpReport(IReadOnlyList<StartFigures> Starts, IReadOnlyList<HttpFigures> Figures);
