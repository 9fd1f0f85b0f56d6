namespace Llumnix.Simulation.Workloads;

/// <summary>Requests in the order of their arrival.</summary>
/// <param name="Description">What they are, in one line.</param>
/// <param name="Requests">Ordered by arrival.</param>
public sealed record Workload(string Description, WorkloadRequest[] Requests)
{
    /// <summary>Names of the tenants; one without a name where there are none.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [""];

    /// <summary>Tokens in each of a request's <see cref="WorkloadRequest.PrefixBlocks"/>.</summary>
    public int PrefixBlockTokens { get; init; } = 512;

    /// <summary>Requests per second between the first and the last arrival.</summary>
    public double Rate
    {
        get
        {
            double seconds = Requests.Length < 2 ? 0 : (Requests[^1].Arrival - Requests[0].Arrival).TotalSeconds;
            return seconds > 0 ? (Requests.Length - 1) / seconds : 0;
        }
    }

    /// <summary>Several workloads at once.</summary>
    public static Workload Mix(IReadOnlyList<Workload> parts)
    {
        if (parts.Count == 1) return parts[0];

        List<string> tenants = [.. parts.SelectMany(part => part.Tenants).Distinct()];
        var requests = parts
            .SelectMany(part => part.Requests.Select(request => request with { Tenant = tenants.IndexOf(part.Tenants[request.Tenant]) }))
            .OrderBy(request => request.Arrival)
            .ToArray();
        return new Workload(string.Join("; ", parts.Select(part => part.Description)), requests)
        {
            Tenants = tenants,
            PrefixBlockTokens = parts.Max(part => part.PrefixBlockTokens),
        };
    }
}
