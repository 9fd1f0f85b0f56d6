namespace Llumnix.Gpu.Loading;

/// <summary>Reads <c>generation_config.json</c>, which a folder need not have.</summary>
internal static class GenerationConfigFile
{
    public const string FileName = "generation_config.json";

    /// <returns>The sampling defaults, and the end tokens it names (none where it names none).</returns>
    public static (GenerationDefaults Defaults, int[] EndTokenIds) Read(string folder)
    {
        var file = JsonSection.LoadIfPresent(Path.Combine(folder, FileName));
        if (file is null) return (new GenerationDefaults(), []);

        var defaults = new GenerationDefaults
        {
            Temperature = Number(file, "temperature", 0, float.MaxValue, "a number of at least 0"),
            TopK = file.OptionalInt("top_k", least: -1),
            TopP = Number(file, "top_p", float.Epsilon, 1, "a number above 0 and at most 1"),
            MinP = Number(file, "min_p", 0, 1, "a number from 0 to 1"),
            RepetitionPenalty = Number(file, "repetition_penalty", float.Epsilon, float.MaxValue, "a number above 0"),
            MaxTokens = file.OptionalInt("max_new_tokens", least: 1),
        };
        return (defaults, file.IntOrInts("eos_token_id"));
    }

    private static float? Number(JsonSection file, string key, float least, float most, string wanted)
    {
        if (file.OptionalNumber(key) is not { } number) return null;
        float value = (float)number;
        if (value < least || value > most) throw file.Wrong(key, file.Element.GetProperty(key), wanted);
        return value;
    }
}
