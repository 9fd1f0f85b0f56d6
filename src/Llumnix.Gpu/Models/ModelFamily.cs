namespace Llumnix.Gpu.Models;

/// <summary>The decoder families that can be served.</summary>
public enum ModelFamily
{
    Llama,
    Mistral,
    Qwen2,
    Qwen3,
}
