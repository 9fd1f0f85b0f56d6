using CsCheck;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;

namespace Llumnix.Gpu.Tests.Engine;

/// <summary>Random mixes of requests: prompts with common beginnings and identical ones, all kinds of parameters, all priorities.</summary>
internal static class EngineCases
{
    public static Gen<List<EngineRequest>> Requests(int vocabulary, int longestPrompt, int most) =>
        from stem in Gen.Int[0, vocabulary - 1].Array[longestPrompt]
        from drafts in (
            from common in Gen.Int[0, longestPrompt - 1]
            from own in Gen.Int[0, vocabulary - 1].Array[1, Math.Max(1, longestPrompt / 3)]
            from parameters in Parameters(vocabulary)
            from priority in Gen.Int[0, 2]
            from addedAt in Gen.Int[0, 25]
            from copies in Gen.OneOf(1, 1, 1, 3)
            select (common, own, parameters, priority, addedAt, copies)).List[1, most]
        select Build(stem, drafts, longestPrompt);

    private static List<EngineRequest> Build(
        int[] stem, List<(int Common, int[] Own, SamplingParameters Parameters, int Priority, int AddedAt, int Copies)> drafts, int longestPrompt)
    {
        var requests = new List<EngineRequest>();
        foreach (var draft in drafts)
        {
            int[] prompt = [.. stem[..draft.Common], .. draft.Own];
            if (prompt.Length > longestPrompt) prompt = prompt[..longestPrompt];
            for (int copy = 0; copy < draft.Copies; copy++)
            {
                var id = new RequestId(5, (ulong)(requests.Count + 1) << 16);
                SamplingParameters parameters = draft.Parameters with { Seed = Philox.ChoiceSeed(draft.Parameters.Seed, copy) };
                requests.Add(new EngineRequest(id, prompt, parameters, new Priority((byte)draft.Priority), draft.AddedAt));
            }
        }

        return requests;
    }

    private static Gen<SamplingParameters> Parameters(int vocabulary) =>
        from temperature in Gen.OneOf(0f, 0f, 0.8f, 1.5f)
        from topK in Gen.OneOf(0, 0, 8)
        from topP in Gen.OneOf(1f, 0.9f)
        from minP in Gen.OneOf(0f, 0.05f)
        from repetition in Gen.OneOf(1f, 1.2f)
        from presence in Gen.OneOf(0f, 0.5f)
        from frequency in Gen.OneOf(0f, 0.3f)
        from bias in Gen.Dictionary(Gen.Int[0, vocabulary - 1], Gen.Float[-3, 3])[0, 2]
        from stop in Gen.OneOf<string[]>([], [], ["ab"], ["ba", "ccc"])
        from stopToken in Gen.Int[0, vocabulary - 1].Array[0, 1]
        from maxTokens in Gen.OneOf(1, 7, 20, 45, 10_000)
        from minTokens in Gen.OneOf(0, 0, 1)
        from ignoreEos in Gen.Bool
        from logprobs in Gen.OneOf<int?>(null, 0, 3)
        from seed in Gen.ULong
        select new SamplingParameters
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            MinP = minP,
            RepetitionPenalty = repetition,
            PresencePenalty = presence,
            FrequencyPenalty = frequency,
            LogitBias = bias,
            Stop = stop,
            StopTokenIds = stopToken,
            MaxTokens = maxTokens,
            MinTokens = minTokens,
            IgnoreEos = ignoreEos,
            Logprobs = logprobs,
            Seed = seed,
        };
}
