namespace Llumnix.Gpu.Loading;

/// <summary>A tensor as a safetensors header lists it.</summary>
/// <param name="Type">The format's name of its number format, for example <c>BF16</c>.</param>
/// <param name="Shape">Its sizes, row-major.</param>
/// <param name="Begin">Where it starts in the data section, in bytes.</param>
/// <param name="End">Where it ends there, exclusive.</param>
internal readonly record struct SafetensorsEntry(string Type, long[] Shape, long Begin, long End);
