using System.Diagnostics.Metrics;
using Llumnix.Actors.Metrics;
using Prometheus;

namespace Llumnix.Host.Metrics;

/// <summary>
/// Copies what a node measures into Prometheus' own metrics, each time somebody collects them. What is no longer measured, such as an
/// instance that is gone, is not told any more.
/// </summary>
internal sealed class MetricsExport : IDisposable
{
    private const string Prefix = "llumnix_";

    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly MetricFactory _factory;
    private readonly NodeMetrics _metrics;
    private readonly Dictionary<string, Family> _families = [];

    /// <param name="registry">Where the copies are.</param>
    /// <param name="metrics">What is measured.</param>
    public MetricsExport(CollectorRegistry registry, NodeMetrics metrics)
    {
        _factory = Prometheus.Metrics.WithCustomRegistry(registry);
        _metrics = metrics;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, metrics.Meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Copies everything as it is now.</summary>
    public void Collect()
    {
        lock (_gate)
        {
            foreach (Family family in _families.Values) family.Forget();
            _listener.RecordObservableInstruments();
            foreach (DurationHistogram durations in _metrics.Durations) Take(durations);
            foreach (Family family in _families.Values) family.RemoveForgotten();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string name = Prefix + instrument.Name;
        if (!_families.TryGetValue(name, out Family? family))
        {
            string[] labels = NamesOf(tags);
            string help = instrument.Description ?? "";
            family = new Family(
                instrument is ObservableCounter<long> ? _factory.CreateCounter(name, help, labels) : _factory.CreateGauge(name, help, labels));
            _families.Add(name, family);
        }

        family.Set(ValuesOf(tags), value);
    }

    private void Take(DurationHistogram durations)
    {
        string name = Prefix + durations.Name;
        if (!_families.TryGetValue(name, out Family? family))
        {
            var buckets = new HistogramConfiguration { Buckets = [.. durations.Bounds] };
            family = new Family(_factory.CreateHistogram(name, durations.Description, NamesOf(durations.Tags.AsSpan()), buckets));
            _families.Add(name, family);
        }

        family.Add(ValuesOf(durations.Tags.AsSpan()), durations);
    }

    private static string[] NamesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var names = new string[tags.Length];
        for (int i = 0; i < names.Length; i++) names[i] = tags[i].Key;
        return names;
    }

    private static string[] ValuesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var values = new string[tags.Length];
        for (int i = 0; i < values.Length; i++) values[i] = tags[i].Value?.ToString() ?? "";
        return values;
    }

    /// <summary>One metric with all its label values.</summary>
    private sealed class Family(Collector metric)
    {
        private readonly Dictionary<string, Series> _series = [];

        public void Set(string[] labels, double value)
        {
            Touch(labels);
            if (metric is Counter counter) counter.WithLabels(labels).IncTo(value);
            else ((Gauge)metric).WithLabels(labels).Set(value);
        }

        public void Add(string[] labels, DurationHistogram durations)
        {
            Series series = Touch(labels);
            Histogram.Child child = ((Histogram)metric).WithLabels(labels);
            var now = durations.Read();
            // Another one of the same name, of an instance that took the place of one that is gone.
            if (series.Of != durations) (series.Of, series.Seen) = (durations, new (long, TimeSpan)[now.Length]);
            for (int bucket = 0; bucket < now.Length; bucket++)
            {
                long count = now[bucket].Count - series.Seen[bucket].Count;
                // The mean of what a bucket took in lies in that bucket, and so gives it and the sum alike.
                if (count > 0) child.Observe((now[bucket].Total - series.Seen[bucket].Total).TotalSeconds / count, count);
            }

            series.Seen = now;
        }

        public void Forget()
        {
            foreach (Series series in _series.Values) series.Told = false;
        }

        public void RemoveForgotten()
        {
            foreach ((string key, Series series) in _series)
            {
                if (series.Told) continue;
                _series.Remove(key);
                Remove(series.Labels);
            }
        }

        private Series Touch(string[] labels)
        {
            string key = string.Join('\n', labels);
            if (!_series.TryGetValue(key, out Series? series)) _series.Add(key, series = new Series(labels));
            series.Told = true;
            return series;
        }

        private void Remove(string[] labels)
        {
            switch (metric)
            {
                case Counter counter:
                    counter.RemoveLabelled(labels);
                    break;
                case Gauge gauge:
                    gauge.RemoveLabelled(labels);
                    break;
                case Histogram histogram:
                    histogram.RemoveLabelled(labels);
                    break;
                default:
                    throw new InvalidOperationException($"{metric.GetType().Name} is no metric that is written here.");
            }
        }
    }

    private sealed class Series(string[] labels)
    {
        public string[] Labels { get; } = labels;

        /// <summary>Whether it was measured this time.</summary>
        public bool Told { get; set; }

        /// <summary>Whose counts those seen are.</summary>
        public DurationHistogram? Of { get; set; }

        /// <summary>What of a histogram is counted already.</summary>
        public (long Count, TimeSpan Total)[] Seen { get; set; } = [];
    }
}
