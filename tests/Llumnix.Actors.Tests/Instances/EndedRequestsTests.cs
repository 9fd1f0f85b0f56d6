using Akka.Actor;
using Llumnix.Actors.Instances;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.Instances;

public sealed class EndedRequestsTests
{
    private readonly ManualTime _time = new();
    private readonly EndedRequests _ended;

    public EndedRequestsTests() => _ended = new EndedRequests(TimeSpan.FromSeconds(60), _time);

    [Fact]
    public void A_request_is_remembered_for_the_window_and_no_longer()
    {
        Add(1, placement: 1);
        _time.Advance(TimeSpan.FromSeconds(59));
        _ended.Expire();
        Assert.True(_ended.TryGet(Id(1), out _));

        _time.Advance(TimeSpan.FromSeconds(1));
        _ended.Expire();

        Assert.False(_ended.TryGet(Id(1), out _));
        Assert.Equal(0, _ended.Count);
    }

    [Fact]
    public void A_request_that_ended_again_is_remembered_from_then_on()
    {
        Add(1, placement: 1);
        _time.Advance(TimeSpan.FromSeconds(40));
        Add(1, placement: 2);
        _time.Advance(TimeSpan.FromSeconds(40));

        _ended.Expire();

        Assert.True(_ended.TryGet(Id(1), out var ended));
        Assert.Equal(new Epoch(1, 2), ended.Epoch);
    }

    [Fact]
    public void However_many_end_only_the_newest_are_kept()
    {
        for (ulong i = 1; i <= 70_000; i++) Add(i, placement: 1);

        Assert.Equal(1 << 16, _ended.Count);
        Assert.False(_ended.TryGet(Id(1), out _));
        Assert.True(_ended.TryGet(Id(70_000), out _));
    }

    private static RequestId Id(ulong number) => new(1, number << 16);

    private void Add(ulong number, int placement) =>
        _ended.Add(new EndedRequest(Id(number), new Epoch(1, placement), null, ActorRefs.Nobody, _time.GetTimestamp()));
}
