using System.Collections.Immutable;

namespace Llumnix.Actors.Sessions;

/// <summary>What a request went through on its way.</summary>
/// <param name="Downtimes">
/// For each of its migrations, in order, how long it stood still: from leaving the source's batch to the destination being able to step
/// it. Null where nobody has told.
/// </param>
/// <param name="Recoveries">How often it was placed anew because its instance was lost, and computed again.</param>
public sealed record RequestMoves(ImmutableArray<TimeSpan?> Downtimes, int Recoveries)
{
    public static RequestMoves None { get; } = new([], 0);

    /// <summary>Both together, as for the choices of one call.</summary>
    public RequestMoves Add(RequestMoves other) => new(Downtimes.AddRange(other.Downtimes), Recoveries + other.Recoveries);
}
