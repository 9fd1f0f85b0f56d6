using Llumnix.Actors.Cluster;
using Llumnix.Scheduling;

namespace Llumnix.Host.Tests.Fakes;

/// <summary>A cluster of one instance that runs one request.</summary>
internal sealed class FixedAdmin : IClusterAdmin
{
    public static readonly InstanceId Instance = new("127.0.0.1:4053/0");

    public Task<IReadOnlyList<InstanceStatus>> InstancesAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<InstanceStatus>>(
            [new(Instance, "bytes", "127.0.0.1:4053", "cpu", "cpu-f32", "ready", 100, 75, 16, 1, 2, 12.5, 3, 400, 50)]);

    public Task<IReadOnlyList<RequestStatus>> RequestsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RequestStatus>>(
            [new(new RequestId(1, 2 << 16).Choice(3), "bytes", "Running", Instance, Epoch.First, Priority.High, 7, 8, 9)]);
}
