namespace Llumnix.Benchmarks;

/// <summary>One model at one concurrency, through HTTP and in the bare engine loop.</summary>
/// <param name="Model">Which.</param>
/// <param name="Type">Number format of the weights and of KV memory.</param>
/// <param name="Concurrency">Streams at once; the batch of the bare loop.</param>
/// <param name="BareTokensPerSecond">Median over the rounds, while all requests decode.</param>
/// <param name="HttpTokensPerSecond">The same, by the times at which tokens reach the client.</param>
/// <param name="Ratio">Median over the rounds of HTTP's to the bare loop's of the same round.</param>
/// <param name="BareCpuMicroseconds">CPU time of the bare loop a token, prompts included.</param>
/// <param name="ServerCpuMicroseconds">CPU time of the serving process a token, prompts included.</param>
/// <param name="ClientCpuMicroseconds">CPU time of this client a token; it takes the same cores.</param>
/// <param name="FirstTokenMilliseconds">Median time from sending a request to its first token.</param>
internal sealed record HttpFigures(
    string Model, string Type, int Concurrency, double BareTokensPerSecond, double HttpTokensPerSecond, double Ratio,
    double BareCpuMicroseconds, double ServerCpuMicroseconds, double ClientCpuMicroseconds, double FirstTokenMilliseconds);
