using Llumnix.Scheduling.Batching;

namespace Llumnix.Scheduling.Load;

/// <summary>What an instance tells of itself, on change and as a sign of life.</summary>
/// <param name="Instance">Who speaks.</param>
/// <param name="Incarnation">Set when the instance started, and higher at each later start, so that a restart shows.</param>
/// <param name="Sequence">Rises with each report of an incarnation; a repetition has the same.</param>
/// <param name="Model">The served name of its model.</param>
/// <param name="Load">Its batch scheduler's load.</param>
/// <param name="Terminating">Whether it takes nothing new and ends when it is empty.</param>
public sealed record LoadReport(InstanceId Instance, long Incarnation, long Sequence, string Model, BatchLoad Load, bool Terminating)
{
    /// <summary>For each dispatcher, the newest of its tickets that this report includes (<see cref="DispatchMarks"/>).</summary>
    public DispatchTicket[] Tickets { get; init; } = [];

    /// <summary>Migrations under way out of it.</summary>
    public int MovingOut { get; init; }

    /// <summary>Migrations under way into it.</summary>
    public int MovingIn { get; init; }
}
