using System.Text.Json;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Bodies;
using Llumnix.Scheduling;

namespace Llumnix.Host.Generation;

/// <summary>Answers of <c>/v1/completions</c>.</summary>
internal sealed class CompletionFormat(GenerationCall call, RequestId id, DateTimeOffset now) : AnswerFormat(call, id, now, "cmpl-")
{
    /// <summary>Where each choice's next token begins in its text, for the chunks of a stream.</summary>
    private readonly int[] _textOffsets = new int[call.TotalChoices];

    public override bool HasOpening { get; } = call.ReturnTokenIds || call.Prompts.Any(prompt => prompt.Echo.Length > 0);

    protected override ReadOnlySpan<byte> ChunkObject => "text_completion"u8;

    protected override ReadOnlySpan<byte> WholeObject => "text_completion"u8;

    public override void WriteOpening(Utf8JsonWriter json, int choice)
    {
        StartChunk(json, choice);
        json.WriteString("text"u8, Call.PromptOf(choice).Echo);
        json.WriteNull("logprobs"u8);
        if (Call.ReturnTokenIds)
        {
            WriteIds(json, "prompt_token_ids"u8, Call.PromptOf(choice).Tokens);
            WriteIds(json, "token_ids"u8, []);
        }

        Close(json, null, null);
    }

    public override void WriteToken(Utf8JsonWriter json, int choice, string text, OutputToken token)
    {
        StartChunk(json, choice);
        json.WriteString("text"u8, text);
        WriteLogprobs(json, [token], ref _textOffsets[choice]);
        if (Call.ReturnTokenIds) WriteIds(json, "token_ids"u8, [token.Id]);
        Close(json, null, null);
    }

    public override void WriteFinish(Utf8JsonWriter json, int choice, string rest, string reason, string? stopReason)
    {
        StartChunk(json, choice);
        json.WriteString("text"u8, rest);
        json.WriteNull("logprobs"u8);
        Close(json, reason, stopReason);
    }

    protected override void WriteWholeChoice(Utf8JsonWriter json, int choice, ChoiceOutput output)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice);
        json.WriteString("text"u8, Call.PromptOf(choice).Echo + output.Text);
        int offset = 0;
        WriteLogprobs(json, output.Tokens, ref offset);
        if (Call.ReturnTokenIds)
        {
            WriteIds(json, "prompt_token_ids"u8, Call.PromptOf(choice).Tokens);
            json.WriteStartArray("token_ids"u8);
            foreach (OutputToken token in output.Tokens) json.WriteNumberValue(token.Id);
            json.WriteEndArray();
        }

        WriteReasons(json, output.Reason, output.StopReason);
        json.WriteEndObject();
    }

    private void Close(Utf8JsonWriter json, string? reason, string? stopReason)
    {
        WriteReasons(json, reason, stopReason);
        EndChoices(json);
        json.WriteEndObject();
    }

    private void WriteLogprobs(Utf8JsonWriter json, ReadOnlySpan<OutputToken> tokens, ref int textOffset)
    {
        if (Call.Sampling.Logprobs is null)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("tokens"u8);
        foreach (OutputToken token in tokens) json.WriteStringValue(Call.Model.TokenText(token.Id));
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs"u8);
        foreach (OutputToken token in tokens) LogprobJson.WriteNumber(json, token.Logprobs!.Logprob);
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs"u8);
        foreach (OutputToken token in tokens) WriteTop(json, token);
        json.WriteEndArray();
        json.WriteStartArray("text_offset"u8);
        foreach (OutputToken token in tokens)
        {
            json.WriteNumberValue(textOffset);
            textOffset += Call.Model.TokenText(token.Id).EnumerateRunes().Count();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The likeliest tokens and the chosen one, by their texts; tokens of one text are one key, the likelier one's.</summary>
    private void WriteTop(Utf8JsonWriter json, OutputToken token)
    {
        TokenLogprobs logprobs = token.Logprobs!;
        var written = new HashSet<string>(StringComparer.Ordinal);
        json.WriteStartObject();
        for (int i = 0; i < logprobs.TopTokens.Length; i++) Write(logprobs.TopTokens[i], logprobs.TopLogprobs[i]);
        Write(token.Id, logprobs.Logprob);
        json.WriteEndObject();

        void Write(int id, float logprob)
        {
            string text = Call.Model.TokenText(id);
            if (!written.Add(text)) return;
            json.WritePropertyName(text);
            LogprobJson.WriteNumber(json, logprob);
        }
    }
}
