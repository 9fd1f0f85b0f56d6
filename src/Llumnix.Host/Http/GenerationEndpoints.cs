using System.Text.Json;
using Llumnix.Host.Bodies;
using Llumnix.Host.Generation;
using Llumnix.Host.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Priorities;

namespace Llumnix.Host.Http;

/// <summary><c>/v1/completions</c> and <c>/v1/chat/completions</c>.</summary>
internal sealed class GenerationEndpoints(GatewayServices gateway)
{
    private delegate GenerationCall Reader(JsonBody body, ModelCatalog models, PriorityClasses priorities, int maxChoices);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/completions", context => AnswerAsync(context, CompletionReader.Read));
        routes.MapPost("/v1/chat/completions", context => AnswerAsync(context, ChatReader.Read));
    }

    private async Task AnswerAsync(HttpContext context, Reader read)
    {
        CancellationToken gone = context.RequestAborted;
        GenerationCall call = await ReadAsync(context.Request, read, gone);
        RequestId id = RequestIds.Next();
        context.Response.Headers[Envelope.RequestIdHeader] = id.ToString();
        using SessionGroup sessions = SessionGroup.Start(gateway.Client, call, id);
        try
        {
            AnswerFormat format = AnswerFormat.For(call, id, gateway.Time.GetUtcNow());
            if (call.Stream)
            {
                using var answer = new EventStreamAnswer(context.Response, call, sessions, format);
                await answer.SendAsync(gone);
            }
            else
            {
                await WholeAnswer.SendAsync(context.Response, call, sessions, format, gone);
            }
        }
        catch
        {
            // The client left, or one of its prompts failed: nobody waits for the rest.
            sessions.Cancel();
            throw;
        }
    }

    private async Task<GenerationCall> ReadAsync(HttpRequest request, Reader read, CancellationToken cancellationToken)
    {
        using ReceivedBody received = await BodyReceiver.ReceiveAsync(request, gateway.Options.MaxBody, cancellationToken);
        using JsonDocument document = JsonBody.Parse(received.Bytes, "body");
        return read(new JsonBody(document.RootElement), gateway.Models, gateway.Priorities, gateway.Options.MaxChoices);
    }
}
