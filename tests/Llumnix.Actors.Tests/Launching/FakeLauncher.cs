using System.Collections.Concurrent;
using Llumnix.Actors.Launching;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Scaling;

namespace Llumnix.Actors.Tests.Launching;

/// <summary>A launcher whose starts a test ends as it likes.</summary>
internal sealed class FakeLauncher : IInstanceLauncher
{
    /// <summary>Every start asked for, oldest first.</summary>
    public ConcurrentQueue<(string Model, TaskCompletionSource<LaunchPlace> End, CancellationToken Cancellation)> Starts { get; } = [];

    public ConcurrentQueue<LaunchPlace> GivenUp { get; } = [];

    public ConcurrentQueue<InstanceId> Ended { get; } = [];

    /// <summary>Thrown by the next ends.</summary>
    public LaunchException? EndProblem { get; set; }

    public bool IsDisposed { get; private set; }

    public async Task<LaunchPlace> StartAsync(string model, CancellationToken cancellationToken)
    {
        var end = new TaskCompletionSource<LaunchPlace>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var cancelled = cancellationToken.Register(() => end.TrySetCanceled(cancellationToken));
        Starts.Enqueue((model, end, cancellationToken));
        return await end.Task;
    }

    public Task GiveUpAsync(string model, LaunchPlace place, CancellationToken cancellationToken)
    {
        GivenUp.Enqueue(place);
        return Task.CompletedTask;
    }

    public bool CanEnd(string model, InstanceId instance, IReadOnlyList<InstanceId> all) => true;

    public Task EndAsync(string model, InstanceId instance, CancellationToken cancellationToken)
    {
        Ended.Enqueue(instance);
        return EndProblem is { } problem ? Task.FromException(problem) : Task.CompletedTask;
    }

    public Task<int> CountStartingAsync(string model, IReadOnlyList<InstanceId> all, CancellationToken cancellationToken) => Task.FromResult(0);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
