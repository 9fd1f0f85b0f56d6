using System.Globalization;
using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Instances;

/// <summary>Makes the instances of a node: those it starts with. Disposed of where they became no actors.</summary>
internal sealed class NodeInstances : IDisposable
{
    private readonly List<(InstanceFactory Factory, string Model, IModelExecutor Executor)> _executors = [];

    private NodeInstances()
    {
    }

    /// <summary>Makes the executors of all configured instances, which takes as long as loading their models' weights.</summary>
    /// <param name="configuration">Whose models to make as many instances of as it says.</param>
    /// <param name="models">Those models, loaded.</param>
    /// <param name="create">Makes one executor.</param>
    /// <exception cref="ConfigurationException">A device is not there, or memory does not suffice. Nothing is left over.</exception>
    /// <exception cref="ModelLoadException">Weights cannot be served. Nothing is left over.</exception>
    public static NodeInstances Make(
        LlumnixConfiguration configuration,
        IReadOnlyList<LoadedModel> models,
        Func<ExecutorOptions, ModelConfig, IWeightSource, IModelExecutor> create)
    {
        var made = new NodeInstances();
        try
        {
            int sharing = configuration.Models.Sum(model => model.Instances);
            foreach (var (model, options) in models.Zip(configuration.Models))
            {
                if (options.Instances == 0) continue;
                using var factory = InstanceFactory.Open(configuration.Engine, model, sharing, create);
                for (int i = 0; i < options.Instances; i++) made._executors.Add((factory, model.Name, factory.CreateExecutor()));
            }
        }
        catch
        {
            made.Dispose();
            throw;
        }

        return made;
    }

    /// <summary>The instances of all executors made.</summary>
    /// <param name="host">What they have in common.</param>
    /// <param name="reporter">Hears their load.</param>
    public MadeInstance[] SetUp(InstanceHost host, IActorRef reporter) =>
    [
        .. _executors.Select((made, number) =>
        {
            var id = new InstanceId(string.Create(CultureInfo.InvariantCulture, $"{host.Node}/{number}"));
            var setup = made.Factory.SetUp(made.Executor, id, host);
            host.Metrics.Add(setup.Metrics);
            return new MadeInstance(id, made.Model, InstanceActor.Props(setup, made.Executor, reporter), made.Executor);
        }),
    ];

    /// <summary>Frees what was made; executors that became an actor's are disposed of by it too, which may be done twice.</summary>
    public void Dispose()
    {
        foreach (var (_, _, executor) in _executors) executor.Dispose();
    }
}
