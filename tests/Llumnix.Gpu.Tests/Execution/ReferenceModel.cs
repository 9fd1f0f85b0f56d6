using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

/// <summary>
/// The forward pass of the served families, written down once more from their definitions, in double precision, one position at a time
/// and with no regard for speed: what executors are compared to.
/// </summary>
internal sealed class ReferenceModel(ModelConfig config, IWeightSource source)
{
    private readonly Dictionary<string, double[]> _tensors = [];

    /// <summary>The logits at every position of a sequence.</summary>
    public double[][] Logits(IReadOnlyList<int> tokens)
    {
        double[][] stream = [.. tokens.Select(token => Row("model.embed_tokens.weight", token, config.HiddenSize))];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            double[][] queries = new double[tokens.Count][], keys = new double[tokens.Count][], values = new double[tokens.Count][];
            for (int t = 0; t < tokens.Count; t++)
            {
                double[] x = Norm(stream[t], prefix + "input_layernorm.weight");
                queries[t] = Linear(x, prefix + "self_attn.q_proj", config.QueryWidth, config.QkvBias);
                keys[t] = Linear(x, prefix + "self_attn.k_proj", config.KvWidth, config.QkvBias);
                values[t] = Linear(x, prefix + "self_attn.v_proj", config.KvWidth, config.QkvBias);
                for (int head = 0; head < config.Heads; head++) Turn(queries[t], head, t, config.QkNorm ? prefix + "self_attn.q_norm.weight" : null);
                for (int head = 0; head < config.KvHeads; head++) Turn(keys[t], head, t, config.QkNorm ? prefix + "self_attn.k_norm.weight" : null);
            }

            for (int t = 0; t < tokens.Count; t++)
            {
                double[] attended = Attend(queries[t], keys, values, t);
                stream[t] = Sum(stream[t], Linear(attended, prefix + "self_attn.o_proj", config.HiddenSize, config.OutputBias));
                double[] x = Norm(stream[t], prefix + "post_attention_layernorm.weight");
                double[] gate = Linear(x, prefix + "mlp.gate_proj", config.IntermediateSize, config.MlpBias);
                double[] up = Linear(x, prefix + "mlp.up_proj", config.IntermediateSize, config.MlpBias);
                double[] gated = [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)];
                stream[t] = Sum(stream[t], Linear(gated, prefix + "mlp.down_proj", config.HiddenSize, config.MlpBias));
            }
        }

        string head2 = config.TiedEmbeddings ? "model.embed_tokens" : "lm_head";
        return [.. stream.Select(x => Linear(Norm(x, "model.norm.weight"), head2, config.VocabularySize, bias: false))];
    }

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private double[] Attend(double[] query, double[][] keys, double[][] values, int position)
    {
        double[] result = new double[config.QueryWidth];
        for (int head = 0; head < config.Heads; head++)
        {
            int at = head * config.HeadDim, kvAt = head / (config.Heads / config.KvHeads) * config.HeadDim;
            double[] scores = new double[position + 1];
            for (int t = 0; t <= position; t++)
            {
                for (int i = 0; i < config.HeadDim; i++) scores[t] += query[at + i] * keys[t][kvAt + i];
                scores[t] /= Math.Sqrt(config.HeadDim);
            }

            double most = scores.Max(), total = scores.Sum(score => Math.Exp(score - most));
            for (int t = 0; t <= position; t++)
            {
                double weight = Math.Exp(scores[t] - most) / total;
                for (int i = 0; i < config.HeadDim; i++) result[at + i] += weight * values[t][kvAt + i];
            }
        }

        return result;
    }

    private void Turn(double[] heads, int head, int position, string? norm)
    {
        int at = head * config.HeadDim, half = config.HeadDim / 2;
        if (norm is not null) Norm(heads[at..(at + config.HeadDim)], norm).CopyTo(heads, at);
        for (int i = 0; i < half; i++)
        {
            double angle = position * Frequency(i);
            (double a, double b) = (heads[at + i], heads[at + half + i]);
            heads[at + i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
            heads[at + half + i] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
        }
    }

    private double Frequency(int i)
    {
        double frequency = 1 / Math.Pow(config.RopeTheta, 2.0 * i / config.HeadDim);
        switch (config.RopeScaling)
        {
            case RopeScaling.Linear linear:
                return frequency / linear.Factor;
            case RopeScaling.Llama3 scaling:
                double wavelength = 2 * Math.PI / frequency;
                double longest = scaling.OriginalMaxPositions / scaling.LowFrequencyFactor;
                double shortest = scaling.OriginalMaxPositions / scaling.HighFrequencyFactor;
                if (wavelength < shortest) return frequency;
                if (wavelength > longest) return frequency / scaling.Factor;
                double smooth = ((scaling.OriginalMaxPositions / wavelength) - scaling.LowFrequencyFactor)
                    / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
                return ((1 - smooth) * frequency / scaling.Factor) + (smooth * frequency);
            default:
                return frequency;
        }
    }

    private double[] Norm(double[] x, string name)
    {
        double[] weight = Tensor(name);
        double scale = 1 / Math.Sqrt((x.Sum(v => v * v) / x.Length) + config.RmsNormEpsilon);
        return [.. x.Select((v, i) => v * scale * weight[i])];
    }

    private double[] Linear(double[] x, string name, int outputs, bool bias)
    {
        double[] weight = Tensor(name + ".weight");
        double[] result = bias ? [.. Tensor(name + ".bias")] : new double[outputs];
        for (int row = 0; row < outputs; row++)
        {
            for (int k = 0; k < x.Length; k++) result[row] += weight[(row * x.Length) + k] * x[k];
        }

        return result;
    }

    private double[] Row(string name, int row, int width) => Tensor(name)[(row * width)..((row + 1) * width)];

    private double[] Tensor(string name)
    {
        if (_tensors.TryGetValue(name, out double[]? values)) return values;

        Assert.True(source.TryGet(name, out WeightTensor tensor), name);
        float[] floats = new float[tensor.ElementCount];
        tensor.CopyTo(0, floats);
        return _tensors[name] = Array.ConvertAll(floats, v => (double)v);
    }
}
