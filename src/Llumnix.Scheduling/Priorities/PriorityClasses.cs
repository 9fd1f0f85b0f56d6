using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Priorities;

/// <summary>
/// The priority classes, the most urgent first. A class's rank is its place in waiting queues (before all of the classes after it) and in
/// preemption (after them).
/// </summary>
public sealed class PriorityClasses
{
    /// <summary>The most classes there can be.</summary>
    public const int Most = byte.MaxValue + 1;

    private readonly PriorityClass[] _classes;

    /// <param name="classes">The most urgent first.</param>
    /// <param name="defaultName">The class of a request that names none.</param>
    /// <exception cref="ArgumentException">There are none or too many, two have one name, or the default is none of them.</exception>
    public PriorityClasses(IEnumerable<PriorityClass> classes, string defaultName)
    {
        _classes = [.. classes];
        if (_classes.Length is 0 or > Most) throw new ArgumentException($"There are {_classes.Length} priority classes; there must be 1 to {Most}.");
        if (_classes.GroupBy(one => one.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"There are {twice.Count()} priority classes {twice.Key}; each needs a name of its own.");

        Default = TryFind(defaultName, out var found)
            ? found
            : throw new ArgumentException($"There is no priority class {defaultName} to be the default; there are {string.Join(", ", Names)}.");
        Headrooms = new Headrooms(_classes.Select(one => one.Headroom));
    }

    /// <summary>
    /// high, normal and low, normal being the default. High ones have the headroom of the paper's evaluation: its target of 1,600 tokens is
    /// 12 % of the memory of its instances; and they preempt the others.
    /// </summary>
    public static PriorityClasses Standard { get; } = new(
        [
            new PriorityClass("high", Headroom.AboveShare(0.12), PreemptsLower: true),
            new PriorityClass("normal", Headroom.None, PreemptsLower: false),
            new PriorityClass("low", Headroom.None, PreemptsLower: false),
        ],
        "normal");

    /// <summary>By rank.</summary>
    public IReadOnlyList<PriorityClass> All => _classes;

    /// <summary>The names, by rank.</summary>
    public IEnumerable<string> Names => _classes.Select(one => one.Name);

    /// <summary>The class of a request that names none.</summary>
    public Priority Default { get; }

    /// <summary>By rank.</summary>
    public Headrooms Headrooms { get; }

    /// <summary>The ranks of the classes that preempt lower ones.</summary>
    public IReadOnlyList<bool> PreemptsLower => [.. _classes.Select(one => one.PreemptsLower)];

    /// <summary>The class of this name; false where there is none.</summary>
    public bool TryFind(string name, out Priority priority)
    {
        int rank = Array.FindIndex(_classes, one => one.Name == name);
        priority = new Priority((byte)Math.Max(0, rank));
        return rank >= 0;
    }

    /// <summary>The name of a class; its rank where another node has classes that this one has not.</summary>
    public string NameOf(Priority priority) => priority.Rank < _classes.Length ? _classes[priority.Rank].Name : priority.ToString();
}
