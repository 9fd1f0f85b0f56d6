using Llumnix.Scheduling;
using Llumnix.Scheduling.Scaling;

namespace Llumnix.Actors.Launching;

/// <summary>
/// Starts and ends instances for the global manager, which decides when, drains them first, and judges by their reports whether they are
/// there. What goes wrong is a <see cref="LaunchException"/>: one sentence, shown to operators. Disposed of where the manager ends.
/// </summary>
public interface IInstanceLauncher : IAsyncDisposable
{
    /// <summary>
    /// Starts one instance of a model; returns where it is, as soon as that is known. A start that is cancelled or fails leaves nothing
    /// behind.
    /// </summary>
    /// <exception cref="LaunchException">It could not be started.</exception>
    Task<LaunchPlace> StartAsync(string model, CancellationToken cancellationToken);

    /// <summary>Undoes a start that returned a place where nothing came of it.</summary>
    /// <exception cref="LaunchException">It could not be undone.</exception>
    Task GiveUpAsync(string model, LaunchPlace place, CancellationToken cancellationToken);

    /// <summary>Whether it could end an instance now, were it empty.</summary>
    /// <param name="model">The model.</param>
    /// <param name="instance">One of its instances.</param>
    /// <param name="all">All instances of the model that are there.</param>
    bool CanEnd(string model, InstanceId instance, IReadOnlyList<InstanceId> all);

    /// <summary>Ends an instance, which is empty.</summary>
    /// <exception cref="LaunchException">It could not be ended.</exception>
    Task EndAsync(string model, InstanceId instance, CancellationToken cancellationToken);

    /// <summary>How many starts of a model it knows to be under way, those of earlier managers included.</summary>
    /// <param name="model">The model.</param>
    /// <param name="all">All instances of the model that are there.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <exception cref="LaunchException">It cannot tell.</exception>
    Task<int> CountStartingAsync(string model, IReadOnlyList<InstanceId> all, CancellationToken cancellationToken);
}
