namespace Llumnix.Gpu.Memory;

/// <summary>One holder's part in shared weights; given back by disposal, once.</summary>
internal sealed class Share<T>(T weights, Action release) : IDisposable
    where T : class
{
    private Action? _release = release;

    public T Weights { get; } = weights;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
