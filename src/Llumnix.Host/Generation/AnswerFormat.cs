using System.Globalization;
using System.Text.Json;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Bodies;
using Llumnix.Scheduling;

namespace Llumnix.Host.Generation;

/// <summary>
/// The JSON of one call's answer, whole or in chunks, in one of OpenAI's two forms. What every chunk repeats is encoded once.
/// </summary>
internal abstract class AnswerFormat(GenerationCall call, RequestId id, DateTimeOffset now, string idPrefix)
{
    private readonly JsonEncodedText _id = JsonEncodedText.Encode(idPrefix + id);
    private readonly JsonEncodedText _model = JsonEncodedText.Encode(call.Model.Name, Api.WireJson.Options.Encoder);
    private readonly long _created = now.ToUnixTimeSeconds();

    protected GenerationCall Call { get; } = call;

    /// <summary>The one for <paramref name="call"/>'s kind of body.</summary>
    public static AnswerFormat For(GenerationCall call, RequestId id, DateTimeOffset now) =>
        call.Chat ? new ChatFormat(call, id, now) : new CompletionFormat(call, id, now);

    /// <summary>Whether a token must be reported even where no text became certain with it.</summary>
    public bool ReportsEveryToken => Call.ReturnTokenIds || Call.Sampling.Logprobs is not null;

    /// <summary>Whether a choice's stream opens with a chunk of its own.</summary>
    public abstract bool HasOpening { get; }

    /// <summary>The chunk that opens a choice's stream.</summary>
    public abstract void WriteOpening(Utf8JsonWriter json, int choice);

    /// <summary>The chunk of one token.</summary>
    public abstract void WriteToken(Utf8JsonWriter json, int choice, string text, OutputToken token);

    /// <summary>The chunk that ends a choice, with the text that was held back.</summary>
    public abstract void WriteFinish(Utf8JsonWriter json, int choice, string rest, string reason, string? stopReason);

    /// <summary>The choice's object in a whole answer.</summary>
    protected abstract void WriteWholeChoice(Utf8JsonWriter json, int choice, ChoiceOutput output);

    protected abstract ReadOnlySpan<byte> ChunkObject { get; }

    protected abstract ReadOnlySpan<byte> WholeObject { get; }

    /// <summary>The chunk of usage, which has no choices.</summary>
    public void WriteUsageChunk(Utf8JsonWriter json, int completionTokens, RequestMoves moves)
    {
        json.WriteStartObject();
        WriteHead(json, ChunkObject);
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        UsageJson.Write(json, Call.PromptTokens, completionTokens, moves);
        json.WriteEndObject();
    }

    /// <summary>The whole answer.</summary>
    public void WriteWhole(Utf8JsonWriter json, ChoiceOutput[] outputs)
    {
        json.WriteStartObject();
        WriteHead(json, WholeObject);
        WriteWholeHead(json);
        json.WriteStartArray("choices"u8);
        for (int choice = 0; choice < outputs.Length; choice++) WriteWholeChoice(json, choice, outputs[choice]);
        json.WriteEndArray();
        UsageJson.Write(
            json, Call.PromptTokens, outputs.Sum(output => output.TokenCount), outputs.Aggregate(RequestMoves.None, (all, output) => all.Add(output.Moves)));
        json.WriteEndObject();
    }

    /// <summary>What stands beside the choices of a whole answer.</summary>
    protected virtual void WriteWholeHead(Utf8JsonWriter json)
    {
    }

    /// <summary>Opens a chunk up to the inside of its one choice.</summary>
    protected void StartChunk(Utf8JsonWriter json, int choice)
    {
        json.WriteStartObject();
        WriteHead(json, ChunkObject);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice);
    }

    /// <summary>Closes what <see cref="StartChunk"/> opened, up to the end of the choices.</summary>
    protected void EndChoices(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndArray();
        if (Call.IncludeUsage) json.WriteNull("usage"u8);
    }

    protected static void WriteIds(Utf8JsonWriter json, ReadOnlySpan<byte> key, ReadOnlySpan<int> ids)
    {
        json.WriteStartArray(key);
        foreach (int id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    /// <summary>vLLM's <c>stop_reason</c>: the stop string or the id of the stop token.</summary>
    protected void WriteReasons(Utf8JsonWriter json, string? reason, string? stopReason)
    {
        json.WriteString("finish_reason"u8, reason);
        if (reason is null) return;
        if (stopReason is not null
            && !Call.Sampling.Stop.Contains(stopReason)
            && int.TryParse(stopReason, NumberStyles.None, CultureInfo.InvariantCulture, out int token))
        {
            json.WriteNumber("stop_reason"u8, token);
        }
        else
        {
            json.WriteString("stop_reason"u8, stopReason);
        }
    }

    private void WriteHead(Utf8JsonWriter json, ReadOnlySpan<byte> kind)
    {
        json.WriteString("id"u8, _id);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, _created);
        json.WriteString("model"u8, _model);
    }
}
