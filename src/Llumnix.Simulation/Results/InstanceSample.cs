namespace Llumnix.Simulation.Results;

/// <summary>One instance at one moment.</summary>
/// <param name="Instance">Its number.</param>
/// <param name="Freeness">In blocks per running request, without headrooms.</param>
/// <param name="KvUsage">Share of its blocks in use.</param>
/// <param name="Running">Requests in its batch.</param>
/// <param name="Waiting">Requests in its queue.</param>
/// <param name="Terminating">Whether it is being drained.</param>
public readonly record struct InstanceSample(int Instance, float Freeness, float KvUsage, int Running, int Waiting, bool Terminating);
