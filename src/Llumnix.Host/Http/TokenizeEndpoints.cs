using System.Text.Json;
using Llumnix.Host.Api;
using Llumnix.Host.Bodies;
using Llumnix.Host.Models;

namespace Llumnix.Host.Http;

/// <summary><c>/tokenize</c> and <c>/detokenize</c>, in vLLM's form.</summary>
internal sealed class TokenizeEndpoints(GatewayServices gateway)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/tokenize", TokenizeAsync);
        routes.MapPost("/detokenize", DetokenizeAsync);
    }

    private async Task TokenizeAsync(HttpContext context)
    {
        using ReceivedBody received = await BodyReceiver.ReceiveAsync(context.Request, gateway.Options.MaxBody, context.RequestAborted);
        using JsonDocument document = JsonBody.Parse(received.Bytes, "body");
        var body = new JsonBody(document.RootElement);
        ServedModel model = gateway.Models.Of(body);
        int[] tokens;
        if (body.String("prompt") is { } prompt)
        {
            tokens = model.Tokenizer.Encode(prompt, body.Boolean("add_special_tokens", true));
        }
        else if (body.Has("messages"))
        {
            tokens = ChatReader.Prompt(body, model);
        }
        else
        {
            throw ApiException.Invalid("prompt", "prompt is missing; give a string, or messages.");
        }

        string[]? texts = body.Boolean("return_token_strs", false) ? [.. tokens.Select(model.TokenText)] : null;
        await JsonAnswer.SendAsync(context, new TokenizeView(tokens.Length, model.Context, tokens, texts), GatewayJson.Default.TokenizeView);
    }

    private async Task DetokenizeAsync(HttpContext context)
    {
        using ReceivedBody received = await BodyReceiver.ReceiveAsync(context.Request, gateway.Options.MaxBody, context.RequestAborted);
        using JsonDocument document = JsonBody.Parse(received.Bytes, "body");
        var body = new JsonBody(document.RootElement);
        ServedModel model = gateway.Models.Of(body);
        if (!body.Has("tokens")) throw ApiException.Invalid("tokens", "tokens is missing; give a list of token ids.");
        int[] tokens = body.Integers("tokens");
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)model.VocabularySize)
            {
                throw ApiException.Invalid("tokens", $"tokens has {token}, but this model's tokens are 0 to {model.VocabularySize - 1}.");
            }
        }

        await JsonAnswer.SendAsync(context, new DetokenizeView(model.Tokenizer.Decode(tokens)), GatewayJson.Default.DetokenizeView);
    }
}
