using System.Buffers;
using System.Text.Json;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Api;
using Llumnix.Host.Bodies;

namespace Llumnix.Host.Generation;

/// <summary>Answers a call once all of it is there.</summary>
internal static class WholeAnswer
{
    public static async Task SendAsync(HttpResponse response, GenerationCall call, SessionGroup sessions, AnswerFormat format, CancellationToken cancellationToken)
    {
        var outputs = new ChoiceOutput[call.TotalChoices];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = new ChoiceOutput(format.ReportsEveryToken);
        while (await sessions.Events.WaitToReadAsync(cancellationToken))
        {
            while (sessions.Events.TryRead(out GenerationEvent e))
            {
                if (e.Kind == GenerationEventKind.Failed) throw ApiException.OfFailure(e);
                outputs[e.Choice].Add(e);
            }
        }

        if (outputs.Any(output => output.Reason is null)) throw ApiException.Internal("The session ended before its answer did.");

        var body = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(body, WireJson.Options)) format.WriteWhole(json, outputs);
        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        await response.BodyWriter.WriteAsync(body.WrittenMemory, cancellationToken);
    }
}
