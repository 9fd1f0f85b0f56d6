using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>Which instance takes a request. One object serves one dispatcher and may keep state; it reads no clock and draws nothing itself.</summary>
public interface IDispatchPolicy
{
    /// <summary>Whether it looks at <see cref="DispatchRequest.Prefix"/>; if not, nobody computes it.</summary>
    bool ReadsPrefix => false;

    /// <summary>
    /// The order in which <see cref="DispatchCandidates.Best"/> and <see cref="DispatchCandidates.DrawBest"/> have the instances, lowest
    /// first, by what is known of each alone. It is asked for when that changes, not for each request.
    /// </summary>
    double Rank(InstanceLoad load) => 0;

    /// <summary>Decides; allocates nothing.</summary>
    /// <param name="candidates">At least one instance that could take it; not to be kept.</param>
    /// <param name="request">The request.</param>
    /// <param name="draw">A random number in [0, 1).</param>
    /// <returns>One of the candidates, or null to hold the request back for now: it is asked about again when a load has changed.</returns>
    InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw);

    /// <summary>A request went to an instance, by its own choice or not.</summary>
    void Dispatched(in DispatchRequest request, InstanceLoad target)
    {
    }

    /// <summary>An instance is gone, and its prefix cache with it; one of the same name may come after it.</summary>
    void Forget(InstanceId instance)
    {
    }
}
