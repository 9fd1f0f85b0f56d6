using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Tests.Load;

/// <summary>Loads and reports for tests: 100 blocks of 16 tokens unless told.</summary>
internal static class Loads
{
    public static BatchLoad Batch(int used = 0, int running = 0, int headOfLine = 0, int total = 100, params ClassLoad[] classes) => new()
    {
        TotalBlocks = total,
        FreeBlocks = total - used,
        BlockSize = 16,
        Running = running,
        Waiting = headOfLine > 0 ? 1 : 0,
        MaxWaiting = 8,
        WaitingDemand = headOfLine,
        HeadOfLineDemand = headOfLine,
        Classes = classes,
    };

    public static LoadReport Report(string instance, long sequence = 1, BatchLoad? load = null, long incarnation = 1, bool terminating = false, string model = "m") =>
        new(new InstanceId(instance), incarnation, sequence, model, load ?? Batch(), terminating);
}
