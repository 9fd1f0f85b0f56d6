using Llumnix.Actors.KvStreams;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.migration</c>: moving running requests. Defaults stand in migration.hocon.</summary>
public sealed record MigrationSettings
{
    internal const string SecretKey = "llumnix.migration.secret";

    /// <summary>How requests are moved.</summary>
    public required MigrationMethod Method { get; init; }

    /// <summary>Limits of the state machines.</summary>
    public required MigrationOptions Options { get; init; }

    /// <summary>The most migrations at once out of one instance.</summary>
    public required int MaxConcurrentOut { get; init; }

    /// <summary>The most migrations at once into one instance.</summary>
    public required int MaxConcurrentIn { get; init; }

    /// <summary>In which order an instance gives its requests away where an order does not name them.</summary>
    public required IRequestChoice RequestChoice { get; init; }

    /// <summary>What must be answered is repeated this often.</summary>
    public required TimeSpan RetryInterval { get; init; }

    /// <summary>A reservation whose source is silent for this long lapses.</summary>
    public required TimeSpan ReservationTimeout { get; init; }

    /// <summary>TCP port for KV blocks; 0 takes any free one.</summary>
    public required int Port { get; init; }

    /// <summary>How KV connections behave.</summary>
    public required KvStreamOptions Streams { get; init; }

    internal static MigrationSettings Read(SettingReader settings, NodeOptions node)
    {
        const string retry = "llumnix.migration.retry-interval", tries = "llumnix.migration.max-tries",
            lapse = "llumnix.migration.reservation-timeout";
        TimeSpan least = TimeSpan.FromMilliseconds(1), most = TimeSpan.FromMinutes(10);
        var options = new MigrationSettings
        {
            Method = settings.Choice("llumnix.migration.method", [.. Enum.GetValues<MigrationMethod>().Select(method => (MigrationWords.Of(method), method))]),
            Options = new MigrationOptions
            {
                LastStageBlocks = settings.Whole("llumnix.migration.last-stage-blocks", 1, 1 << 20),
                MaxStages = settings.Whole("llumnix.migration.max-stages", 1, 1000),
                GrowthBlocks = settings.Whole("llumnix.migration.growth-blocks", 1, 1 << 20),
                MaxTries = settings.Whole(tries, 1, 1000),
            },
            RequestChoice = RequestChoices.Create(settings.Choice("llumnix.migration.request-choice", [.. RequestChoices.Names.Select(name => (name, name))])),
            MaxConcurrentOut = settings.Whole("llumnix.migration.max-concurrent-out", 1, 1000),
            MaxConcurrentIn = settings.Whole("llumnix.migration.max-concurrent-in", 1, 1000),
            RetryInterval = settings.Duration(retry, least, most),
            ReservationTimeout = settings.Duration(lapse, least, most),
            Port = settings.Whole("llumnix.migration.port", 0, 65535),
            Streams = new KvStreamOptions
            {
                Secret = settings.Words(SecretKey),
                BandwidthLimit = settings.Size("llumnix.migration.bandwidth-limit", 0, 1L << 40),
                Burst = settings.Size("llumnix.migration.burst", 1, 1L << 40),
                ConnectTimeout = settings.Duration("llumnix.migration.connect-timeout", least, most),
                StallTimeout = settings.Duration("llumnix.migration.stall-timeout", least, most),
                IdleTimeout = settings.Duration("llumnix.migration.idle-timeout", least, TimeSpan.FromDays(1)),
            },
        };
        if (options.ReservationTimeout <= options.RetryInterval * options.Options.MaxTries)
            throw settings.Contradiction(lapse, retry, "the first must be longer than the second times max-tries, or a reservation lapses while its source still asks");
        if (options.Streams.Secret.Length == 0 && !node.IsLocal)
            throw settings.Wrong(SecretKey, $"must be a word that all nodes of the cluster share, because llumnix.node.host is {node.Host} and others can reach it");
        return options;
    }
}
