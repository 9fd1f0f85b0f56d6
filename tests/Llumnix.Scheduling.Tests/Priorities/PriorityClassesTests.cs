using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Priorities;

namespace Llumnix.Scheduling.Tests.Priorities;

public sealed class PriorityClassesTests
{
    private static PriorityClass Named(string name) => new(name, Headroom.None, PreemptsLower: false);

    [Fact]
    public void A_class_has_the_rank_of_its_place()
    {
        var classes = new PriorityClasses([Named("gold"), Named("silver")], "silver");
        Assert.True(classes.TryFind("silver", out var priority));
        Assert.Equal(new Priority(1), priority);
        Assert.Equal(priority, classes.Default);
        Assert.False(classes.TryFind("high", out _));
        Assert.Equal(["gold", "silver", "priority 2"], Enumerable.Range(0, 3).Select(rank => classes.NameOf(new Priority((byte)rank))));
    }

    [Fact]
    public void Classes_that_cannot_be_are_told()
    {
        Assert.Contains("There are 0", Assert.Throws<ArgumentException>(() => new PriorityClasses([], "a")).Message, StringComparison.Ordinal);
        Assert.Contains("2 priority classes a", Assert.Throws<ArgumentException>(() => new PriorityClasses([Named("a"), Named("a")], "a")).Message, StringComparison.Ordinal);
        Assert.Contains("no priority class b", Assert.Throws<ArgumentException>(() => new PriorityClasses([Named("a")], "b")).Message, StringComparison.Ordinal);
    }
}
