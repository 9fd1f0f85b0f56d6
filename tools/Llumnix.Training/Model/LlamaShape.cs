namespace Llumnix.Training.Model;

/// <summary>The sizes of a Llama: RMS norms, rotary positions, grouped-query attention, SwiGLU, tied embeddings.</summary>
public sealed record LlamaShape(
    int Vocabulary, int Hidden = 192, int Layers = 4, int Heads = 6, int KeyValueHeads = 2, int Inner = 512, int MaxPositions = 2048,
    double RopeTheta = 10000, double NormEpsilon = 1e-5)
{
    public int HeadSize => Hidden / Heads;
}
