using System.Diagnostics;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;

namespace Llumnix.Host.Benchmarks;

/// <summary>One request that decodes until it is disposed of, and when its tokens came to its client.</summary>
internal sealed class DecodingRequest : IAsyncDisposable
{
    private static int _count;

    private readonly GenerationStream _stream;
    private readonly Action<long, long>? _onToken;
    private readonly Task _reading;
    private readonly Lock _gate = new();
    private (int Tokens, TaskCompletionSource Reached)? _awaited;
    private TaskCompletionSource<double> _moved = NewGap();
    private bool _movedNow;

    /// <param name="client">The way in.</param>
    /// <param name="prompt">Token ids.</param>
    /// <param name="maxTokens">After so many it ends.</param>
    /// <param name="onToken">Told of each token but those right after a move: when the one before it came, and when it came.</param>
    public DecodingRequest(IGenerationClient client, int[] prompt, int maxTokens, Action<long, long>? onToken = null)
    {
        _onToken = onToken;
        _stream = client.Generate(new GenerateRequest
        {
            Id = RequestId.FromRandomBits((ulong)Environment.ProcessId, (ulong)Interlocked.Increment(ref _count) << 16),
            Model = InstancePair.Model,
            Prompt = prompt,
            Sampling = new SamplingParameters { Temperature = 0, MaxTokens = maxTokens, IgnoreEos = true },
        });
        _reading = ReadAsync();
    }

    public RequestId Id => _stream.Id;

    /// <summary>Tokens that came.</summary>
    public int Tokens { get; private set; }

    /// <summary>Completes when its stream is over; fails where the request did.</summary>
    public Task Ended => _reading;

    /// <summary>The gap between the tokens before and after its next move, in milliseconds.</summary>
    public Task<double> NextMove
    {
        get
        {
            lock (_gate) return _moved.Task;
        }
    }

    /// <summary>Completes when so many tokens have come, or fails with the request.</summary>
    public async Task WhenTokensAsync(int count, CancellationToken cancellationToken)
    {
        TaskCompletionSource reached;
        lock (_gate)
        {
            if (Tokens >= count) return;
            reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited = (count, reached);
        }

        await await Task.WhenAny(reached.Task, _reading).WaitAsync(cancellationToken);
        if (!reached.Task.IsCompleted) throw new BenchmarkException($"A request ended after {Tokens} tokens where {count} were awaited.");
    }

    public async ValueTask DisposeAsync()
    {
        _stream.Cancel();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stream.Dispose();
    }

    private static TaskCompletionSource<double> NewGap() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task ReadAsync()
    {
        long before = 0;
        await foreach (GenerationEvent happened in _stream.Events.ReadAllAsync())
        {
            switch (happened.Kind)
            {
                case GenerationEventKind.Token:
                    long now = Stopwatch.GetTimestamp();
                    Take(before, now);
                    before = now;
                    break;
                case GenerationEventKind.Moved:
                    _movedNow = true;
                    break;
                case GenerationEventKind.Failed:
                    throw new BenchmarkException($"A request failed: {happened.Text}");
                default:
                    return;
            }
        }
    }

    private void Take(long before, long now)
    {
        TaskCompletionSource? reached = null;
        TaskCompletionSource<double>? moved = null;
        lock (_gate)
        {
            Tokens++;
            if (_awaited is { } awaited && Tokens >= awaited.Tokens)
            {
                reached = awaited.Reached;
                _awaited = null;
            }

            if (_movedNow)
            {
                moved = _moved;
                _moved = NewGap();
            }
        }

        if (_movedNow) moved?.TrySetResult(Stopwatch.GetElapsedTime(before, now).TotalMilliseconds);
        else if (before != 0) _onToken?.Invoke(before, now);
        _movedNow = false;
        reached?.TrySetResult();
    }
}
