using Llumnix.Actors.Configuration;

namespace Llumnix.Actors.Tests.Configuration;

public sealed class HoconReaderTests
{
    [Fact]
    public void Sections_lists_quotes_comments_and_dotted_keys_give_the_values_they_say()
    {
        const string text = """
            # a file
            a { b = 1, c : two words # the end
              "d.e" = "q \"x\" \\ \n\u0041" } , f.g = [ 1, "two: 2"
              three // the third
            ]
            h = []
            i {}
            j { k { l = on }, m = 20 ms }
            n = "http://x" // not in the quotes
            o {
              p = ""
            }
            """;

        Assert.Equal(
            [
                "a.b = 1", "a.c = \"two words\"", "a.\"d.e\" = \"q \\\"x\\\" \\\\ \\u000aA\"",
                "f.g = [1, \"two: 2\", three]", "h = []", "i = {}", "j.k.l = on", "j.m = \"20 ms\"", "n = \"http://x\"", "o.p = \"\"",
            ],
            Read(text).Select(setting => $"{setting.Key} = {setting.Value}"));
    }

    [Fact]
    public void A_setting_knows_its_line()
    {
        Assert.Equal(
            ["in my.hocon, line 2", "in my.hocon, line 5"],
            Read("# one\na = [\n1\n]\nb = \"\"\"x\ny\"\"\"").Select(setting => setting.Origin.ToString()));
    }

    [Theory]
    [InlineData("a { b = 1\nc = 2", "my.hocon, line 2: the brace that opens a in line 1 is never closed.")]
    [InlineData("a = 1\n}\nb = 2", "my.hocon, line 2: this '}' closes nothing; a brace too many, or one missing above.")]
    [InlineData("{ a = 1 }\nb = 2", "my.hocon, line 2: 'b' stands after the closing brace of the whole file.")]
    [InlineData("a = [1,\n2", "my.hocon, line 1: the list of a is never closed.")]
    [InlineData("a = \"x\nb = 1", "my.hocon, line 1: the double quote that opens a text is never closed.")]
    [InlineData("a = \"\"\"x\nb = 1", "my.hocon, line 1: the text in three double quotes is never closed.")]
    [InlineData("a =\nb = 2", "my.hocon, line 1: a has no value; write \"\" for an empty one.")]
    [InlineData("\na b = 2", "my.hocon, line 2: after the key a a '=' or '{' is expected, but 'b' stands there.")]
    [InlineData("= 2", "my.hocon, line 1: a key is expected, but '=' stands there.")]
    [InlineData("a. = 2", "my.hocon, line 1: a key is expected, but ' ' stands there.")]
    [InlineData("a = http://x", "my.hocon, line 1: the value of a has the character ':' and must stand in double quotes.")]
    [InlineData("a = ${b}", "my.hocon, line 1: a uses a substitution, which is not supported; write the value, or set the key by the command line or the environment.")]
    [InlineData("include \"x\"", "my.hocon, line 1: include is not supported; give several --config files instead.")]
    [InlineData("a += 1", "my.hocon, line 1: a += is not supported; write the whole list with =.")]
    [InlineData("a = [{ b = 1 }]", "my.hocon, line 1: the list of a may hold plain values only.")]
    [InlineData("a = \"x\" y", "my.hocon, line 1: 'y' stands after the value of a; each key needs its own line, or a comma before it.")]
    [InlineData("a = \"\\q\"", "my.hocon, line 1: \\q is no escape; write \\\\ for a backslash.")]
    public void Wrong_text_is_refused_with_its_line(string text, string sentence)
    {
        Assert.Equal(sentence, Assert.Throws<ConfigurationException>(() => Read(text)).Message);
    }

    private static IReadOnlyList<Setting> Read(string text) => HoconReader.Read(text, "my.hocon", "/etc");
}
