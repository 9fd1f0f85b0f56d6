using CsCheck;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Scheduling.Tests.Batching;

public sealed class SequenceQueueTests
{
    private static Sequence Of(int priority, int arrival, int id) =>
        new(new SequenceSpec(new RequestId(0, (ulong)id), new Priority((byte)priority), arrival, 1, 2, []), PriorityArrivalOrder.Instance, keepHashes: false);

    [Fact]
    public void It_is_ordered_by_priority_then_arrival_then_id_whatever_joins_and_leaves() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 10_000]).Array[0, 300].Sample(operations =>
        {
            var queue = new SequenceQueue();
            var model = new List<Sequence>();
            for (int i = 0; i < operations.Length; i++)
            {
                var (priority, arrival, choice) = operations[i];
                if (choice % 5 < 3 || model.Count == 0)
                {
                    // Now and then a run of late arrivals, which moves the window to the end of its array.
                    var sequence = Of(priority, choice % 2 == 0 ? arrival : 10 + i, i);
                    queue.Add(sequence);
                    model.Add(sequence);
                    model.Sort(Sequence.Compare);
                }
                else
                {
                    int index = choice % 3 == 0 ? choice % model.Count : 0;
                    Assert.Equal(index, queue.IndexOf(model[index]));
                    queue.Remove(model[index]);
                    model.RemoveAt(index);
                }

                Assert.Equal(model, Enumerable.Range(0, queue.Count).Select(place => queue[place]));
            }
        }, iter: 200);

    [Fact]
    public void Joining_twice_or_leaving_without_having_joined_is_an_error()
    {
        var queue = new SequenceQueue();
        var sequence = Of(0, 0, 1);
        Assert.Throws<InvalidOperationException>(() => queue.Remove(sequence));
        queue.Add(sequence);
        Assert.Throws<InvalidOperationException>(() => queue.Add(sequence));
    }
}
