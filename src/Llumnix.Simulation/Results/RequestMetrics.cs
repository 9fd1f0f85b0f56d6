namespace Llumnix.Simulation.Results;

/// <summary>The Llumnix paper's metrics over some requests, in seconds.</summary>
public sealed class RequestMetrics
{
    /// <param name="requests">Served ones; others are left out.</param>
    public RequestMetrics(IEnumerable<RequestRecord> requests)
    {
        RequestRecord[] served = [.. requests.Where(request => request.Refusal is null)];
        Count = served.Length;
        Request = new Distribution(served.Select(request => request.Request));
        Prefill = new Distribution(served.Select(request => request.Prefill));
        Decode = new Distribution(served.Select(request => request.Decode));
        DecodeExecution = served.Length == 0 ? double.NaN : served.Average(request => request.DecodeExecution);
        PreemptionLoss = served.Length == 0 ? double.NaN : served.Average(request => request.PreemptionLoss);
        Preempted = served.Length == 0 ? double.NaN : (double)served.Count(request => request.Preemptions > 0) / served.Length;
    }

    public int Count { get; }

    /// <summary>From arrival to the last token.</summary>
    public Distribution Request { get; }

    /// <summary>From arrival to the first token.</summary>
    public Distribution Prefill { get; }

    /// <summary>Per token after the first, each request's mean.</summary>
    public Distribution Decode { get; }

    /// <summary>Mean of the decode steps that a request took part in.</summary>
    public double DecodeExecution { get; }

    /// <summary>Mean per request of the time lost to preemption.</summary>
    public double PreemptionLoss { get; }

    /// <summary>Share of the requests that were preempted.</summary>
    public double Preempted { get; }

    /// <summary>By the names that the paper's data has.</summary>
    public IReadOnlyDictionary<string, double> ByName => new Dictionary<string, double>
    {
        ["request_p99_s"] = Request.Quantile(0.99),
        ["request_mean_s"] = Request.Mean,
        ["prefill_p99_s"] = Prefill.Quantile(0.99),
        ["prefill_mean_s"] = Prefill.Mean,
        ["decode_p99_s"] = Decode.Quantile(0.99),
        ["decode_mean_s"] = Decode.Mean,
        ["preemption_loss_s"] = PreemptionLoss,
        ["decode_execution_s"] = DecodeExecution,
    };
}
