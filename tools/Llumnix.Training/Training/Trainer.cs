using System.Diagnostics;
using System.Globalization;
using Llumnix.Training.Corpus;
using Llumnix.Training.Model;
using Llumnix.Training.Tokenization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Llumnix.Training.Training;

/// <summary>Trains the model: Muon and AdamW, warm-up and cosine, clipped gradients, every document seen once.</summary>
public sealed class Trainer(TrainingOptions options, TextWriter log)
{
    private const int TokenizerDocuments = 10_000;
    private const int Warmup = 50;
    private const int PointEvery = 20;
    private const int SaveEvery = 250;
    /// <summary>AdamW's learning rate, for embeddings and norms, as a share of Muon's.</summary>
    private const double VectorRatio = 0.2;
    private const double WeightDecay = 0.05;
    private const double FloorRatio = 0.03;

    /// <summary>
    /// Every batch is cut in two, each half the work of one thread: threads of the tensor library's own would meet at every operator
    /// and stand still whenever another program takes a core. The number is fixed, so that the sums do not depend on the machine.
    /// </summary>
    private const int Shards = 2;

    /// <summary>Far from the training seed's own, and the same relation for every seed.</summary>
    private readonly ulong _heldOutSeed = options.Seed ^ 0x5EED_0FF5_E700_0000;

    public void Run()
    {
        set_num_threads(1);
        random.manual_seed((long)options.Seed);
        Stopwatch clock = Stopwatch.StartNew();
        DocumentSource documents = new(options.Seed);
        ByteLevelBpe bpe = BpeTrainer.Train(
            Enumerable.Range(0, TokenizerDocuments).Select(index => documents[index].Text).SelectMany(WithoutMarkers), options.Shape.Vocabulary);
        Log($"tokenizer: {bpe.Size} tokens from {TokenizerDocuments} documents, {clock.Elapsed.TotalSeconds:F1} s");
        BatchSource batches = new(documents, bpe);
        Tensor quick = new BatchSource(new DocumentSource(_heldOutSeed), bpe).Take(16, 1024);

        using StoryLlama model = StoryLlama.Fresh(options.Shape, (long)options.Seed, options.Products);
        Log($"model: {model.ParameterCount} parameters; {options.Steps} steps of {options.TokensPerStep} tokens on {options.Threads} threads, products in {options.Products}");
        Parameter[] all = [.. model.Weights.Values.Cast<Parameter>()], norms = [.. all.Where(weight => weight.dim() == 1)];
        Parameter embedding = all[0];
        using Muon muon = new([.. all.Skip(1).Where(weight => weight.dim() == 2)], options.Threads);
        using optim.Optimizer optimizer = optim.AdamW(
        [
            new AdamW.ParamGroup([embedding], new AdamW.Options { LearningRate = 0, beta1 = 0.9, beta2 = 0.98, weight_decay = WeightDecay }),
            new AdamW.ParamGroup(norms, new AdamW.Options { LearningRate = 0, beta1 = 0.9, beta2 = 0.98, weight_decay = 0 }),
        ]);

        StoryLlama[] replicas = [.. Enumerable.Range(0, Shards).Select(_ => model.Replica())];
        clock.Restart();
        List<LossPoint> points = [];
        double sum = 0, progress = 0;
        int summed = 0, step = 0;
        long tokens = 0;
        while (progress < 1)
        {
            using (DisposeScope _ = NewDisposeScope())
            {
                progress = Math.Max((step + 1.0) / options.Steps, options.Minutes is { } minutes ? clock.Elapsed.TotalMinutes / minutes : 0);
                double rate = Rate(step, progress);
                foreach (optim.ILearningRateController group in optimizer.ParamGroups) group.LearningRate = rate * VectorRatio;
                int length = Length(step), rows = options.TokensPerStep / length;
                using Tensor batch = batches.Take(rows, length);
                sum += Gradients(model, replicas, batch);
                nn.utils.clip_grad_norm_(all, 1.0);
                muon.Step(rate);
                optimizer.step();
                summed++;
                step++;
                tokens += rows * length;
                if (step % SaveEvery == 0) ModelFolder.Write(options.Out, model, bpe);
                if (step % PointEvery == 0 || progress >= 1)
                {
                    bool measure = points.Count % 10 == 9 || progress >= 1;
                    double? held = measure ? Evaluate(model, quick) : null;
                    points.Add(new LossPoint(step, tokens, clock.Elapsed.TotalSeconds, rate, sum / summed, held));
                    Log($"step {step} ({progress:P1}), {tokens / 1e6:F2} M tokens, {clock.Elapsed.TotalSeconds:F0} s, rate {rate:E2}, loss {sum / summed:F4}"
                        + (held is null ? "" : string.Create(CultureInfo.InvariantCulture, $", held out {held:F4}")));
                    (sum, summed) = (0, 0);
                }
            }
        }

        double seconds = clock.Elapsed.TotalSeconds;
        ModelFolder.Write(options.Out, model, bpe);
        LossCurve.Write(points, options.Out + ".report");
        Log($"trained in {seconds:F0} s on {tokens} tokens, {batches.Next} documents; written to {options.Out}");
        Report(documents, batches.Next);
    }

    /// <summary>The gradients of the mean loss over the batch, left in the model's weights. Returns that loss.</summary>
    private double Gradients(StoryLlama model, StoryLlama[] replicas, Tensor batch)
    {
        long rows = batch.shape[0];
        double[] losses = new double[Shards];
        Parallel.For(0, Shards, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, shard =>
        {
            // The setting belongs to the calling thread.
            set_num_threads(1);
            using DisposeScope scope = NewDisposeScope();
            long from = rows * shard / Shards, count = rows * (shard + 1) / Shards - from;
            if (count == 0) return;
            Tensor loss = replicas[shard].Loss(batch.narrow(0, from, count)) * ((double)count / rows);
            loss.backward();
            losses[shard] = loss.item<float>();
        });
        foreach ((string name, Tensor weight) in model.Weights)
        {
            Tensor? total = null;
            foreach (StoryLlama replica in replicas)
            {
                if (replica.Weights[name].grad is not { } part) continue;
                total = total is null ? part.clone() : total.add_(part);
                part.zero_();
            }

            weight.grad = total;
        }

        return losses.Sum();
    }

    /// <summary>Measures what was written, not what is in memory: BF16 weights read back, products in F32.</summary>
    private void Report(DocumentSource documents, long trained)
    {
        (StoryLlama model, ByteLevelBpe bpe) = ModelFolder.Read(options.Out);
        using (model)
        using (no_grad())
        {
            const int Rows = 64, Length = 2048;
            BatchSource held = new(new DocumentSource(_heldOutSeed), bpe);
            double[] losses = new double[Length];
            for (int row = 0; row < Rows; row++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor ids = held.Take(1, Length);
                Tensor each = nn.functional.cross_entropy(
                    model.Forward(ids.narrow(1, 0, Length))[0], ids.narrow(1, 1, Length)[0], reduction: nn.Reduction.None);
                float[] values = each.data<float>().ToArray();
                for (int i = 0; i < Length; i++) losses[i] += values[i] / Rows;
            }

            Log($"held-out loss {losses.Average():F4} nats a token over {Rows * Length} tokens of {held.Next} documents");
            foreach ((int from, int to) in ((int, int)[])[(0, 256), (256, 512), (512, 1024), (1024, 1536), (1536, 2048)])
                Log($"  positions {from} to {to - 1}: {losses[from..to].Average():F4}");
            HashSet<string> seen = [];
            for (long i = 0; i < trained; i++) if (documents[i].Story is { } story) seen.Add(story.Text);
            DocumentSource others = new(_heldOutSeed);
            int known = 0, counted = 0;
            for (long i = 0; i < 10_000; i++)
            {
                if (others[i].Story is not { } story) continue;
                counted++;
                if (seen.Contains(story.Text)) known++;
            }

            Log($"of {counted} held-out stories {known} also occur in training, word for word");
        }
    }

    private double Rate(int step, double progress) => step < Warmup
        ? options.LearningRate * (step + 1) / Warmup
        : options.LearningRate * (FloorRatio + (1 - FloorRatio) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));

    /// <summary>Most steps see one or two documents a row, which is cheap; some see as many as the context holds.</summary>
    private int Length(int step) => (step % 16) switch
    {
        15 => options.Shape.MaxPositions,
        5 or 10 => 1024,
        2 or 7 or 12 => 512,
        _ => 320,
    };

    private double Evaluate(StoryLlama model, Tensor batch)
    {
        {
            double[] losses = new double[batch.shape[0]];
            Parallel.For(0, losses.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, row =>
            {
                set_num_threads(1);
                using IDisposable off = no_grad();
                using DisposeScope scope = NewDisposeScope();
                losses[row] = model.Loss(batch.narrow(0, row, 1)).item<float>();
            });
            return losses.Average();
        }
    }

    private static IEnumerable<string> WithoutMarkers(string text) => text.Split([.. SpecialTokens.All], StringSplitOptions.RemoveEmptyEntries);

    private void Log(FormattableString line) => Log(line.ToString(CultureInfo.InvariantCulture));

    private void Log(string line)
    {
        log.WriteLine(line);
        log.Flush();
    }
}
