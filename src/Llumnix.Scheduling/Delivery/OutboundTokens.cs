using System.Runtime.CompilerServices;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Delivery;

/// <summary>
/// The instance's side of one request's token delivery in one epoch: keeps every token from the first one not acknowledged on, and the
/// end until that is acknowledged too. What it gives out may be lost, doubled or reordered on the way; <see cref="InboundTokens"/> puts it
/// right. Indices count the request's output from 0.
/// </summary>
/// <typeparam name="T">What travels for a token.</typeparam>
public sealed class OutboundTokens<T>
{
    private readonly int _maxUnacknowledged;
    private T[] _tokens = new T[8];
    private int _start;
    private int _sentIndex;
    private bool _endSent;
    private bool _answerDue;

    /// <summary>Delivery that starts with the token <paramref name="nextIndex"/>.</summary>
    /// <param name="epoch">The placement that speaks.</param>
    /// <param name="nextIndex">How many tokens the entity has.</param>
    /// <param name="maxUnacknowledged">With this many tokens not acknowledged the request is to pause.</param>
    public OutboundTokens(Epoch epoch, int nextIndex, int maxUnacknowledged)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nextIndex);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxUnacknowledged, 1);
        Epoch = epoch;
        AcknowledgedIndex = NextIndex = _sentIndex = nextIndex;
        _maxUnacknowledged = maxUnacknowledged;
    }

    /// <summary>The placement that speaks.</summary>
    public Epoch Epoch { get; }

    /// <summary>The index the next appended token gets.</summary>
    public int NextIndex { get; private set; }

    /// <summary>The entity has all tokens before this one.</summary>
    public int AcknowledgedIndex { get; private set; }

    /// <summary>Why the request ended; <see cref="FinishReason.None"/> while it goes on.</summary>
    public FinishReason Finish { get; private set; }

    /// <summary>Tokens kept, oldest first, from <see cref="AcknowledgedIndex"/> on.</summary>
    public ReadOnlySpan<T> Unacknowledged => _tokens.AsSpan(_start, NextIndex - AcknowledgedIndex);

    /// <summary>Whether the request is to produce nothing further until more is acknowledged.</summary>
    public bool Paused => Finish == FinishReason.None && NextIndex - AcknowledgedIndex >= _maxUnacknowledged;

    /// <summary>Whether the entity knows the end and all before it: nothing need be kept.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether <see cref="TryTake"/> has something.</summary>
    public bool HasUnsent => !IsDone && (_sentIndex < NextIndex || _answerDue || (Finish != FinishReason.None && !_endSent));

    /// <summary>Adds the next token.</summary>
    /// <exception cref="InvalidOperationException">The request has ended.</exception>
    public void Append(T token)
    {
        if (Finish != FinishReason.None) throw new InvalidOperationException($"The request ended ({Finish}) before its token {NextIndex}.");

        int count = NextIndex - AcknowledgedIndex;
        if (_start + count == _tokens.Length) MakeRoom(count);
        _tokens[_start + count] = token;
        NextIndex++;
    }

    /// <summary>Ends the request after the tokens appended. The first reason stays.</summary>
    public void End(FinishReason reason)
    {
        if (reason == FinishReason.None) throw new ArgumentException("An end needs a reason other than None.", nameof(reason));
        if (Finish == FinishReason.None) Finish = reason;
    }

    /// <summary>
    /// Gives out what was not sent yet, or is asked for again; it counts as sent from then on. The span is valid until the next call.
    /// An answer to <see cref="ResendFrom"/> may be empty.
    /// </summary>
    /// <param name="firstIndex">The index of the first token.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="finish">Why the request ends after them; None if it goes on.</param>
    public bool TryTake(out int firstIndex, out ReadOnlySpan<T> tokens, out FinishReason finish)
    {
        bool any = HasUnsent;
        firstIndex = _sentIndex;
        tokens = _tokens.AsSpan(_start + _sentIndex - AcknowledgedIndex, NextIndex - _sentIndex);
        finish = Finish;
        if (!any) return false;

        _sentIndex = NextIndex;
        _endSent = Finish != FinishReason.None;
        _answerDue = false;
        return true;
    }

    /// <summary>
    /// The entity has all tokens before <paramref name="nextIndex"/>, and the end if <paramref name="ended"/>. Cumulative and idempotent:
    /// one that comes late changes nothing. One beyond <see cref="NextIndex"/> is not about this delivery and is passed over.
    /// </summary>
    public void Acknowledge(int nextIndex, bool ended)
    {
        if (nextIndex > NextIndex) return;
        if (nextIndex > AcknowledgedIndex)
        {
            int count = nextIndex - AcknowledgedIndex;
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(_tokens, _start, count);
            AcknowledgedIndex = nextIndex;
            _start = nextIndex == NextIndex ? 0 : _start + count;
            _sentIndex = Math.Max(_sentIndex, nextIndex);
        }

        if (ended && Finish != FinishReason.None && nextIndex == NextIndex) IsDone = true;
    }

    /// <summary>
    /// The entity has all tokens before <paramref name="index"/> and asks for those from there on, which are given out next; where there
    /// are none yet, an empty answer is.
    /// </summary>
    public void ResendFrom(int index)
    {
        Acknowledge(index, ended: false);
        _sentIndex = Math.Clamp(index, AcknowledgedIndex, NextIndex);
        _answerDue = true;
    }

    private void MakeRoom(int count)
    {
        // Moving only when half is free keeps the amortized cost of a token constant.
        var target = _start >= _tokens.Length / 2 ? _tokens : new T[_tokens.Length * 2];
        Array.Copy(_tokens, _start, target, 0, count);
        if (ReferenceEquals(target, _tokens) && RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(_tokens, count, _start);
        _tokens = target;
        _start = 0;
    }
}
