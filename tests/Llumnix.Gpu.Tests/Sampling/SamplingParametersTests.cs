using Llumnix.Gpu.Sampling;

namespace Llumnix.Gpu.Tests.Sampling;

public sealed class SamplingParametersTests
{
    private static readonly SamplingParameters Good = new() { MaxTokens = 10 };

    public static TheoryData<SamplingParameters, string> Bad => new()
    {
        { Good with { Temperature = -0.5f }, "temperature is -0.5, but must be a number of at least 0." },
        { Good with { Temperature = float.NaN }, "temperature is NaN, but must be a number of at least 0." },
        { Good with { Temperature = float.PositiveInfinity }, "temperature is Infinity, but must be a number of at least 0." },
        { Good with { TopK = -2 }, "top_k is -2, but must be at least 1, or 0 or -1 to keep all tokens." },
        { Good with { TopP = 0 }, "top_p is 0, but must be above 0 and at most 1." },
        { Good with { TopP = 1.5f }, "top_p is 1.5, but must be above 0 and at most 1." },
        { Good with { TopP = float.NaN }, "top_p is NaN, but must be above 0 and at most 1." },
        { Good with { MinP = -0.1f }, "min_p is -0.1, but must be from 0 to 1." },
        { Good with { MinP = 1.1f }, "min_p is 1.1, but must be from 0 to 1." },
        { Good with { RepetitionPenalty = 0 }, "repetition_penalty is 0, but must be a number above 0." },
        { Good with { PresencePenalty = 2.5f }, "presence_penalty is 2.5, but must be from -2 to 2." },
        { Good with { FrequencyPenalty = -3 }, "frequency_penalty is -3, but must be from -2 to 2." },
        { Good with { FrequencyPenalty = float.NaN }, "frequency_penalty is NaN, but must be from -2 to 2." },
        { Good with { MaxTokens = 0 }, "max_tokens is 0, but must be at least 1." },
        { Good with { MinTokens = -1 }, "min_tokens is -1, but must be from 0 to max_tokens, 10." },
        { Good with { MinTokens = 11 }, "min_tokens is 11, but must be from 0 to max_tokens, 10." },
        { Good with { Logprobs = 21 }, "logprobs is 21, but must be from 0 to 20." },
        { Good with { Logprobs = -1 }, "logprobs is -1, but must be from 0 to 20." },
        { Good with { LogitBias = new Dictionary<int, float> { [100] = 1 } }, "logit_bias names token 100, but this model's tokens are 0 to 99." },
        { Good with { LogitBias = new Dictionary<int, float> { [-1] = 1 } }, "logit_bias names token -1, but this model's tokens are 0 to 99." },
        { Good with { LogitBias = new Dictionary<int, float> { [7] = 101 } }, "logit_bias of token 7 is 101, but must be from -100 to 100." },
        { Good with { LogitBias = new Dictionary<int, float> { [7] = float.NaN } }, "logit_bias of token 7 is NaN, but must be from -100 to 100." },
        { Good with { StopTokenIds = [3, 100] }, "stop_token_ids names token 100, but this model's tokens are 0 to 99." },
        { Good with { Stop = [.. Enumerable.Repeat("x", 17)] }, "stop has 17 strings, but must have at most 16." },
        { Good with { Stop = ["x", ""] }, "stop holds an empty string, but each of its strings must have a character." },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void A_wrong_parameter_is_named_with_its_value_and_range(SamplingParameters parameters, string sentence) =>
        Assert.Equal(sentence, parameters.Validate(100));

    [Fact]
    public void Defaults_and_the_ends_of_every_range_are_allowed()
    {
        Assert.Null(new SamplingParameters().Validate(100));
        Assert.Null(new SamplingParameters
        {
            Temperature = 0,
            TopK = -1,
            TopP = 1,
            MinP = 1,
            RepetitionPenalty = 0.01f,
            PresencePenalty = 2,
            FrequencyPenalty = -2,
            MaxTokens = 1,
            MinTokens = 1,
            Logprobs = 20,
            LogitBias = new Dictionary<int, float> { [0] = -100, [99] = 100 },
            StopTokenIds = [0, 99],
            Stop = [.. Enumerable.Repeat("x", 16)],
        }.Validate(100));
    }
}
