using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Llumnix.Training.Training;

/// <summary>
/// Muon (Jordan et al. 2024): momentum whose matrix is made nearly orthogonal before it is applied, so that every direction of a weight
/// moves at one pace. With AdamW alone the model still could not copy a name from earlier in the text when the minutes were spent.
/// </summary>
public sealed class Muon(IReadOnlyList<Parameter> matrices, int threads) : IDisposable
{
    private const double Momentum = 0.95;
    private const double WeightDecay = 0.01;
    private const int Iterations = 5;

    private readonly Tensor[] _momenta = [.. matrices.Select(matrix => zeros_like(matrix, requires_grad: false))];

    /// <summary>Moves each matrix by its gradient.</summary>
    public void Step(double rate) => Parallel.For(0, matrices.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, index =>
    {
        set_num_threads(1);
        using IDisposable off = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Parameter matrix = matrices[index];
        Tensor gradient = matrix.grad!, momentum = _momenta[index];
        momentum.mul_(Momentum).add_(gradient);
        Tensor direction = Orthogonal(gradient + momentum * Momentum);
        double scale = Math.Sqrt(Math.Max(1, (double)matrix.shape[0] / matrix.shape[1]));
        matrix.mul_(1 - rate * WeightDecay).add_(direction, alpha: -rate * scale);
    });

    public void Dispose()
    {
        foreach (Tensor momentum in _momenta) momentum.Dispose();
    }

    /// <summary>Newton-Schulz iteration with the quintic coefficients of the paper: singular values end near 1, not at it.</summary>
    private static Tensor Orthogonal(Tensor matrix)
    {
        bool tall = matrix.shape[0] > matrix.shape[1];
        Tensor x = tall ? matrix.t() : matrix;
        x = x / (x.norm() + 1e-7);
        for (int i = 0; i < Iterations; i++)
        {
            Tensor square = x.mm(x.t());
            x = x * 3.4445 + (square * -4.7750 + square.mm(square) * 2.0315).mm(x);
        }

        return tall ? x.t() : x;
    }
}
