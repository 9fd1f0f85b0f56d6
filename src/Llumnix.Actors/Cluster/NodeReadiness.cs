namespace Llumnix.Actors.Cluster;

/// <summary>Whether a gateway can take requests, to be asked at any time from any thread.</summary>
internal sealed class NodeReadiness
{
    private volatile bool _instancesAvailable;
    private volatile bool _stopping;

    /// <summary>Whether there is an instance to place on.</summary>
    public bool InstancesAvailable
    {
        get => _instancesAvailable;
        set => _instancesAvailable = value;
    }

    /// <summary>Whether the node goes down.</summary>
    public bool Stopping
    {
        get => _stopping;
        set => _stopping = value;
    }

    public bool Ready => _instancesAvailable && !_stopping;
}
