using Llumnix.Gpu.Kernels;
using Llumnix.Gpu.Memory;

namespace Llumnix.Gpu.Execution;

/// <summary>One layer's weights; biases and norms are F32 and padded with zeros like the rows they go with.</summary>
internal sealed class CpuLayer : IDisposable
{
    public required HostBuffer InputNorm { get; init; }

    /// <summary>Rows of q, then k, then v.</summary>
    public required PackedMatrix Qkv { get; init; }

    public HostBuffer? QkvBias { get; init; }

    public HostBuffer? QueryNorm { get; init; }

    public HostBuffer? KeyNorm { get; init; }

    public required PackedMatrix Output { get; init; }

    public HostBuffer? OutputBias { get; init; }

    public required HostBuffer MlpNorm { get; init; }

    /// <summary>Panels of gate and up in turn.</summary>
    public required PackedMatrix GateUp { get; init; }

    public HostBuffer? GateUpBias { get; init; }

    public required PackedMatrix Down { get; init; }

    public HostBuffer? DownBias { get; init; }

    /// <summary>Bytes of the matrices.</summary>
    public long Bytes => Qkv.Bytes + Output.Bytes + GateUp.Bytes + Down.Bytes;

    public void Dispose()
    {
        InputNorm.Dispose();
        Qkv.Dispose();
        QkvBias?.Dispose();
        QueryNorm?.Dispose();
        KeyNorm?.Dispose();
        Output.Dispose();
        OutputBias?.Dispose();
        MlpNorm.Dispose();
        GateUp.Dispose();
        GateUpBias?.Dispose();
        Down.Dispose();
        DownBias?.Dispose();
    }
}
