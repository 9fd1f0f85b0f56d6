using Llumnix.Actors.Cluster;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Host.Tests.Fakes;

/// <summary>A cluster of one instance that runs one request.</summary>
internal sealed class FixedAdmin : IClusterAdmin
{
    public static readonly InstanceId Instance = new("127.0.0.1:4053/0");

    public Task<IReadOnlyList<InstanceStatus>> InstancesAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<InstanceStatus>>(
            [new(Instance, "bytes", "127.0.0.1:4053", "cpu", "cpu-f32", "ready", 100, 75, 16, 1, 2, 12.5, 3, 400, 50) { StepMilliseconds = 1.5 }]);

    public Task<IReadOnlyList<RequestStatus>> RequestsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RequestStatus>>(
            [new(new RequestId(1, 2 << 16).Choice(3), "bytes", "Running", Instance, Epoch.First, Priority.High, 7, 8, 9) { Migrations = 2, Recoveries = 1 }]);

    /// <summary>Takes the order for its own request to its own instance only.</summary>
    public Task<string?> MigrateAsync(RequestId request, InstanceId to, MigrationMethod? method, CancellationToken cancellationToken) =>
        Task.FromResult(to == Instance ? null : $"There is no instance {to}.");

    /// <summary>Begins the first of so many as asked for; has one only.</summary>
    public Task<MigrationProtocol.MigrateSomeAnswer> MigrateSomeAsync(
        InstanceId from, InstanceId to, MoveLimits limits, CancellationToken cancellationToken) => Task.FromResult(
            from != Instance ? new MigrationProtocol.MigrateSomeAnswer(from, to, [], $"There is no instance {from}.")
            : limits.Count == 1 ? new MigrationProtocol.MigrateSomeAnswer(from, to, [new RequestId(1, 2 << 16)], "")
            : limits.Count == 2 ? new MigrationProtocol.MigrateSomeAnswer(from, to, [], "")
            : new MigrationProtocol.MigrateSomeAnswer(from, to, [new RequestId(1, 2 << 16), new RequestId(1, 3 << 16)], "It has 2 under way."));

    public Task<string?> DrainAsync(InstanceId instance, bool on, CancellationToken cancellationToken) =>
        Task.FromResult(instance == Instance ? null : $"There is no instance {instance}.");

    public Task<ScalingStatus?> ScalingAsync(CancellationToken cancellationToken) => Task.FromResult<ScalingStatus?>(new(
        "process",
        "freeness-band",
        [
            new(
                "bytes", 1, 4, 2, 3, ["127.0.0.1:4711"], [Instance],
                new ScalingNoteStatus("add", "2 instances, 0 starting, average freeness 3.5.", DateTimeOffset.UnixEpoch),
                new ScalingNoteStatus("start", "The process ended with code 1.", DateTimeOffset.UnixEpoch), 2, DateTimeOffset.UnixEpoch.AddSeconds(4)),
        ]));

    public Task<ClusterAudit> AuditAsync(CancellationToken cancellationToken) => Task.FromResult(new ClusterAudit(
        new NodeAudit(1, 2, 3, 4, 5, 6),
        [new(Instance, 100, 75, 20, 4, 3, 1, 2, 2, 5, 6, 7, 8, 9, 1, ["Block 5 has 2 references."])]));

    public Task<IReadOnlyList<MigrationRecord>> MigrationsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<MigrationRecord>>(
            [new(new MigrationId(5), new RequestId(1, 2 << 16), Instance, Instance, MigrationMethod.Live, DateTimeOffset.UnixEpoch, TimeSpan.FromMilliseconds(7), TimeSpan.FromMilliseconds(0.5), true, [4, 1], 5000, 80, SourcePhase.Ended, MigrationOutcome.Moved, "")]);
}
