using System.Globalization;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Sampling;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>Everything a client was told of a request but its moves, numbers by their bits.</summary>
internal static class Told
{
    public static string[] Of(IEnumerable<GenerationEvent> events, int choice = 0) =>
        [.. events.Where(e => e.Kind != GenerationEventKind.Moved && e.Choice == choice).Select(Of)];

    private static string Of(GenerationEvent e) => string.Create(
        CultureInfo.InvariantCulture, $"{e.Kind} {e.Choice} {e.Index} {e.TokenId} '{e.Text}' {e.Reason} {e.StopReason} {Of(e.Logprobs)}");

    private static string Of(TokenLogprobs? logprobs) =>
        logprobs is null ? "" : $"{Bits(logprobs.Logprob)} {string.Join(' ', logprobs.TopTokens)} {string.Join(' ', logprobs.TopLogprobs.Select(Bits))}";

    private static string Bits(float value) => BitConverter.SingleToInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture);
}
