using Llumnix.Actors.Cluster;

namespace Llumnix.Host.Http;

/// <summary>An instance as operators see it.</summary>
/// <param name="StepMs">A running mean of how long its steps take, in milliseconds; 0 before the first.</param>
/// <param name="KvUsage">The share of its blocks that requests hold, 0 to 1.</param>
/// <param name="Freeness">In blocks per request; null where the instance drains, which makes it infinitely full.</param>
internal sealed record InstanceView(
    string Id, string Model, string Node, string Device, string KernelClass, string State, int TotalBlocks, int FreeBlocks, int BlockSize,
    double KvUsage, int Running, int Waiting, double? Freeness, long Preemptions, long GeneratedTokens, long PromptTokens,
    double StepMs)
{
    public static InstanceView Of(InstanceStatus status) => new(
        status.Id.Name, status.Model, status.Node, status.Device, status.KernelClass, status.State, status.TotalBlocks, status.FreeBlocks,
        status.BlockSize, status.TotalBlocks == 0 ? 0 : 1 - ((double)status.FreeBlocks / status.TotalBlocks), status.Running, status.Waiting,
        double.IsFinite(status.Freeness) ? status.Freeness : null, status.Preemptions, status.GeneratedTokens, status.PromptTokens,
        status.StepMilliseconds);
}
