namespace Llumnix.Gpu.Tokenization;

/// <summary>Where the mark of a word's start is put before text that does not begin with one.</summary>
internal enum PrefixScheme
{
    Never,
    First,
    Always,
}
