namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/admin/instances</c>.</summary>
internal sealed record InstancesView(IReadOnlyList<InstanceView> Instances);
