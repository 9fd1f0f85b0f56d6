using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;

namespace Llumnix.Simulation.Cluster;

/// <summary>Somebody who hears instances' reports.</summary>
internal interface ILoadListener
{
    void Take(LoadReport report);

    void Forget(InstanceId instance);
}
