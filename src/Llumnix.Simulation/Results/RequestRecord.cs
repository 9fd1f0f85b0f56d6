using Llumnix.Scheduling;

namespace Llumnix.Simulation.Results;

/// <summary>What became of one request; times in seconds.</summary>
/// <param name="Arrival">When it came.</param>
/// <param name="InputTokens">Its prompt.</param>
/// <param name="OutputTokens">What it generated.</param>
/// <param name="Priority">Its class in the workload.</param>
/// <param name="Tenant">Whose it was.</param>
/// <param name="Prefill">From its arrival to its first token.</param>
/// <param name="Request">From its arrival to its last token.</param>
/// <param name="Decode">From its first to its last token, per token after the first; NaN where it has one token only.</param>
/// <param name="DecodeExecution">The decode steps that it took part in.</param>
/// <param name="PreemptionLoss">From losing its blocks to its next token: queued again and computed again.</param>
/// <param name="Preemptions">How often that was.</param>
/// <param name="Migrations">How often it moved.</param>
/// <param name="Downtime">How long it stood still for it.</param>
/// <param name="Refusal">Why it was not served; null where it was.</param>
public readonly record struct RequestRecord(
    double Arrival,
    int InputTokens,
    int OutputTokens,
    Priority Priority,
    int Tenant,
    double Prefill,
    double Request,
    double Decode,
    double DecodeExecution,
    double PreemptionLoss,
    int Preemptions,
    int Migrations,
    double Downtime,
    string? Refusal);
