using System.Reflection;

namespace Llumnix.Architecture.Tests;

/// <summary>The arrows between the projects point one way only.</summary>
public sealed class ArrowTests
{
    private static readonly string[] Projects = ["Llumnix.Scheduling", "Llumnix.Gpu", "Llumnix.Actors", "Llumnix.Simulation", "llumnix"];

    private static string[] References(string assembly) =>
        [.. Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!)];

    private static void MayReferenceOnly(string assembly, params string[] allowed) =>
        Assert.Empty(References(assembly).Intersect(Projects).Except(allowed));

    private static void MustNotReference(string assembly, params string[] prefixes) =>
        Assert.DoesNotContain(References(assembly), name => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));

    [Fact]
    public void Scheduling_references_nothing_but_the_framework()
    {
        MayReferenceOnly("Llumnix.Scheduling");
        Assert.All(References("Llumnix.Scheduling"), name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Gpu_references_Scheduling_and_no_actors()
    {
        MayReferenceOnly("Llumnix.Gpu", "Llumnix.Scheduling");
        MustNotReference("Llumnix.Gpu", "Akka", "Microsoft.AspNetCore");
    }

    [Fact]
    public void Actors_reference_Gpu_and_Scheduling_and_no_web_server()
    {
        MayReferenceOnly("Llumnix.Actors", "Llumnix.Gpu", "Llumnix.Scheduling");
        MustNotReference("Llumnix.Actors", "Microsoft.AspNetCore");
    }

    [Fact]
    public void Simulation_references_Scheduling_and_neither_actors_nor_tensors()
    {
        MayReferenceOnly("Llumnix.Simulation", "Llumnix.Scheduling");
        MustNotReference("Llumnix.Simulation", "Akka", "TorchSharp", "Microsoft.AspNetCore");
    }

    [Fact]
    public void Host_references_the_projects_below_it_only() =>
        MayReferenceOnly("llumnix", "Llumnix.Actors", "Llumnix.Gpu", "Llumnix.Scheduling", "Llumnix.Simulation");
}
