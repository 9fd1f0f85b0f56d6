using CsCheck;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Dispatch;
using Llumnix.Scheduling.Load;
using static Llumnix.Scheduling.Tests.Load.Loads;

namespace Llumnix.Scheduling.Tests.Load;

public sealed class LoadViewTests
{
    private const long Dispatcher = 77;
    private static readonly DispatchRequest Request = new("m", Priority.Normal, Tokens: 33);
    private readonly LoadView _view = new(Dispatcher, suspectAfter: TimeSpan.FromSeconds(1), new Headrooms(0, 10));
    private readonly FreenessDispatch _freeness = new(spread: 0);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private DispatchDecision Dispatch(DispatchRequest? request = null, double at = 0, params InstanceId[] excluded) =>
        _view.Dispatch(_freeness, request ?? Request, excluded, draw: 0, At(at));

    private InstanceLoad Load(string instance) => _view.Find(new InstanceId(instance))!;

    [Fact]
    public void A_request_goes_to_the_freest_instance_of_its_model()
    {
        _view.Apply(Report("a", load: Batch(used: 40, running: 1)), At(0));
        _view.Apply(Report("b", load: Batch(used: 10, running: 1)), At(0));
        _view.Apply(Report("c", model: "other"), At(0));
        var decision = Dispatch();
        Assert.Equal((DispatchOutcome.Chosen, new InstanceId("b")), (decision.Outcome, decision.Instance));
        Assert.Equal(new DispatchTicket(Dispatcher, 1), decision.Ticket);
    }

    [Fact]
    public void What_was_sent_counts_as_running_until_a_report_includes_it()
    {
        _view.Apply(Report("a", load: Batch(used: 10, running: 1, classes: [new ClassLoad(1, 10, 0, 0)])), At(0));
        Assert.Equal(90, Load("a").Freeness);
        var first = Dispatch();
        var second = Dispatch();

        // 33 tokens are 3 blocks each, and the class that did not run brings its headroom of 10.
        Assert.Equal((90 - 6 - 10) / 3.0, Load("a").Freeness);
        Assert.Equal((2, 6, 3), (Load("a").SentCount, Load("a").SentDemand, Load("a").Running));

        var load = Batch(used: 13, running: 2, classes: [new ClassLoad(1, 10, 0, 0), new ClassLoad(1, 3, 0, 0)]);
        _view.Apply(Report("a", sequence: 2, load) with { Tickets = [new(1, 99), first.Ticket] }, At(0.1));
        Assert.Equal((1, 3), (Load("a").SentCount, Load("a").SentDemand));
        Assert.Equal((100 - 13 - 10 - 3) / 3.0, Load("a").Freeness);
        _view.Apply(Report("a", sequence: 3, load) with { Tickets = [second.Ticket] }, At(0.2));
        Assert.Equal((0, (100 - 13 - 10) / 2.0), (Load("a").SentCount, Load("a").Freeness));
    }

    [Fact]
    public void A_burst_between_two_reports_is_spread()
    {
        foreach (string name in (string[])["a", "b", "c"]) _view.Apply(Report(name), At(0));
        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, 3).Select(_ => Dispatch().Instance.Name).Order());
    }

    [Fact]
    public void Older_reports_are_dropped_and_repetitions_are_signs_of_life()
    {
        Assert.Equal(ReportVerdict.Started, _view.Apply(Report("a", sequence: 5, Batch(used: 5)), At(0)));
        Assert.Equal(ReportVerdict.Stale, _view.Apply(Report("a", sequence: 4, Batch(used: 4)), At(0)));
        Assert.Equal(ReportVerdict.Repeated, _view.Apply(Report("a", sequence: 5, Batch(used: 5)), At(0)));
        Assert.Equal(ReportVerdict.Fresh, _view.Apply(Report("a", sequence: 6, Batch(used: 6)), At(0)));
        Assert.Equal(ReportVerdict.Started, _view.Apply(Report("a", sequence: 1, Batch(used: 1), incarnation: 2), At(0)));
        Assert.Equal(ReportVerdict.Stale, _view.Apply(Report("a", sequence: 9, Batch(used: 9), incarnation: 1), At(0)));
        Assert.Equal(1, Load("a").Report.Load.UsedBlocks);
    }

    [Fact]
    public void What_was_sent_to_an_instance_that_started_again_is_gone()
    {
        _view.Apply(Report("a"), At(0));
        Dispatch();
        _view.Apply(Report("a", sequence: 1, incarnation: 2), At(0));
        Assert.Equal(0, Load("a").SentCount);
    }

    [Fact]
    public void An_instance_unheard_for_too_long_is_suspected_once_and_gets_nothing_until_it_speaks()
    {
        _view.Apply(Report("a"), At(0));
        _view.Apply(Report("b", load: Batch(used: 50, running: 1)), At(0.5));
        Assert.Empty(Suspects(1.0));
        Assert.Equal(["a"], Suspects(1.1));
        Assert.Empty(Suspects(1.2));
        Assert.Equal("b", Dispatch(at: 1.2).Instance.Name);
        _view.Apply(Report("a"), At(1.3));
        Assert.Equal("a", Dispatch(at: 1.3).Instance.Name);
        Assert.Equal(["b"], Suspects(1.6));
    }

    [Fact]
    public void Nobody_is_suspected_for_a_silence_in_which_the_listener_itself_stood_still()
    {
        _view.Apply(Report("a"), At(0));
        _view.RestartClocks(At(5));
        Assert.Empty(Suspects(5.9));
        Assert.Equal(["a"], Suspects(6.1));
    }

    [Fact]
    public void A_request_that_no_report_ever_includes_stops_counting_after_a_while()
    {
        _view.Apply(Report("a"), At(0));
        Dispatch(at: 0);
        Dispatch(at: 0.5);
        _view.Apply(Report("a", sequence: 2), At(1));
        Suspects(1.2);
        Assert.Equal((1, 3), (Load("a").SentCount, Load("a").SentDemand));
    }

    [Fact]
    public void Terminating_excluded_and_removed_instances_get_nothing_and_the_reason_is_told()
    {
        Assert.Equal(DispatchOutcome.UnknownModel, Dispatch().Outcome);
        _view.Apply(Report("a", terminating: true), At(0));
        Assert.Equal(DispatchOutcome.NoneAvailable, Dispatch().Outcome);
        _view.Apply(Report("b"), At(0));
        Assert.Equal("b", Dispatch().Instance.Name);
        Assert.Equal(DispatchOutcome.AllExcluded, Dispatch(null, 0, new InstanceId("b")).Outcome);
        Assert.False(_view.Remove(new InstanceId("b"), incarnation: 0));
        Assert.True(_view.Remove(new InstanceId("b"), incarnation: 1));
        Assert.Equal(DispatchOutcome.NoneAvailable, Dispatch().Outcome);
        _view.Remove(new InstanceId("a"), incarnation: 1);
        Assert.False(_view.Serves("m"));
        Assert.Equal(DispatchOutcome.UnknownModel, Dispatch().Outcome);
    }

    [Fact]
    public void A_preferred_instance_is_taken_where_it_can_be()
    {
        _view.Apply(Report("a", load: Batch(used: 90, running: 1)), At(0));
        _view.Apply(Report("b"), At(0));
        var siblings = Request with { Preferred = new InstanceId("a") };
        Assert.Equal("a", Dispatch(siblings).Instance.Name);
        Assert.Equal("b", Dispatch(siblings, 0, new InstanceId("a")).Instance.Name);
    }

    [Fact]
    public void A_policy_may_hold_a_request_back()
    {
        _view.Apply(Report("a"), At(0));
        Assert.Equal(DispatchOutcome.HeldBack, _view.Dispatch(new HoldsBack(), Request, [], 0, At(0)).Outcome);
        Assert.Equal(0, Load("a").SentCount);
    }

    [Fact]
    public void A_decision_among_many_instances_allocates_nothing()
    {
        for (int i = 0; i < 200; i++) _view.Apply(Report($"i{i:000}"), At(0));
        var spread = new FreenessDispatch(spread: 1000);
        var turn = new RoundRobinDispatch();

        long Allocated(int decisions)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < decisions; i++)
            {
                _view.Dispatch(spread, Request, [], 0.5, At(0));
                _view.Dispatch(turn, Request, [], 0.5, At(0));
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(4000);
        for (int i = 0; i < 200; i++) _view.Apply(Report($"i{i:000}", sequence: 2) with { Tickets = [new(Dispatcher, long.MaxValue)] }, At(0));
        Assert.Equal(0, Allocated(200));
    }

    /// <summary>Requests and reports on their way to and from two instances, lost and reordered at random.</summary>
    [Fact]
    public void However_reports_and_requests_are_lost_and_overtake_each_other_nothing_counts_twice_and_all_is_seen_in_the_end()
    {
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 1000]).Array[1, 200].Sample(operations =>
        {
            var view = new LoadView(Dispatcher, TimeSpan.FromDays(1), Headrooms.None);
            var marks = new DispatchMarks();
            var arrived = new HashSet<long>();
            var travelling = new List<DispatchTicket>();
            var reports = new List<(LoadReport Report, HashSet<long> Includes)>();
            var lost = new HashSet<long>();
            var decided = new HashSet<long>();
            HashSet<long> seen = [];
            long sequence = 1;
            view.Apply(Report("a", sequence), TimeSpan.Zero);

            void Speak() => reports.Add((Report("a", ++sequence, Batch(arrived.Count, arrived.Count, total: 1000)) with { Tickets = marks.ToArray() }, [.. arrived]));

            void Hear(int index)
            {
                var (report, includes) = reports[index];
                reports.RemoveAt(index);
                if (view.Apply(report, TimeSpan.Zero) != ReportVerdict.Stale) seen = includes;
            }

            void Check()
            {
                var load = view.Find(new InstanceId("a"))!;

                // Every request counts once: those the report includes there, of the others at most each.
                Assert.True(load.SentCount <= decided.Except(seen).Count(), "A request counts twice.");
                Assert.Equal(seen.Count + load.SentCount, load.Running);
            }

            foreach (var (kind, choice) in operations)
            {
                switch (kind)
                {
                    case 0 or 1:
                        var ticket = view.Dispatch(_freeness, Request, [], 0, TimeSpan.Zero).Ticket;
                        decided.Add(ticket.Number);
                        travelling.Add(ticket);
                        break;
                    case 2 when travelling.Count > 0:
                        int index = choice % travelling.Count;
                        marks.Note(travelling[index]);
                        arrived.Add(travelling[index].Number);
                        travelling.RemoveAt(index);
                        break;
                    case 3 when travelling.Count > 0 && choice % 4 == 0:
                        index = choice % travelling.Count;
                        lost.Add(travelling[index].Number);
                        travelling.RemoveAt(index);
                        break;
                    case 4:
                        Speak();
                        break;
                    case 5 when reports.Count > 0 && choice % 4 == 0:
                        reports.RemoveAt(choice % reports.Count);
                        break;
                    case 5 when reports.Count > 0:
                        Hear(choice % reports.Count);
                        break;
                    default:
                        break;
                }

                Check();
            }

            // One more request arrives after all others: its report settles every account.
            var last = view.Dispatch(_freeness, Request, [], 0, TimeSpan.Zero).Ticket;
            foreach (var ticket in travelling.Append(last))
            {
                marks.Note(ticket);
                arrived.Add(ticket.Number);
            }

            Speak();
            Hear(reports.Count - 1);
            Assert.Equal(0, view.Find(new InstanceId("a"))!.SentCount);
            Assert.Equal(decided.Count + 1 - lost.Count, view.Find(new InstanceId("a"))!.Running);
        }, iter: 300);
    }

    [Fact]
    public void A_dispatcher_that_is_gone_is_left_out_of_reports()
    {
        var marks = new DispatchMarks();
        marks.Note(new(1, 5));
        marks.Note(new(1, 4));
        marks.Note(new(2, 1));
        marks.Forget(2);
        Assert.Equal([new DispatchTicket(1, 5)], marks.ToArray());
    }

    private string[] Suspects(double seconds)
    {
        var suspects = new List<InstanceId>();
        _view.Check(At(seconds), suspects);
        return [.. suspects.Select(id => id.Name)];
    }

    private sealed class HoldsBack : IDispatchPolicy
    {
        public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw) => null;
    }
}
