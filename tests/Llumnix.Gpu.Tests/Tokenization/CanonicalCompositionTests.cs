using CsCheck;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Gpu.Tests.Tokenization;

/// <summary>The examples are those of Unicode Standard Annex 15 and of the standard's chapter on Hangul.</summary>
public sealed class CanonicalCompositionTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\u1e0a\u0323", "\u1e0c\u0307")]
    [InlineData("D\u0307\u0323", "\u1e0c\u0307")]
    [InlineData("a\u0323\u0302", "\u1ead")]
    [InlineData("a\u0302\u0323", "\u1ead")]
    [InlineData("a\u0302\u0302", "\u00e2\u0302")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\u2126", "\u03a9")]
    [InlineData("\uf900", "\u8c48")]
    [InlineData("\u1112\u1161\u11ab\u1100\u1173\u11af", "\ud55c\uae00")]
    [InlineData("\ud558\u11ab", "\ud55c")]
    [InlineData("\u0301x", "\u0301x")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U000110A5\U000110BA", "\U000110AB")]
    public void Text_is_decomposed_ordered_and_composed(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Compose(text));

    [Fact]
    public void Composing_again_changes_nothing() =>
        Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['\u00c0', '\u036f'], Gen.Char['\u0900', '\u09ff'], Gen.Char['\u1100', '\u11ff'], Gen.Char['\uac00', '\uac40'])
            .Array[0, 12].Select(characters => new string(characters)).Sample(
                text =>
                {
                    string composed = CanonicalComposition.Compose(text);
                    Assert.Equal(composed, CanonicalComposition.Compose(composed));
                },
                iter: 3000);
}
