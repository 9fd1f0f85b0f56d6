using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Memory;

/// <summary>
/// One copy of a model's weights for all instances in the process that serve it from the same source in the same form: the first to ask
/// loads, later ones wait and share, and the last to let go frees.
/// </summary>
internal static class SharedWeights
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<Key, Entry> Entries = [];

    /// <summary>Takes a share, loading if nobody holds one.</summary>
    /// <param name="source">Where the weights come from; sources are told apart by reference.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="form">Number format, layout and device, for example <c>cpu-bf16</c>.</param>
    /// <param name="load">Makes the weights.</param>
    public static Share<T> Acquire<T>(IWeightSource source, ModelConfig config, string form, Func<T> load)
        where T : class, IDisposable
    {
        Key key = new(source, config, form);
        Entry? entry;
        lock (Gate)
        {
            if (!Entries.TryGetValue(key, out entry)) Entries.Add(key, entry = new Entry());
            entry.Holders++;
        }

        try
        {
            lock (entry)
            {
                entry.Weights ??= load();
                return new Share<T>((T)entry.Weights, () => Release(key, entry));
            }
        }
        catch
        {
            Release(key, entry);
            throw;
        }
    }

    private static void Release(Key key, Entry entry)
    {
        lock (Gate)
        {
            if (--entry.Holders > 0) return;
            Entries.Remove(key);
        }

        entry.Weights?.Dispose();
    }

    private readonly record struct Key(IWeightSource Source, ModelConfig Config, string Form);

    private sealed class Entry
    {
        public int Holders { get; set; }

        public IDisposable? Weights { get; set; }
    }
}
