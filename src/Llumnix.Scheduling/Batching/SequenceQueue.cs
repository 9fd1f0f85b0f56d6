namespace Llumnix.Scheduling.Batching;

/// <summary>
/// Sequences in the order of service, in one array with room at both ends: adding and removing move the shorter side only, so that the
/// usual cases (join at the tail, leave at the head) cost a binary search.
/// </summary>
internal sealed class SequenceQueue
{
    private Sequence?[] _items = new Sequence?[16];
    private int _head = 8;

    public int Count { get; private set; }

    public Sequence this[int index] => _items[_head + index]!;

    /// <summary>The place of <paramref name="sequence"/>, or the complement of where it would be.</summary>
    public int IndexOf(Sequence sequence)
    {
        int low = 0;
        int high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Sequence.Compare(this[middle], sequence);
            if (order == 0) return middle;

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    public void Add(Sequence sequence)
    {
        int index = IndexOf(sequence);
        if (index >= 0) throw new InvalidOperationException($"Request {sequence.Id} is in the queue already.");

        index = ~index;
        bool left = index < Count - index;
        if (left ? _head == 0 : _head + Count == _items.Length) Recentre();

        if (left)
        {
            Array.Copy(_items, _head, _items, _head - 1, index);
            _head--;
        }
        else
        {
            Array.Copy(_items, _head + index, _items, _head + index + 1, Count - index);
        }

        _items[_head + index] = sequence;
        Count++;
    }

    public void Remove(Sequence sequence)
    {
        int index = IndexOf(sequence);
        if (index < 0) throw new InvalidOperationException($"Request {sequence.Id} is not in the queue.");

        RemoveAt(index);
    }

    public void RemoveAt(int index)
    {
        if (index < Count - 1 - index)
        {
            Array.Copy(_items, _head, _items, _head + 1, index);
            _items[_head++] = null;
        }
        else
        {
            Array.Copy(_items, _head + index + 1, _items, _head + index, Count - 1 - index);
            _items[_head + Count - 1] = null;
        }

        Count--;
    }

    // Growing only when more than half full keeps the amortized cost constant while the window wanders to one end.
    private void Recentre()
    {
        var target = Count * 2 > _items.Length ? new Sequence?[_items.Length * 2] : _items;
        int head = (target.Length - Count) / 2;
        Array.Copy(_items, _head, target, head, Count);
        if (ReferenceEquals(target, _items))
        {
            Array.Clear(_items, 0, head);
            Array.Clear(_items, head + Count, _items.Length - head - Count);
        }

        _items = target;
        _head = head;
    }
}
