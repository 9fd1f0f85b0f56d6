using CsCheck;
using Llumnix.Gpu.Engine;

namespace Llumnix.Gpu.Tests.Engine;

public sealed class StopTextFilterTests
{
    private static readonly Gen<string> Text = Gen.Char["abc"].Array[0, 30].Select(c => new string(c));

    private static readonly Gen<string> Stop = Gen.Char["abc"].Array[1, 5].Select(c => new string(c));

    /// <summary>The definition: the stop string that ends first cuts; of those that end together, the longest.</summary>
    private static string Cut(string text, IReadOnlyList<string> stops, bool include)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string[] found = [.. stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal))];
            if (found.Length > 0) return include ? text[..end] : text[..(end - found.Max(stop => stop.Length))];
        }

        return text;
    }

    [Fact]
    public void A_text_in_any_pieces_gives_what_cutting_the_whole_text_gives() =>
        (from text in Text
         from cuts in Gen.Int[0, 30].Array[0, 8]
         from stops in Stop.Array[0, 4]
         from include in Gen.Bool
         select (text, cuts, stops, include)).Sample(
            c =>
            {
                var filter = new StopTextFilter(c.stops, c.include);
                int[] cuts = [0, .. c.cuts.Select(cut => Math.Min(cut, c.text.Length)).Order(), c.text.Length];
                string released = "";
                for (int i = 1; i < cuts.Length; i++)
                {
                    released += filter.Append(c.text[cuts[i - 1]..cuts[i]]);

                    string expected = Cut(c.text, c.stops, c.include);
                    Assert.StartsWith(released, expected, StringComparison.Ordinal);
                    Assert.Equal(c.stops.Any(stop => c.text[..cuts[i]].Contains(stop, StringComparison.Ordinal)), filter.Ended);
                }

                Assert.Equal(Cut(c.text, c.stops, c.include), released + filter.Flush());
            },
            iter: 5000, threads: 1);

    [Fact]
    public void Only_what_may_become_a_stop_string_is_held_back()
    {
        var filter = new StopTextFilter(["</end>", "\n\n"], includeStop: false);
        Assert.Equal("once ", filter.Append("once <"));
        Assert.Equal("<b>", filter.Append("b>"));
        Assert.Equal("", filter.Append("\n"));
        Assert.Equal("\nthen ", filter.Append("then </en"));
        Assert.False(filter.Ended);
        Assert.Equal("", filter.Append("d> and more"));
        Assert.True(filter.Ended);
        Assert.Equal("", filter.Append("nothing"));
        Assert.Equal("", filter.Flush());
    }

    [Fact]
    public void A_stop_string_that_ends_where_none_may_is_text()
    {
        var filter = new StopTextFilter(["aba"], includeStop: false);
        string released = filter.Append("xab", mayEnd: false) + filter.Append("a", mayEnd: false);
        Assert.Equal("xab", released);
        // The a that is held back starts the next one.
        Assert.Equal("", filter.Append("ba"));
        Assert.True(filter.Ended);
    }
}
