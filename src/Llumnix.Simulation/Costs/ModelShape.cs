using System.Globalization;

namespace Llumnix.Simulation.Costs;

/// <summary>What of a model its cost depends on.</summary>
/// <param name="Layers">How many.</param>
/// <param name="Hidden">Width: heads x head-dim.</param>
/// <param name="KvHeads">Heads of keys and values.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="Intermediate">Width of the gated feed-forward part.</param>
/// <param name="Vocabulary">Tokens there are.</param>
/// <param name="BytesPerWeight">2 for half precision; KV memory has the same.</param>
public sealed record ModelShape(int Layers, int Hidden, int KvHeads, int HeadDim, int Intermediate, int Vocabulary, double BytesPerWeight = 2)
{
    /// <summary>LLaMA-7B in half precision.</summary>
    public static ModelShape Llama7B { get; } = new(32, 4096, 32, 128, 11008, 32000);

    /// <summary>Weights that a step reads: attention, feed-forward and the output layer.</summary>
    public double Parameters =>
        ((double)Layers * ((2.0 * Hidden * Hidden) + (2.0 * Hidden * KvHeads * HeadDim) + (3.0 * Hidden * Intermediate))) + ((double)Hidden * Vocabulary);

    /// <summary>Bytes of KV memory of one token.</summary>
    public double KvBytesPerToken => 2.0 * Layers * KvHeads * HeadDim * BytesPerWeight;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Layers} layers x {Hidden}, {Parameters / 1e9:0.#}e9 weights");
}
