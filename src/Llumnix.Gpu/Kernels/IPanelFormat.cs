using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>How one step along k of a panel (32 rows of a matrix) lies in memory. Implemented by structs so that kernels specialize.</summary>
internal unsafe interface IPanelFormat
{
    /// <summary>Bytes of one step: 32 elements.</summary>
    static abstract int StepBytes { get; }

    /// <summary>Rows 0 to 15 of the panel at a step.</summary>
    static abstract Vector512<float> Low(byte* step);

    /// <summary>Rows 16 to 31.</summary>
    static abstract Vector512<float> High(byte* step);

    /// <summary>Writes the 32 rows' elements of a step, rounding where the format is narrower.</summary>
    static abstract void Pack(float* rows, byte* step);
}
