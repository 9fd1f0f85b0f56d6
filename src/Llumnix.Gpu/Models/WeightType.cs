namespace Llumnix.Gpu.Models;

/// <summary>Number formats of weights and KV memory.</summary>
public enum WeightType
{
    F32,
    F16,
    BF16,
}
