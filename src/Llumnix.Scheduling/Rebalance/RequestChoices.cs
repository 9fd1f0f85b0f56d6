using System.Runtime.InteropServices;

namespace Llumnix.Scheduling.Rebalance;

/// <summary>The request choices by the names they have in configuration, and what follows from one.</summary>
public static class RequestChoices
{
    private static readonly SortedDictionary<string, Func<IRequestChoice>> Known = new(StringComparer.Ordinal)
    {
        ["first-waiting"] = () => new FirstWaitingChoice(),
        ["last-come"] = () => new LastComeChoice(),
        ["longest"] = () => new LongestChoice(),
        ["shortest"] = () => new ShortestChoice(),
    };

    private static readonly FirstWaitingChoice ServiceOrder = new();

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A request choice by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IRequestChoice Create(string name) => Known.TryGetValue(name, out var create)
        ? create()
        : throw new ArgumentException($"There is no request choice \"{name}\"; there are {string.Join(", ", Names)}.");

    /// <summary>
    /// The requests that an order moves, first to go first: in the order of the choice (waiting ones, where only those are asked for, in the
    /// order of service), passing over those that are of the wrong kind or do
    /// not fit in what is left of <see cref="MoveLimits.MaxBlocks"/>, until there are <see cref="MoveLimits.Count"/> or they free
    /// <see cref="MoveLimits.EnoughBlocks"/>.
    /// </summary>
    /// <param name="choice">The order.</param>
    /// <param name="candidates">The source's requests that are not on their way already; gets sorted.</param>
    /// <param name="limits">The limits.</param>
    public static IReadOnlyList<RequestId> Choose(IRequestChoice choice, List<MoveCandidate> candidates, MoveLimits limits)
    {
        // Those that wait have no KV to copy, so of them the one served next goes first.
        var order = limits.Kind == MoveKind.Waiting ? ServiceOrder : choice;
        CollectionsMarshal.AsSpan(candidates).Sort((left, right) => order.Compare(left, right));
        List<RequestId> chosen = [];
        int room = limits.MaxBlocks;
        long freed = 0;
        foreach (var candidate in candidates)
        {
            if (chosen.Count >= limits.Count || freed >= limits.EnoughBlocks) break;
            if (limits.Kind == MoveKind.Running ? !candidate.Running : limits.Kind == MoveKind.Waiting && candidate.Running) continue;
            if (candidate.Demand > room) continue;

            chosen.Add(candidate.Request);
            room -= candidate.Demand;
            freed += candidate.BlockCount;
        }

        return chosen;
    }
}
