using Llumnix.Gpu.Execution;

namespace Llumnix.Gpu.Tests.Execution;

public sealed class WorkerTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_unit_of_every_phase_is_done_once_before_the_next_phase_begins(int members)
    {
        using WorkerTeam team = new(members, "test");
        int[] times = new int[300];
        int phase = 0;
        Action<int, int> body = (unit, rank) =>
        {
            Assert.InRange(rank, 0, members - 1);
            // What the phase before wrote is visible, and nobody is ahead.
            if (times[unit] != phase) throw new InvalidOperationException($"unit {unit} was done {times[unit]} times in {phase} phases");
            times[unit]++;
        };
        for (; phase < 500; phase++) team.For(300, body);

        Assert.All(times, count => Assert.Equal(500, count));
    }

    [Fact]
    public void Phases_of_no_and_of_one_unit_run_too()
    {
        using WorkerTeam team = new(3, "test");
        List<int> units = [];
        team.For(0, (unit, _) => units.Add(unit));
        team.For(1, (unit, _) => units.Add(unit));
        Assert.Equal([0], units);
    }

    [Fact]
    public void A_failure_reaches_the_leader_and_the_team_goes_on()
    {
        using WorkerTeam team = new(3, "test");
        Exception thrown = Assert.Throws<InvalidOperationException>(() => team.For(20, (unit, _) =>
        {
            if (unit == 13) throw new FormatException("thirteen");
        }));
        Assert.IsType<FormatException>(thrown.InnerException);

        int done = 0;
        team.For(20, (_, _) => Interlocked.Increment(ref done));
        Assert.Equal(20, done);
    }
}
