using Llumnix.Actors.Cluster;

namespace Llumnix.Host.Http;

/// <summary>An instance as operators see it.</summary>
/// <param name="KvUsage">The share of its blocks that requests hold, 0 to 1.</param>
internal sealed record InstanceView(
    string Id, string Model, string Node, string Device, string KernelClass, string State, int TotalBlocks, int FreeBlocks, int BlockSize,
    double KvUsage, int Running, int Waiting, double Freeness, long Preemptions, long GeneratedTokens, long PromptTokens)
{
    public static InstanceView Of(InstanceStatus status) => new(
        status.Id.Name, status.Model, status.Node, status.Device, status.KernelClass, status.State, status.TotalBlocks, status.FreeBlocks,
        status.BlockSize, status.TotalBlocks == 0 ? 0 : 1 - ((double)status.FreeBlocks / status.TotalBlocks), status.Running, status.Waiting,
        status.Freeness, status.Preemptions, status.GeneratedTokens, status.PromptTokens);
}
