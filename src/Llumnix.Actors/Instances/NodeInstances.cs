using System.Globalization;
using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Launching;
using Llumnix.Actors.Metrics;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Instances;

/// <summary>Makes the instances of a node: those it starts with, and those added to it later where <c>llumnix.scaling</c> says so.</summary>
internal sealed class NodeInstances : IDisposable
{
    private readonly LlumnixConfiguration _configuration;
    private readonly NodeDependencies _dependencies;
    private readonly Dictionary<string, InstanceFactory> _factories = new(StringComparer.Ordinal);
    private readonly List<(InstanceFactory Factory, string Model, IModelExecutor Executor)> _first = [];
    private InstanceHost? _host;
    private IActorRef _reporter = ActorRefs.Nobody;
    private int _numbers;

    private NodeInstances(LlumnixConfiguration configuration, NodeDependencies dependencies)
    {
        _configuration = configuration;
        _dependencies = dependencies;
    }

    private bool MayAdd => _configuration.Scaling.Launcher == Launchers.InProcess;

    /// <summary>Makes the executors of all configured instances, which takes as long as loading their models' weights.</summary>
    /// <param name="configuration">Whose models to make as many instances of as it says.</param>
    /// <param name="models">Those models, loaded.</param>
    /// <param name="dependencies">Who makes executors.</param>
    /// <exception cref="ConfigurationException">A device is not there, or memory does not suffice. Nothing is left over.</exception>
    /// <exception cref="ModelLoadException">Weights cannot be served. Nothing is left over.</exception>
    public static NodeInstances Make(LlumnixConfiguration configuration, IReadOnlyList<LoadedModel> models, NodeDependencies dependencies)
    {
        var made = new NodeInstances(configuration, dependencies);
        try
        {
            foreach (var (model, options) in models.Zip(configuration.Models))
            {
                if (!configuration.NeedsWeights(options)) continue;
                var factory = InstanceFactory.Open(configuration.Engine, model, configuration.InstancesSharingNode, dependencies.CreateExecutor);
                made._factories.Add(model.Name, factory);
                for (int i = 0; i < options.Instances; i++) made._first.Add((factory, model.Name, factory.CreateExecutor()));
            }
        }
        catch
        {
            made.Dispose();
            throw;
        }

        return made;
    }

    /// <summary>The instances the node starts with.</summary>
    /// <param name="host">What they have in common.</param>
    /// <param name="reporter">Hears their load.</param>
    public MadeInstance[] SetUp(InstanceHost host, IActorRef reporter)
    {
        _host = host;
        _reporter = reporter;
        MadeInstance[] made = [.. _first.Select(first => SetUp(first.Factory, first.Model, first.Executor))];
        if (!MayAdd) CloseFactories();
        return made;
    }

    /// <summary>Why an instance cannot be added, in half a sentence; null where one can.</summary>
    /// <param name="model">Its model.</param>
    /// <param name="running">The models of the instances that are there or being made.</param>
    public string? WhyNot(string model, IReadOnlyCollection<string> running)
    {
        if (!MayAdd) return $"llumnix.scaling.launcher is {_configuration.Scaling.Launcher} there";
        if (!_factories.TryGetValue(model, out var factory)) return $"the model {model} is not among its models";

        var options = _configuration.Scaling.InProcess;
        return new NodeRoom(
            running.Count,
            factory.Threads,
            options.MaxThreads ?? Environment.ProcessorCount,
            _dependencies.FreeMemory(),
            factory.KvBytes + (running.Contains(model) ? 0 : factory.WeightBytes),
            options.MemoryReserve).WhyNot();
    }

    /// <summary>Makes one instance more; takes as long as loading weights where none of its model is there.</summary>
    /// <exception cref="ConfigurationException">Memory does not suffice. Nothing is left over.</exception>
    /// <exception cref="ModelLoadException">The weights cannot be served. Nothing is left over.</exception>
    public Func<MadeInstance> Maker(string model)
    {
        var factory = _factories[model];
        int number = _numbers++;
        return () => SetUp(factory, model, factory.CreateExecutor(), number);
    }

    /// <summary>Frees what was made; executors that became an actor's are disposed of by it too, which may be done twice.</summary>
    public void Dispose()
    {
        foreach (var (_, _, executor) in _first) executor.Dispose();
        CloseFactories();
    }

    private MadeInstance SetUp(InstanceFactory factory, string model, IModelExecutor executor) => SetUp(factory, model, executor, _numbers++);

    private MadeInstance SetUp(InstanceFactory factory, string model, IModelExecutor executor, int number)
    {
        var id = new InstanceId(string.Create(CultureInfo.InvariantCulture, $"{_host!.Node}/{number}"));
        var setup = factory.SetUp(executor, id, _host);
        _host.Metrics.Add(setup.Metrics);
        return new MadeInstance(id, model, InstanceActor.Props(setup, executor, _reporter), new Unstarted(executor, setup.Metrics));
    }

    private void CloseFactories()
    {
        foreach (var factory in _factories.Values) factory.Dispose();
        _factories.Clear();
    }

    /// <summary>What is left of an instance whose actor was never started.</summary>
    private sealed class Unstarted(IModelExecutor executor, InstanceMetrics metrics) : IDisposable
    {
        public void Dispose()
        {
            metrics.End();
            executor.Dispose();
        }
    }
}
