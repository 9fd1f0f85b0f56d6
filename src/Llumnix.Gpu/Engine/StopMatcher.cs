using Llumnix.Gpu.Sampling;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Gpu.Engine;

/// <summary>
/// Decides whether an output ends with a token: an end or stop token, or one whose text completes a stop string. Neither counts before the
/// output has min_tokens tokens. Holds only the incomplete end of the text.
/// </summary>
internal sealed class StopMatcher
{
    private readonly SamplingParameters _parameters;
    private readonly OutputRules _rules;
    private readonly ITokenStreamDecoder? _decoder;
    private readonly StopStringScanner? _scanner;
    private int _outputLength;

    public StopMatcher(SamplingParameters parameters, OutputRules rules)
    {
        _parameters = parameters;
        _rules = rules;
        if (parameters.Stop.Count == 0) return;
        _decoder = rules.NewDecoder();
        _scanner = new StopStringScanner(parameters.Stop);
    }

    /// <summary>Whether an output ends with <paramref name="token"/> at <paramref name="index"/>, whatever its text.</summary>
    public static bool IsStopToken(SamplingParameters parameters, OutputRules rules, int token, int index)
    {
        if (index < parameters.MinTokens) return false;
        IReadOnlyList<int> stops = parameters.StopTokenIds;
        for (int i = 0; i < stops.Count; i++)
        {
            if (stops[i] == token) return true;
        }

        if (parameters.IgnoreEos) return false;
        IReadOnlyList<int> ends = rules.EndTokens;
        for (int i = 0; i < ends.Count; i++)
        {
            if (ends[i] == token) return true;
        }

        return false;
    }

    /// <summary>Adds the output's next token; returns whether the output ends with it.</summary>
    public bool Append(int token)
    {
        int index = _outputLength++;
        if (IsStopToken(_parameters, _rules, token, index)) return true;
        if (_decoder is null) return false;

        bool ended = false;
        foreach (char character in _decoder.Append(token)) ended |= _scanner!.Append(character) > 0;
        return ended && index >= _parameters.MinTokens;
    }
}
