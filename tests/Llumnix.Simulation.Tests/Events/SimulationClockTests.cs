using CsCheck;
using Llumnix.Simulation.Events;

namespace Llumnix.Simulation.Tests.Events;

public sealed class SimulationClockTests
{
    [Fact]
    public void Events_come_by_time_and_of_one_moment_in_the_order_they_were_made() =>
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 3]).Array[1, 300].Sample(steps =>
        {
            var clock = new SimulationClock();
            var log = new Log();
            var expected = new List<(TimeSpan At, int Kind)>();
            for (int i = 0; i < steps.Length; i++)
            {
                // Some are made while others have happened already; what is late happens now.
                var at = TimeSpan.FromTicks(steps[i].Item1);
                clock.At(at, log, i);
                expected.Add((at < clock.Now ? clock.Now : at, i));
                if (steps[i].Item2 == 0) Take(clock);
            }

            while (Take(clock))
            {
            }

            Assert.Equal(expected.Count, log.Seen.Count);
            Assert.Equal(expected.Order(), log.Seen.Order());
            Assert.All(log.Seen.Zip(log.Seen.Skip(1)), pair => Assert.True(pair.First.At <= pair.Second.At));
        });

    [Fact]
    public void Of_one_moment_the_first_made_is_the_first() =>
        Gen.Int[0, 5].Array[1, 200].Sample(times =>
        {
            var clock = new SimulationClock();
            var log = new Log();
            for (int i = 0; i < times.Length; i++) clock.At(TimeSpan.FromTicks(times[i]), log, i);
            while (Take(clock))
            {
            }

            Assert.Equal(times.Select((at, kind) => (TimeSpan.FromTicks(at), kind)).OrderBy(pair => pair), log.Seen);
        });

    private static bool Take(SimulationClock clock)
    {
        if (!clock.TryTake(out var happened)) return false;

        happened.Handler.Handle(happened);
        return true;
    }

    private sealed class Log : IEventHandler
    {
        public List<(TimeSpan At, int Kind)> Seen { get; } = [];

        public void Handle(in SimulationEvent happened) => Seen.Add((happened.At, happened.Kind));
    }
}
