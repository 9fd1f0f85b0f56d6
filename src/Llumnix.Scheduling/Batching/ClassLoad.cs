namespace Llumnix.Scheduling.Batching;

/// <summary>What one priority class has on an instance.</summary>
/// <param name="Running">Requests in the batch.</param>
/// <param name="PhysicalUsage">Blocks they hold; a block that several of them share counts for each.</param>
/// <param name="Waiting">Requests in the waiting queue.</param>
/// <param name="WaitingDemand">Blocks those would need for the tokens they have.</param>
public readonly record struct ClassLoad(int Running, int PhysicalUsage, int Waiting, int WaitingDemand);
