namespace Llumnix.Host.Http;

/// <summary>A model as <c>/v1/models</c> shows it: OpenAI's fields and vLLM's <c>max_model_len</c>.</summary>
internal sealed record ModelView(string Id, string Object, long Created, string OwnedBy, int MaxModelLen);
