using System.Text.Json;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Api;
using Llumnix.Host.Models;
using Llumnix.Scheduling.Priorities;

namespace Llumnix.Host.Bodies;

/// <summary>Reads the body of <c>/v1/completions</c>.</summary>
internal static class CompletionReader
{
    /// <summary>OpenAI's and vLLM's <c>max_tokens</c> where a body names none.</summary>
    private const int DefaultMaxTokens = 16;

    public static GenerationCall Read(JsonBody body, ModelCatalog models, PriorityClasses priorities, int maxChoices)
    {
        ServedModel model = models.Of(body);
        Unsupported.Refuse(body, chat: false);
        bool echo = body.Boolean("echo", false);
        int? logprobs = Logprobs(body);
        if (echo && logprobs is not null)
        {
            throw ApiException.Invalid("echo", "echo together with logprobs is not supported: log-probabilities of the prompt are not computed.");
        }

        int? maxTokens = body.Integer("max_tokens");
        List<(int[] Tokens, string Text)> prompts = Prompts(body, model, echo);
        int choices = SamplingReader.Choices(body, prompts.Count, maxChoices);
        if (body.Integer("best_of") is { } bestOf && bestOf != choices)
        {
            throw ApiException.Invalid("best_of", $"best_of is {bestOf}, but must equal n, which is {choices}: choices are not ranked.");
        }

        var inputs = new PromptInput[prompts.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            (int[] tokens, string text) = prompts[i];
            inputs[i] = new PromptInput(tokens, text, SamplingReader.MaxTokens(maxTokens, DefaultMaxTokens, tokens.Length, model, "max_tokens"));
        }

        SamplingParameters sampling = SamplingReader.Read(body, model) with
        {
            MaxTokens = inputs.Max(input => input.MaxTokens),
            Logprobs = logprobs,
        };
        SamplingReader.Check(sampling, model);
        return new GenerationCall
        {
            Model = model,
            Chat = false,
            Prompts = inputs,
            Sampling = sampling,
            Choices = choices,
            Priority = SamplingReader.Priority(body, priorities),
            Stream = body.Boolean("stream", false),
            IncludeUsage = body.Object("stream_options")?.Boolean("include_usage", false) ?? false,
            ReturnTokenIds = body.Boolean("return_token_ids", false),
        };
    }

    private static int? Logprobs(JsonBody body)
    {
        // Some clients say false for none.
        if (body.TryGet("logprobs", out JsonElement value) && value.ValueKind == JsonValueKind.False) return null;
        return body.Integer("logprobs");
    }

    private static List<(int[] Tokens, string Text)> Prompts(JsonBody body, ServedModel model, bool echo)
    {
        if (!body.TryGet("prompt", out JsonElement prompt))
        {
            throw ApiException.Invalid("prompt", "prompt is missing; give a string, a list of strings, token ids or a list of lists of token ids.");
        }

        bool addSpecialTokens = body.Boolean("add_special_tokens", true);
        var prompts = new List<(int[], string)>();
        if (prompt.ValueKind == JsonValueKind.String)
        {
            prompts.Add(OfText(prompt, "prompt"));
        }
        else if (prompt.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(prompt);
        }
        else if (prompt.GetArrayLength() > 0 && prompt[0].ValueKind == JsonValueKind.Number)
        {
            prompts.Add(OfTokens(prompt, "prompt"));
        }
        else
        {
            foreach (JsonElement item in prompt.EnumerateArray())
            {
                string key = $"prompt[{prompts.Count}]";
                prompts.Add(item.ValueKind switch
                {
                    JsonValueKind.String => OfText(item, key),
                    JsonValueKind.Array => OfTokens(item, key),
                    _ => throw JsonBody.Wrong(key, "a string or a list of token ids", item),
                });
            }
        }

        return prompts.Count > 0 ? prompts : throw ApiException.Invalid("prompt", "prompt is an empty list; at least one prompt is needed.");

        (int[], string) OfText(JsonElement item, string key)
        {
            string text = JsonBody.StringOf(item, key);
            int[] tokens = model.Encode(text, addSpecialTokens, "prompt");
            model.CheckPrompt(tokens, "prompt");
            return (tokens, echo ? text : "");
        }

        (int[], string) OfTokens(JsonElement item, string key)
        {
            int[] tokens = JsonBody.IntegersOf(item, key);
            model.CheckPrompt(tokens, "prompt");
            return (tokens, echo ? model.Tokenizer.Decode(tokens) : "");
        }
    }

    private static ApiException Wrong(JsonElement prompt) =>
        JsonBody.Wrong("prompt", "a string, a list of strings, token ids or a list of lists of token ids", prompt);
}
