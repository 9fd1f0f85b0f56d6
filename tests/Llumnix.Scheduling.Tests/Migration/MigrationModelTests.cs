using System.Globalization;
using Llumnix.Scheduling.Tests.Migration.Model;
using Xunit.Abstractions;

namespace Llumnix.Scheduling.Tests.Migration;

/// <summary>
/// Explores the interleavings of a request's gateways, instances and migrations with their faults: all there are, or breadth first to a
/// number of worlds for each configuration (<c>LLUMNIX_MODEL_STATES</c>).
/// </summary>
public sealed class MigrationModelTests(ITestOutputHelper output)
{
    private static readonly int MaxWorlds =
        int.TryParse(Environment.GetEnvironmentVariable("LLUMNIX_MODEL_STATES"), CultureInfo.InvariantCulture, out int worlds) ? worlds : 500_000;

    /// <summary>Small enough to be explored to their end in every run.</summary>
    private static readonly Configuration[] Small =
    [
        new("no fault"),
        new("no fault, two moves") { Moves = 2 },
        new("no fault, three instances, two moves") { Moves = 2, Instances = 3 },
        new("no fault, four tokens") { Length = 4 },
        new("an instance crashes") { Faults = 1, Kinds = Faults.Crash },
        new("a stage fails") { Faults = 1, Kinds = Faults.StageFailure },
        new("a reservation is refused") { Faults = 1, Kinds = Faults.Refusal },
        new("a reservation lapses") { Faults = 1, Kinds = Faults.Lapse },
        new("the request is preempted") { Faults = 1, Kinds = Faults.Preemption },
        new("the client cancels") { Faults = 1, Kinds = Faults.Cancel },
        new("a gateway crashes") { Faults = 1, Kinds = Faults.GatewayCrash, Gateways = [1, 9] },
        new("a message is lost") { Faults = 1, Kinds = Faults.Drop },
        new("a message is doubled") { Faults = 1, Kinds = Faults.Repeat },
        new("a time-out is early") { Faults = 1, Kinds = Faults.EarlyTimeout },
        new("a living instance is taken for lost") { Faults = 1, Kinds = Faults.Suspicion },
        new("messages in order, any fault") { Faults = 1, InOrder = true, Gateways = [1, 9] },
    ];

    /// <summary>Explored as far as <c>LLUMNIX_MODEL_STATES</c> allows.</summary>
    private static readonly Configuration[] Large =
    [
        new("the client comes to another gateway") { Faults = 1, Kinds = Faults.Takeover, Gateways = [1, 9] },
        new("messages in order, any fault, two moves") { Faults = 1, InOrder = true, Moves = 2, Gateways = [1, 9] },
        new("messages in order, any fault, four tokens") { Faults = 1, InOrder = true, Length = 4, Gateways = [1, 9] },
        new("messages in order, any two faults") { Faults = 2, InOrder = true },
        new("messages in order, any two faults, the later gateway wins") { Faults = 2, InOrder = true, Gateways = [1, 5, 9] },
    ];

    public static TheoryData<string> SmallNames => [.. Small.Select(configuration => configuration.Name)];

    public static TheoryData<string> LargeNames => [.. Large.Select(configuration => configuration.Name)];

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void In_every_interleaving_one_epoch_is_accepted_no_token_is_lost_and_every_copy_ends(string name)
    {
        var result = Exploration.Run(Small.Single(configuration => configuration.Name == name), int.MaxValue);

        output.WriteLine($"{name}: {result}");
        Assert.True(result.Complete, result.ToString());
    }

    [Theory]
    [MemberData(nameof(LargeNames))]
    public void As_far_as_was_explored_one_epoch_is_accepted_no_token_is_lost_and_every_copy_ends(string name) =>
        output.WriteLine($"{name}: {Exploration.Run(Large.Single(configuration => configuration.Name == name), MaxWorlds)}");
}
