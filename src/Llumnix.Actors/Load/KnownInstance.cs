using Akka.Actor;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Load;

/// <summary>An instance that is heard of.</summary>
/// <param name="Report">Its last report.</param>
/// <param name="Actor">Who takes orders.</param>
/// <param name="Suspected">Whether nothing was heard of it for too long to send it anything.</param>
internal sealed record KnownInstance(LoadReport Report, IActorRef Actor, bool Suspected)
{
    public InstanceId Id => Report.Instance;
}
