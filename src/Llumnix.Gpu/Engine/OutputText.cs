using Llumnix.Gpu.Sampling;
using Llumnix.Gpu.Tokenization;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Engine;

/// <summary>
/// The text a client sees of one output: its tokens decoded, and cut where the instance ended it. An end or stop token gives no text, and a
/// stop string is cut off, unless the stop is to be included.
/// </summary>
/// <param name="parameters">The request's.</param>
/// <param name="rules">The model's, the same as the instance's.</param>
public sealed class OutputText(SamplingParameters parameters, OutputRules rules)
{
    private readonly ITokenStreamDecoder _decoder = rules.NewDecoder();
    private readonly StopTextFilter _filter = new(parameters.Stop, parameters.IncludeStop);
    private int _outputLength;

    /// <summary>The stop string that ended the output, if one did.</summary>
    public string? StopString => _filter.StopString;

    /// <summary>
    /// Adds the output's next token and returns the text that became certain; with a <paramref name="finish"/>, all that is left.
    /// </summary>
    public string Append(int token, FinishReason finish)
    {
        int index = _outputLength++;
        bool hidden = finish == FinishReason.Stop && !parameters.IncludeStop && StopMatcher.IsStopToken(parameters, rules, token, index);
        string text = hidden ? "" : _filter.Append(_decoder.Append(token), index >= parameters.MinTokens);
        return finish == FinishReason.None ? text : text + Finish();
    }

    /// <summary>The output is over without a further token (it was cancelled, or failed): returns the text still held back.</summary>
    public string Finish() =>
        // The instance never saw the text of an incomplete character, so it ends nothing.
        _filter.Append(_decoder.Flush(), mayEnd: false) + _filter.Flush();
}
