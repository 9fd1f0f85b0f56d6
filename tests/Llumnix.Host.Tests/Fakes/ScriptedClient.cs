using System.Collections.Concurrent;
using System.Threading.Channels;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Host.Tests.Fakes;

/// <summary>A cluster that says what a test wrote down, and remembers what it was asked.</summary>
internal sealed class ScriptedClient : IGenerationClient
{
    private readonly ConcurrentDictionary<RequestId, Session> _sessions = new();

    /// <summary>Plays one session: writes events until the token says that its client left.</summary>
    public Func<GenerateRequest, ChannelWriter<GenerationEvent>, CancellationToken, Task> Script { get; set; } =
        (request, events, gone) => SayAsync(request, events, "Once upon a time", gone);

    public ConcurrentQueue<GenerateRequest> Asked { get; } = new();

    public ConcurrentQueue<RequestId> Cancelled { get; } = new();

    public ConcurrentQueue<RequestId> Detached { get; } = new();

    /// <summary>Completes when a client cancels or leaves for the first time.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sessions that <see cref="ResumeAsync"/> knows.</summary>
    public ConcurrentDictionary<RequestId, GenerateRequest> Resumable { get; } = new();

    public GenerationStream Generate(GenerateRequest request)
    {
        Asked.Enqueue(request);
        return Open(request);
    }

    public Task<GenerationStream?> ResumeAsync(RequestId id, IReadOnlyList<int> offsets, CancellationToken cancellationToken) =>
        Task.FromResult(Resumable.TryGetValue(id, out GenerateRequest? request) ? Open(request with { Offsets = [.. offsets] }) : null);

    public Task<bool> CancelAsync(RequestId id, CancellationToken cancellationToken)
    {
        bool known = _sessions.TryGetValue(id, out Session? session);
        session?.Gone.Cancel();
        return Task.FromResult(known);
    }

    /// <summary>One token a character for every choice, then the end.</summary>
    public static async Task SayAsync(GenerateRequest request, ChannelWriter<GenerationEvent> events, string text, CancellationToken gone)
    {
        int[] offsets = request.Offsets ?? new int[request.Choices];
        for (int i = 0; i < text.Length; i++)
        {
            for (int choice = 0; choice < request.Choices; choice++)
            {
                int from = choice < offsets.Length ? offsets[choice] : 0;
                if (i >= from) await events.WriteAsync(Token(request, choice, i, text[i]), gone);
            }
        }

        for (int choice = 0; choice < request.Choices; choice++)
        {
            await events.WriteAsync(GenerationEvent.OfFinish(choice, text.Length, "", FinishReason.Stop, null), gone);
        }
    }

    public static GenerationEvent Token(GenerateRequest request, int choice, int index, char letter) => GenerationEvent.OfToken(
        choice, index, letter, letter.ToString(), request.Sampling.Logprobs is { } top ? Logprobs(letter, top) : null);

    private static TokenLogprobs Logprobs(char letter, int top) =>
        new(-0.5f, [.. Enumerable.Range(0, top).Select(i => letter + i)], [.. Enumerable.Range(0, top).Select(i => -0.5f - i)]);

    private GenerationStream Open(GenerateRequest request)
    {
        var session = new Session();
        _sessions[request.Id] = session;
        _ = PlayAsync(request, session);
        return new GenerationStream(
            request,
            session.Events.Reader,
            () => Leave(Cancelled, request.Id, session),
            () => Leave(Detached, request.Id, session));
    }

    private void Leave(ConcurrentQueue<RequestId> how, RequestId id, Session session)
    {
        how.Enqueue(id);
        session.Gone.Cancel();
        Left.TrySetResult();
    }

    private async Task PlayAsync(GenerateRequest request, Session session)
    {
        // A session's first event never comes before its stream is returned.
        await Task.Yield();
        try
        {
            await Script(request, session.Events.Writer, session.Gone.Token);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }

        session.Events.Writer.TryComplete();
    }

    private sealed class Session
    {
        public Channel<GenerationEvent> Events { get; } = Channel.CreateBounded<GenerationEvent>(16);

        public CancellationTokenSource Gone { get; } = new();
    }
}
