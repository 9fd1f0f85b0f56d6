using Akka.Actor;
using CsCheck;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Tests.Serialization;

/// <summary>Random messages of every type with a hand-written serializer.</summary>
internal static class Messages
{
    private static readonly Gen<int> Index = Gen.OneOf(Gen.Int[0, 300], Gen.Int[0, int.MaxValue]);

    private static readonly Gen<string> Text = Gen.OneOf(Gen.String[0, 12], Gen.Char.Array[0, 5].Select(units => new string(units)));

    private static readonly Gen<RequestId> Request = Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new RequestId(high, low));

    /// <summary>The first incarnation has no gateway of its own.</summary>
    private static readonly Gen<Epoch> Epoch = Gen.Select(Index, Index, Gen.Int, (incarnation, placement, gateway) =>
        new Epoch(incarnation, placement) { Gateway = incarnation > 1 ? gateway : 0 });

    private static readonly Gen<InstanceId> Instance = Text.Select(name => new InstanceId(name));

    private static readonly Gen<FinishReason> Finish = OneOf(Enum.GetValues<FinishReason>());

    private static readonly Gen<TokenLogprobs?> Logprobs = Gen.OneOf(
        Gen.Const((TokenLogprobs?)null),
        Gen.Select(Gen.Float, Gen.Select(Index, Gen.Float).Array[0, 20], (chosen, top) =>
            (TokenLogprobs?)new TokenLogprobs(chosen, [.. top.Select(pair => pair.Item1)], [.. top.Select(pair => pair.Item2)])));

    public static Gen<SamplingParameters> Sampling { get; } = Gen.Select(
        Gen.Float.Array[6],
        Gen.Int.Array[3],
        Gen.Select(Index, Gen.Float).Array[0, 5],
        Gen.ULong,
        Text.Array[0, 4],
        Index.Array[0, 4],
        Gen.Select(Gen.Bool, Gen.Bool, Gen.OneOf(Gen.Const((int?)null), Gen.Int[0, 20].Select(n => (int?)n))),
        (reals, numbers, bias, seed, stop, stopTokens, rest) => new SamplingParameters
        {
            Temperature = reals[0],
            TopK = numbers[0],
            TopP = reals[1],
            MinP = reals[2],
            RepetitionPenalty = reals[3],
            PresencePenalty = reals[4],
            FrequencyPenalty = reals[5],
            LogitBias = bias.DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.Item2),
            Seed = seed,
            Stop = stop,
            StopTokenIds = stopTokens,
            MaxTokens = numbers[1],
            MinTokens = numbers[2],
            IgnoreEos = rest.Item1,
            IncludeStop = rest.Item2,
            Logprobs = rest.Item3,
        });

    private static Gen<InstanceProtocol.Submit> Submit(IActorRef actor) => Gen.Select(
        Request, Epoch, Index.Array[0, 40], Index.Array[0, 40], Sampling, Gen.Byte, Gen.Long, (request, epoch, prompt, generated, sampling, rank, arrival) =>
            new InstanceProtocol.Submit(request, epoch, prompt, generated, sampling, new Priority(rank), arrival, new DispatchTicket(~arrival, arrival / 3), actor));

    public static Gen<TokenProtocol.TokenFrame> Frame { get; } = Gen.Select(
        Instance,
        Gen.Long,
        Gen.Select(Request, Epoch, Index, Finish, Gen.Select(Index, Logprobs).Array[0, 4]).Array[0, 6],
        Gen.Bool,
        (instance, incarnation, requests, withLogprobs) =>
        {
            List<TokenProtocol.TokenEntry> entries = [];
            List<int> tokens = [];
            List<TokenLogprobs?> logprobs = [];
            foreach (var (request, epoch, first, finish, pairs) in requests)
            {
                entries.Add(new TokenProtocol.TokenEntry(request, epoch, first, tokens.Count, pairs.Length, finish));
                tokens.AddRange(pairs.Select(pair => pair.Item1));
                logprobs.AddRange(pairs.Select(pair => pair.Item2));
            }

            bool any = withLogprobs && logprobs.Any(entry => entry is not null);
            return new TokenProtocol.TokenFrame(instance, incarnation, [.. entries], [.. tokens], any ? [.. logprobs] : null);
        });

    /// <summary>A generator for each type; the actor is who a submit names as receiver.</summary>
    public static IReadOnlyDictionary<Type, Gen<object>> Generators(IActorRef actor) => new Dictionary<Type, Gen<object>>
    {
        [typeof(InstanceProtocol.Submit)] = Submit(actor).Select(submit => (object)submit),
        [typeof(MigrationProtocol.Commit)] = Gen.Select(
            Gen.ULong, Submit(actor), Index, Gen.OneOf(Gen.Const((TokenLogprobs?[]?)null), Logprobs.Array[0, 4].Select(all => (TokenLogprobs?[]?)all)), Gen.Select(Index, Index), Text, Gen.Long,
            (migration, submit, acknowledged, logprobs, sent, machine, stoppedAt) =>
                (object)new MigrationProtocol.Commit(new MigrationId(migration), submit, actor, acknowledged, logprobs, sent.Item1, sent.Item2, machine, stoppedAt)),
        [typeof(InstanceProtocol.SubmitAccepted)] = Gen.Select(Request, Epoch, Instance, (request, epoch, instance) => (object)new InstanceProtocol.SubmitAccepted(request, epoch, instance)),
        [typeof(InstanceProtocol.SubmitRefused)] = Gen.Select(Request, Epoch, Instance, OneOf(Enum.GetValues<SubmitRefusal>()), Text, (request, epoch, instance, reason, sentence) =>
            (object)new InstanceProtocol.SubmitRefused(request, epoch, instance, reason, sentence)),
        [typeof(InstanceProtocol.Stop)] = Gen.Select(Request, Epoch, (request, epoch) => (object)new InstanceProtocol.Stop(request, epoch)),
        [typeof(InstanceProtocol.Stopped)] = Gen.Select(Request, Epoch, Instance, (request, epoch, instance) => (object)new InstanceProtocol.Stopped(request, epoch, instance)),
        [typeof(InstanceProtocol.Resend)] = Gen.Select(Request, Epoch, Index, (request, epoch, from) => (object)new InstanceProtocol.Resend(request, epoch, from)),
        [typeof(InstanceProtocol.NotHere)] = Gen.Select(Request, Epoch, Instance, (request, epoch, instance) => (object)new InstanceProtocol.NotHere(request, epoch, instance)),
        [typeof(LoadProtocol.InstanceReport)] = LoadMessages.Instance(actor).Select(report => (object)report),
        [typeof(LoadProtocol.NodeReport)] = LoadMessages.Instance(actor).Array[0, 4].Select(reports => (object)new LoadProtocol.NodeReport(reports)),
        [typeof(LoadProtocol.InstanceEnded)] = LoadMessages.Ended,
        [typeof(TokenProtocol.TokenFrame)] = Frame.Select(frame => (object)frame),
        [typeof(TokenProtocol.AckFrame)] = Gen.Select(Request, Epoch, Index, Gen.Bool, (request, epoch, next, ended) => new TokenProtocol.AckEntry(request, epoch, next, ended)).Array[0, 8]
            .Select(entries => (object)new TokenProtocol.AckFrame(entries)),
    };

    private static Gen<T> OneOf<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
