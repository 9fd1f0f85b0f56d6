using System.Diagnostics.CodeAnalysis;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// The requests that a dispatcher's policy would rather keep until an instance has room, in the order in which they are to be placed:
/// priority, then the queue order's place, then arrival, then id. Not safe for concurrent use.
/// </summary>
/// <typeparam name="T">What is kept of each.</typeparam>
/// <param name="most">The most that may be kept.</param>
/// <param name="order">Their order within a priority class.</param>
public sealed class HeldRequests<T>(int most, IQueueOrder order)
{
    private readonly SortedDictionary<Place, T> _inOrder = [];
    private readonly Dictionary<RequestId, Place> _places = [];

    public int Count => _places.Count;

    /// <summary>All, first the one to be placed first.</summary>
    public IEnumerable<T> InOrder => _inOrder.Values;

    /// <summary>What is kept of a request.</summary>
    public bool TryGet(RequestId request, [MaybeNullWhen(false)] out T held)
    {
        held = default;
        return _places.TryGetValue(request, out var place) && _inOrder.TryGetValue(place, out held);
    }

    /// <summary>Keeps a request that is not kept yet; false where as many are kept as may be.</summary>
    /// <param name="request">Its id.</param>
    /// <param name="queued">What its place depends on.</param>
    /// <param name="held">What is to be kept of it.</param>
    /// <param name="always">Keep it beyond the most, too: for a request that has begun, whose client was promised an end.</param>
    public bool TryAdd(RequestId request, in QueuedRequest queued, T held, bool always = false)
    {
        if (_places.Count >= most && !always) return false;

        var place = new Place(queued.Priority, order.PlaceOf(queued), queued.Arrival, request);
        _places.Add(request, place);
        _inOrder.Add(place, held);
        return true;
    }

    /// <summary>Lets go of a request; false where it is not kept.</summary>
    public bool Remove(RequestId request, [MaybeNullWhen(false)] out T held)
    {
        held = default;
        return _places.Remove(request, out var place) && _inOrder.Remove(place, out held);
    }

    private readonly record struct Place(Priority Priority, long Number, long Arrival, RequestId Id) : IComparable<Place>
    {
        public int CompareTo(Place other)
        {
            int order = Priority.CompareTo(other.Priority);
            if (order == 0) order = Number.CompareTo(other.Number);
            if (order == 0) order = Arrival.CompareTo(other.Arrival);
            return order != 0 ? order : Id.CompareTo(other.Id);
        }
    }
}
