using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>Which instance takes a request. One object serves one dispatcher and may keep state; it reads no clock and draws nothing itself.</summary>
public interface IDispatchPolicy
{
    /// <summary>Decides; allocates nothing.</summary>
    /// <param name="candidates">At least one instance that could take it, ordered by id.</param>
    /// <param name="request">The request.</param>
    /// <param name="draw">A random number in [0, 1).</param>
    /// <returns>The index of the chosen candidate, or -1 to hold the request back for now.</returns>
    int Choose(ReadOnlySpan<InstanceLoad> candidates, in DispatchRequest request, double draw);
}
