using Llumnix.Scheduling.Load;
using Llumnix.Simulation.Events;

namespace Llumnix.Simulation.Cluster;

/// <summary>
/// The way of load reports to those who see alike: on change, at most one per interval and instance, each as it was when it was sent.
/// </summary>
internal sealed class ReportChannel(SimulationClock clock, ViewOptions options) : IEventHandler
{
    private const int Due = 0;
    private const int Arrives = 1;
    private const int EndArrives = 2;
    private readonly List<ILoadListener> _listeners = [];
    private readonly List<(TimeSpan Last, bool Pending)> _sent = [];

    public ViewOptions Options => options;

    public void Listen(ILoadListener listener) => _listeners.Add(listener);

    /// <summary>The instance's load is another one.</summary>
    public void Changed(SimulatedInstance instance)
    {
        while (_sent.Count <= instance.Index) _sent.Add((TimeSpan.MinValue, false));
        var (last, pending) = _sent[instance.Index];
        if (pending) return;
        if (last == TimeSpan.MinValue || clock.Now - last >= options.Interval)
        {
            Send(instance);
            return;
        }

        _sent[instance.Index] = (last, true);
        clock.At(last + options.Interval, this, Due, instance);
    }

    /// <summary>The instance is known from the beginning.</summary>
    public void Introduce(SimulatedInstance instance)
    {
        var report = instance.Report();
        foreach (var listener in _listeners) listener.Take(report);
    }

    /// <summary>The instance is no more.</summary>
    public void Ended(SimulatedInstance instance) => clock.After(options.Delay, this, EndArrives, instance);

    void IEventHandler.Handle(in SimulationEvent happened)
    {
        switch (happened.Kind)
        {
            case Due:
                Send((SimulatedInstance)happened.Payload!);
                break;
            case Arrives:
                var report = (LoadReport)happened.Payload!;
                foreach (var listener in _listeners) listener.Take(report);
                break;
            case EndArrives:
                foreach (var listener in _listeners) listener.Forget(((SimulatedInstance)happened.Payload!).Id);
                break;
            default:
                throw new InvalidOperationException($"A report channel knows no event {happened.Kind}.");
        }
    }

    private void Send(SimulatedInstance instance)
    {
        _sent[instance.Index] = (clock.Now, false);
        if (instance.HasEnded) return;

        var report = instance.Report();
        if (options.Delay > TimeSpan.Zero)
        {
            clock.After(options.Delay, this, Arrives, report);
            return;
        }

        foreach (var listener in _listeners) listener.Take(report);
    }
}
