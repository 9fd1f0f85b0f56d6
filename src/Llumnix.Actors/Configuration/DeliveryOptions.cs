namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.delivery</c>: tokens on their way from instances to clients. Defaults stand in delivery.hocon.</summary>
public sealed record DeliveryOptions
{
    /// <summary>An instance pauses a request with this many tokens unacknowledged.</summary>
    public required int MaxUnacked { get; init; }

    /// <summary>A gateway sends acknowledgements of an instance's tokens at most this often.</summary>
    public required TimeSpan AckInterval { get; init; }

    /// <summary>An entity that hears nothing of its running request for this long asks for the next tokens again.</summary>
    public required TimeSpan ResendAfter { get; init; }

    /// <summary>What must be answered (submit, stop) is repeated this often.</summary>
    public required TimeSpan RetryInterval { get; init; }

    /// <summary>An instance pauses a request whose gateway has not acknowledged anything for this long.</summary>
    public required TimeSpan OrphanAfter { get; init; }

    /// <summary>How long ended or unattended requests can be resumed.</summary>
    public required TimeSpan ResumeWindow { get; init; }

    /// <summary>Events kept for a client that reads too slowly; then its request's tokens are no longer acknowledged.</summary>
    public required int StreamBuffer { get; init; }

    internal static DeliveryOptions Read(SettingReader settings)
    {
        const string ack = "llumnix.delivery.ack-interval", resend = "llumnix.delivery.resend-after", retry = "llumnix.delivery.retry-interval",
            orphan = "llumnix.delivery.orphan-after", resume = "llumnix.delivery.resume-window";
        TimeSpan least = TimeSpan.FromMilliseconds(1), most = TimeSpan.FromMinutes(10);
        var options = new DeliveryOptions
        {
            MaxUnacked = settings.Whole("llumnix.delivery.max-unacked", 1, 1 << 20),
            AckInterval = settings.Duration(ack, least, most),
            ResendAfter = settings.Duration(resend, least, most),
            RetryInterval = settings.Duration(retry, least, most),
            OrphanAfter = settings.Duration(orphan, least, most),
            ResumeWindow = settings.Duration(resume, least, TimeSpan.FromDays(1)),
            StreamBuffer = settings.Whole("llumnix.delivery.stream-buffer", 1, 1 << 20),
        };
        if (options.OrphanAfter < 2 * options.AckInterval)
            throw settings.Contradiction(orphan, ack, "the first must be at least twice the second, or a gateway that lives looks dead");
        if (options.OrphanAfter < 2 * options.RetryInterval)
            throw settings.Contradiction(orphan, retry, "the first must be at least twice the second, or a lost message makes an orphan");
        if (options.ResumeWindow < options.OrphanAfter)
            throw settings.Contradiction(resume, orphan, "the first must not be shorter: a request ends only after it was paused");
        return options;
    }
}
