using System.Collections.Concurrent;
using System.Diagnostics;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Host.Benchmarks;

/// <summary>
/// The other requests: on either instance so many that decode all the time. Each begins with <see cref="PromptTokens"/> tokens, decodes
/// <see cref="OutputTokens"/> and is followed by a new one; their ages are spread evenly, so that the tokens they hold together stay the
/// same.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    public const int PromptTokens = 16;
    public const int OutputTokens = 512;

    private readonly InstancePair _pair;
    private readonly int _vocabulary;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<TokenGap> _gaps = new();
    private readonly Task[] _seats;
    private readonly TaskCompletionSource[] _seated;

    /// <param name="pair">Where.</param>
    /// <param name="perSide">How many on either instance.</param>
    /// <param name="vocabulary">Token ids are below it.</param>
    /// <param name="outputTokens">How many tokens each decodes, at most <see cref="OutputTokens"/>.</param>
    /// <param name="seed">Draws their prompts.</param>
    public SteadyLoad(InstancePair pair, int perSide, int vocabulary, int outputTokens, ulong seed)
    {
        _pair = pair;
        _vocabulary = vocabulary;
        PerSide = perSide;
        _seated = [.. Enumerable.Range(0, 2 * perSide).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        _seats = [.. Enumerable.Range(0, 2 * perSide).Select(seat => SitAsync(
            seat, seat % 2, outputTokens * ((seat / 2) + 1) / perSide, outputTokens, new Random((int)seed + seat), _ending.Token))];
    }

    public int PerSide { get; }

    /// <summary>Completes when all of them decode where they belong; fails where one of them did.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        Task first = await Task.WhenAny([Task.WhenAll(_seated.Select(seated => seated.Task)), .. _seats]).WaitAsync(cancellationToken);
        await first;
    }

    /// <summary>Throws what went wrong with one of them, if anything did.</summary>
    public void Check()
    {
        if (Array.Find(_seats, seat => seat.IsFaulted) is { } failed) failed.GetAwaiter().GetResult();
    }

    /// <summary>Takes the gaps seen since it was asked last.</summary>
    public IReadOnlyList<TokenGap> TakeGaps()
    {
        var taken = new List<TokenGap>(_gaps.Count);
        while (_gaps.TryDequeue(out TokenGap gap)) taken.Add(gap);
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        foreach (Task seat in _seats) await seat.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task SitAsync(int seat, int side, int firstTokens, int outputTokens, Random random, CancellationToken cancellationToken)
    {
        for (int tokens = firstTokens; ; tokens = outputTokens)
        {
            bool seated = false;
            await using var request = new DecodingRequest(
                _pair.Client,
                Prompt(random, PromptTokens, _vocabulary),
                tokens,
                (before, now) =>
                {
                    if (Volatile.Read(ref seated)) _gaps.Enqueue(new TokenGap(side, now, Stopwatch.GetElapsedTime(before, now).TotalMilliseconds));
                });
            await request.WhenTokensAsync(1, cancellationToken);
            // It is placed where the dispatcher sees most room, but belongs on its own side.
            while (!request.Ended.IsCompleted && await _pair.SideOfAsync(request.Id, cancellationToken) != side)
            {
                Task moved = request.NextMove;
                if (await _pair.MoveAsync(request.Id, side, MigrationMethod.Live, cancellationToken) is null)
                    await Task.WhenAny(moved, request.Ended).WaitAsync(cancellationToken);
            }

            Volatile.Write(ref seated, true);
            _seated[seat].TrySetResult();
            await request.Ended.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Token ids drawn at random.</summary>
    public static int[] Prompt(Random random, int tokens, int vocabulary)
    {
        int[] prompt = new int[tokens];
        for (int i = 0; i < tokens; i++) prompt[i] = random.Next(vocabulary);
        return prompt;
    }
}
