using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Rebalance;

/// <summary>One instance as a pairing round sees it. All instances of a round are of one model and kernel class.</summary>
/// <param name="Report">Its last report.</param>
/// <param name="MovingOut">Requests ordered out of it whose moves have not ended.</param>
/// <param name="MovingIn">Requests ordered into it whose moves have not ended.</param>
public readonly record struct RebalanceInstance(LoadReport Report, int MovingOut = 0, int MovingIn = 0);
