namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/health/live</c> and <c>/health/ready</c>.</summary>
internal sealed record HealthView(string Status);
