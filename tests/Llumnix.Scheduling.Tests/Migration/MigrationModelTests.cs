using System.Collections.Immutable;
using System.Globalization;
using CsCheck;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Requests;
using Xunit.Abstractions;
using Budget = Llumnix.Scheduling.Tests.Migration.MigrationWorld.Budget;

namespace Llumnix.Scheduling.Tests.Migration;

/// <summary>Explores every interleaving of entity, source and destination with faults, breadth first, to a stated number of steps.</summary>
public sealed class MigrationModelTests(ITestOutputHelper output)
{
    private static readonly int MaxStates =
        int.TryParse(Environment.GetEnvironmentVariable("LLUMNIX_MODEL_STATES"), CultureInfo.InvariantCulture, out int states) ? states : 6_000;

    public static TheoryData<string, Budget> Faults() => new()
    {
        { "none", new Budget { Moves = 1 } },
        { "a message lost", new Budget { Moves = 1, Drops = 1 } },
        { "a message repeated", new Budget { Moves = 1, Repeats = 1 } },
        { "an instance crashed", new Budget { Moves = 1, Crashes = 1 } },
        { "an instance suspected", new Budget { Moves = 1, Suspicions = 1 } },
        { "the client cancels", new Budget { Moves = 1, Cancels = 1 } },
        { "a stage fails", new Budget { Moves = 1, StageFailures = 1 } },
        { "the reservation lapses", new Budget { Moves = 1, Lapses = 1 } },
        { "two moves, one fault of several kinds", new Budget { Moves = 2, Drops = 1, StageFailures = 1 } },
        { "everything", new Budget { Moves = 2, Drops = 1, Repeats = 1, Crashes = 1, Suspicions = 1, Cancels = 1, StageFailures = 1, Lapses = 1 } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void One_epoch_is_accepted_no_token_is_lost_and_every_copy_ends(string faults, Budget budget)
    {
        var start = MigrationWorld.Start(budget);
        var seen = new HashSet<string> { start.Key };
        var layer = new List<(MigrationWorld World, ImmutableStack<string> Path)> { (start, []) };
        int depth = 0;
        int moved = 0;
        while (layer.Count > 0 && seen.Count < MaxStates)
        {
            var next = new List<(MigrationWorld, ImmutableStack<string>)>();
            foreach (var (world, path) in layer)
            {
                Check(world, path);
                if (world.Instances[MigrationWorld.A].Out?.Outcome == MigrationOutcome.Moved) moved++;
                foreach (var (name, reached) in world.Steps())
                {
                    if (seen.Count < MaxStates && seen.Add(reached.Key)) next.Add((reached, path.Push(name)));
                }
            }

            layer = next;
            depth++;
        }

        output.WriteLine($"{faults}: {seen.Count} states, {depth} steps deep, {(layer.Count == 0 ? "all there are" : "cut off there")}, {moved} with the request moved");
        if (faults == "none") Assert.True(moved > 0, "no interleaving moved the request: the model explores nothing");
    }

    [Fact]
    public void However_long_faults_of_all_kinds_go_on_everything_ends_well() =>
        Gen.Int[0, int.MaxValue].Array[1, 60].Sample(
            choices =>
            {
                var world = MigrationWorld.Start(
                    new Budget { Moves = 3, Drops = 3, Repeats = 3, Crashes = 1, Suspicions = 2, Cancels = 1, StageFailures = 2, Lapses = 2 });
                ImmutableStack<string> path = [];
                foreach (int choice in choices)
                {
                    var steps = world.Steps().ToList();
                    if (steps.Count == 0) break;
                    var (name, next) = steps[choice % steps.Count];
                    (world, path) = (next, path.Push(name));
                }

                Check(world, path);
            },
            iter: 2_000);

    private static void Check(MigrationWorld world, ImmutableStack<string> path)
    {
        try
        {
            Assert.True(
                world.Instances.Values.Count(instance => instance.Copy is { Stopped: false } copy && copy.Epoch == world.Entity.Epoch) <= 1,
                "two copies run in the accepted epoch");
            if (world.Instances[MigrationWorld.A] is { Out.Phase: SourcePhase.Committing or SourcePhase.Deciding, Copy: { Stopped: false } copy } source)
                Assert.NotEqual(source.OutEpoch, copy.Epoch);

            var settled = world.Settle();
            Assert.True(settled.IsSettled, $"does not settle:\n{settled.Key}");
            Assert.Equal(1, settled.Ends);
            if (settled.Entity.Inbound.Finish != FinishReason.None) Assert.Equal(MigrationWorld.Length, settled.Delivered);
            else Assert.True(
                settled.Entity.Phase == RequestPhase.Cancelled || settled.Instances.Values.All(instance => !instance.Alive),
                $"the request ended without its tokens: {settled.Entity}");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\nafter:\n{string.Join('\n', path.Reverse())}\nin:\n{world.Key}", e);
        }
    }
}
