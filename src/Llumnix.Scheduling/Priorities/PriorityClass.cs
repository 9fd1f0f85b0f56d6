using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Priorities;

/// <summary>One priority class.</summary>
/// <param name="Name">What clients and operators call it.</param>
/// <param name="Headroom">Kept free on each instance that runs it.</param>
/// <param name="PreemptsLower">Whether its requests take the memory and the place of lower classes' running ones where they would otherwise wait.</param>
public sealed record PriorityClass(string Name, Headroom Headroom, bool PreemptsLower);
