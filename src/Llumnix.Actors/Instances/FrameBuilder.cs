using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Delivery;

namespace Llumnix.Actors.Instances;

/// <summary>Gathers what an instance has to say to one gateway's node into one frame.</summary>
/// <param name="receiver">That node's token receiver.</param>
internal sealed class FrameBuilder(IActorRef receiver)
{
    private readonly List<TokenProtocol.TokenEntry> _entries = [];
    private readonly List<int> _tokens = [];
    private readonly List<TokenLogprobs?> _logprobs = [];
    private bool _anyLogprobs;

    public IActorRef Receiver { get; } = receiver;

    /// <summary>How many requests here belong to that node.</summary>
    public int Users { get; set; }

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Adds what a request has not sent yet, or was asked for again; nothing where there is none.</summary>
    public void Add(RequestId request, OutboundTokens<OutputToken> outbound)
    {
        if (!outbound.TryTake(out int firstIndex, out var tokens, out var finish)) return;

        _entries.Add(new TokenProtocol.TokenEntry(request, outbound.Epoch, firstIndex, _tokens.Count, tokens.Length, finish));
        foreach (var token in tokens)
        {
            _tokens.Add(token.Id);
            _logprobs.Add(token.Logprobs);
            _anyLogprobs |= token.Logprobs is not null;
        }
    }

    /// <summary>The frame; the builder is empty afterwards.</summary>
    public TokenProtocol.TokenFrame Take(InstanceId instance, long incarnation)
    {
        var frame = new TokenProtocol.TokenFrame(instance, incarnation, [.. _entries], [.. _tokens], _anyLogprobs ? [.. _logprobs] : null);
        _entries.Clear();
        _tokens.Clear();
        _logprobs.Clear();
        _anyLogprobs = false;
        return frame;
    }
}
