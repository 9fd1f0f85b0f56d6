using Llumnix.Actors.Cluster;
using Llumnix.Scheduling.Load;
using Prometheus;

namespace Llumnix.Host.Metrics;

/// <summary>
/// How evenly a gateway sees the cluster's instances loaded, asked each time somebody collects. Every gateway tells its own view, so these
/// are not to be summed over nodes.
/// </summary>
internal sealed class ImbalanceExport(CollectorRegistry registry, IClusterAdmin cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly string[] States = ["ready", "draining", "suspected", "stopped"];

    private readonly HashSet<string> _models = [];

    private readonly Gauge _instances = Create(
        registry, "llumnix_instances", "Instances that this gateway knows, by state.", "model_name", "state");

    private readonly Gauge _kvUsage = Create(
        registry, "llumnix_std_dev_kv_cache_utilization", "Standard deviation of the KV usage of the ready instances.", "model_name");

    private readonly Gauge _waiting = Create(
        registry, "llumnix_std_dev_queue_size", "Standard deviation of the waiting requests of the ready instances.", "model_name");

    private readonly Gauge _running = Create(
        registry, "llumnix_std_dev_running_requests", "Standard deviation of the running requests of the ready instances.", "model_name");

    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        IReadOnlyList<InstanceStatus> all;
        try
        {
            all = await cluster.InstancesAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A gateway that is that busy, or going down, tells what it told last.
            return;
        }

        foreach (string gone in _models.Except(all.Select(instance => instance.Model)).ToArray()) Remove(gone);
        foreach (IGrouping<string, InstanceStatus> model in all.GroupBy(instance => instance.Model))
        {
            _models.Add(model.Key);
            foreach (string state in States) _instances.WithLabels(model.Key, state).Set(model.Count(instance => instance.State == state));
            Imbalance imbalance = Imbalance.Of(
            [
                .. model.Where(instance => instance.State == "ready").Select(instance =>
                    (instance.TotalBlocks == 0 ? 0 : 1 - ((double)instance.FreeBlocks / instance.TotalBlocks), instance.Waiting, instance.Running)),
            ]);
            _kvUsage.WithLabels(model.Key).Set(imbalance.KvUsage);
            _waiting.WithLabels(model.Key).Set(imbalance.Waiting);
            _running.WithLabels(model.Key).Set(imbalance.Running);
        }
    }

    /// <summary>No instance of the model is known any more.</summary>
    private void Remove(string model)
    {
        _models.Remove(model);
        foreach (string state in States) _instances.RemoveLabelled(model, state);
        foreach (Gauge deviation in (Gauge[])[_kvUsage, _waiting, _running]) deviation.RemoveLabelled(model);
    }

    private static Gauge Create(CollectorRegistry registry, string name, string help, params string[] labels) =>
        Prometheus.Metrics.WithCustomRegistry(registry).CreateGauge(name, help, labels);
}
