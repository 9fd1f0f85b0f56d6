using System.Text.Json;
using Llumnix.Host.Bodies;
using Llumnix.Scheduling;

namespace Llumnix.Host.Generation;

/// <summary>Answers of <c>/v1/chat/completions</c>.</summary>
internal sealed class ChatFormat(GenerationCall call, RequestId id, DateTimeOffset now) : AnswerFormat(call, id, now, "chatcmpl-")
{
    public override bool HasOpening => true;

    protected override ReadOnlySpan<byte> ChunkObject => "chat.completion.chunk"u8;

    protected override ReadOnlySpan<byte> WholeObject => "chat.completion"u8;

    public override void WriteOpening(Utf8JsonWriter json, int choice)
    {
        StartChunk(json, choice);
        json.WriteStartObject("delta"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, ""u8);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        WriteReasons(json, null, null);
        EndChoices(json);
        if (Call.ReturnTokenIds) WriteIds(json, "prompt_token_ids"u8, Call.Prompts[0].Tokens);
        json.WriteEndObject();
    }

    public override void WriteToken(Utf8JsonWriter json, int choice, string text, OutputToken token)
    {
        StartChunk(json, choice);
        json.WriteStartObject("delta"u8);
        json.WriteString("content"u8, text);
        json.WriteEndObject();
        WriteLogprobs(json, [token]);
        if (Call.ReturnTokenIds) WriteIds(json, "token_ids"u8, [token.Id]);
        WriteReasons(json, null, null);
        EndChoices(json);
        json.WriteEndObject();
    }

    public override void WriteFinish(Utf8JsonWriter json, int choice, string rest, string reason, string? stopReason)
    {
        StartChunk(json, choice);
        json.WriteStartObject("delta"u8);
        if (rest.Length > 0) json.WriteString("content"u8, rest);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        WriteReasons(json, reason, stopReason);
        EndChoices(json);
        json.WriteEndObject();
    }

    protected override void WriteWholeHead(Utf8JsonWriter json)
    {
        if (Call.ReturnTokenIds) WriteIds(json, "prompt_token_ids"u8, Call.Prompts[0].Tokens);
    }

    protected override void WriteWholeChoice(Utf8JsonWriter json, int choice, ChoiceOutput output)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, output.Text);
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
        WriteLogprobs(json, output.Tokens);
        if (Call.ReturnTokenIds)
        {
            json.WriteStartArray("token_ids"u8);
            foreach (OutputToken token in output.Tokens) json.WriteNumberValue(token.Id);
            json.WriteEndArray();
        }

        WriteReasons(json, output.Reason, output.StopReason);
        json.WriteEndObject();
    }

    private void WriteLogprobs(Utf8JsonWriter json, ReadOnlySpan<OutputToken> tokens)
    {
        if (Call.Sampling.Logprobs is null)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        foreach (OutputToken token in tokens) LogprobJson.WriteToken(json, Call.Model, token.Id, token.Logprobs!);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
