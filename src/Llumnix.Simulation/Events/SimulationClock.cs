namespace Llumnix.Simulation.Events;

/// <summary>
/// Virtual time and what is to happen in it: a heap of four children a node, ordered by time and then by the order of the calls, so that a
/// run depends on nothing but its input.
/// </summary>
internal sealed class SimulationClock
{
    private const int Children = 4;
    private SimulationEvent[] _heap = new SimulationEvent[256];
    private int _count;
    private long _order;

    /// <summary>The moment of the event being handled.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Events handled so far.</summary>
    public long Handled { get; private set; }

    /// <summary>Lets <paramref name="handler"/> hear of <paramref name="kind"/> after <paramref name="delay"/>.</summary>
    public void After(TimeSpan delay, IEventHandler handler, int kind, object? payload = null) => At(Now + delay, handler, kind, payload);

    /// <summary>Lets <paramref name="handler"/> hear of <paramref name="kind"/> at <paramref name="time"/>, at the earliest now.</summary>
    public void At(TimeSpan time, IEventHandler handler, int kind, object? payload = null)
    {
        if (_count == _heap.Length) Array.Resize(ref _heap, _count * 2);

        var added = new SimulationEvent(time < Now ? Now : time, _order++, handler, kind, payload);
        int index = _count++;
        while (index > 0)
        {
            int parent = (index - 1) / Children;
            if (IsBefore(_heap[parent], added)) break;

            _heap[index] = _heap[parent];
            index = parent;
        }

        _heap[index] = added;
    }

    /// <summary>Takes the next event and moves the clock to it; false where nothing is to happen any more.</summary>
    public bool TryTake(out SimulationEvent next)
    {
        if (_count == 0)
        {
            next = default;
            return false;
        }

        next = _heap[0];
        Now = next.At;
        Handled++;
        var last = _heap[--_count];
        _heap[_count] = default;
        if (_count > 0) Sink(last);
        return true;
    }

    private void Sink(in SimulationEvent last)
    {
        int index = 0;
        while (true)
        {
            int first = (index * Children) + 1;
            if (first >= _count) break;

            int least = first;
            int end = Math.Min(first + Children, _count);
            for (int child = first + 1; child < end; child++)
            {
                if (IsBefore(_heap[child], _heap[least])) least = child;
            }

            if (IsBefore(last, _heap[least])) break;

            _heap[index] = _heap[least];
            index = least;
        }

        _heap[index] = last;
    }

    private static bool IsBefore(in SimulationEvent left, in SimulationEvent right) =>
        left.At != right.At ? left.At < right.At : left.Order < right.Order;
}
