using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Scaling;

/// <summary>A live instance as scaling sees it.</summary>
/// <param name="Report">Its last report.</param>
/// <param name="CanEnd">Whether the launcher could end it, were it empty.</param>
/// <param name="Leaving">Whether it drains in order to end.</param>
/// <param name="Settled">Whether it does and owes nobody anything any more.</param>
public sealed record ScaledInstance(LoadReport Report, bool CanEnd = true, bool Leaving = false, bool Settled = false)
{
    public InstanceId Id => Report.Instance;
}
