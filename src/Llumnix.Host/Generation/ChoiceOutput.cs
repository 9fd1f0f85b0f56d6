using System.Runtime.InteropServices;
using System.Text;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Api;

namespace Llumnix.Host.Generation;

/// <summary>One choice of a whole answer as it comes together.</summary>
internal sealed class ChoiceOutput(bool keepTokens)
{
    private readonly StringBuilder _text = new();
    private readonly List<OutputToken> _tokens = [];

    public string Text => _text.ToString();

    /// <summary>Empty unless tokens are kept.</summary>
    public ReadOnlySpan<OutputToken> Tokens => CollectionsMarshal.AsSpan(_tokens);

    public int TokenCount { get; private set; }

    /// <summary><c>stop</c> or <c>length</c>; null while the choice goes on.</summary>
    public string? Reason { get; private set; }

    public string? StopReason { get; private set; }

    /// <summary>What it went through.</summary>
    public RequestMoves Moves { get; private set; } = RequestMoves.None;

    /// <summary>Takes the next event; an <see cref="ApiException"/> where the choice ended in no way a client knows.</summary>
    public void Add(in GenerationEvent e)
    {
        if (e.Kind == GenerationEventKind.Token)
        {
            _text.Append(e.Text);
            if (keepTokens) _tokens.Add(new OutputToken(e.TokenId, e.Logprobs));
        }
        else if (e.Kind == GenerationEventKind.Finished)
        {
            _text.Append(e.Text);
            TokenCount = e.Index;
            Reason = FinishWords.ForOpenAi(e.Reason);
            StopReason = e.StopReason;
            Moves = e.Moves ?? RequestMoves.None;
        }
    }
}
