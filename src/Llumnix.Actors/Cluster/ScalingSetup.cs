using Llumnix.Actors.Configuration;
using Llumnix.Actors.Launching;

namespace Llumnix.Actors.Cluster;

/// <summary>What the manager's scaling is made with.</summary>
/// <param name="Options">When and by whom.</param>
/// <param name="Models">The models whose instances are kept.</param>
/// <param name="CreateLauncher">Makes the launcher.</param>
/// <param name="Time">The clock.</param>
internal sealed record ScalingSetup(
    ScalingOptions Options, IReadOnlyList<ModelOptions> Models, Func<IInstanceLauncher> CreateLauncher, TimeProvider Time);
