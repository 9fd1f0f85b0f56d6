using Llumnix.Scheduling;

namespace Llumnix.Simulation.Workloads;

/// <summary>Which share of the requests has which priority and is whose; each rest is normal and nobody's.</summary>
/// <param name="Priorities">Shares in [0, 1] of priority classes.</param>
/// <param name="Tenants">Shares in [0, 1] of tenants.</param>
public sealed record ClassShares(IReadOnlyList<(Priority Priority, double Share)> Priorities, IReadOnlyList<(string Name, double Share)> Tenants)
{
    /// <summary>All normal, of no tenant.</summary>
    public static ClassShares AllNormal { get; } = new([], []);

    internal IReadOnlyList<string> TenantNames { get; } = ["", .. Tenants.Select(tenant => tenant.Name)];

    internal (Priority Priority, int Tenant) Draw(SimulationRandom random)
    {
        var priority = Priority.Normal;
        double draw = random.NextUniform();
        foreach (var (candidate, share) in Priorities)
        {
            if ((draw -= share) >= 0) continue;
            priority = candidate;
            break;
        }

        draw = random.NextUniform();
        for (int i = 0; i < Tenants.Count; i++)
        {
            if ((draw -= Tenants[i].Share) < 0) return (priority, i + 1);
        }

        return (priority, 0);
    }
}
