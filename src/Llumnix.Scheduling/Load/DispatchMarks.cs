using System.Runtime.InteropServices;

namespace Llumnix.Scheduling.Load;

/// <summary>
/// The instance's side of local accounting: for each dispatcher, the highest ticket that arrived, whether its request was taken or
/// refused. Of two requests on their way at once the later may arrive first; the earlier then counts as reported until it arrives.
/// </summary>
public sealed class DispatchMarks
{
    private readonly Dictionary<long, long> _marks = [];

    /// <summary>A request with this ticket arrived.</summary>
    public void Note(DispatchTicket ticket)
    {
        ref long mark = ref CollectionsMarshal.GetValueRefOrAddDefault(_marks, ticket.Dispatcher, out _);
        mark = Math.Max(mark, ticket.Number);
    }

    /// <summary>A dispatcher is gone for good.</summary>
    public void Forget(long dispatcher) => _marks.Remove(dispatcher);

    /// <summary>One ticket for each dispatcher, for a report.</summary>
    public DispatchTicket[] ToArray() => [.. _marks.Select(mark => new DispatchTicket(mark.Key, mark.Value))];
}
