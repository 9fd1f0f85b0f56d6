using CsCheck;
using Llumnix.Actors.KvStreams;

namespace Llumnix.Actors.Tests.KvStreams;

public sealed class TokenBucketTests
{
    [Fact]
    public void A_burst_passes_at_once_and_what_exceeds_it_waits_for_its_share_of_the_rate()
    {
        var time = new ManualTime();
        var bucket = new TokenBucket(1000, 500, time);

        Assert.Equal(TimeSpan.Zero, bucket.Take(500));
        Assert.Equal(TimeSpan.FromSeconds(1), bucket.Take(1000));
        time.Advance(TimeSpan.FromSeconds(1.25));
        Assert.Equal(TimeSpan.Zero, bucket.Take(250));
    }

    [Fact]
    public void No_limit_never_waits() => Assert.Equal(TimeSpan.Zero, new TokenBucket(0, 1, new ManualTime()).Take(long.MaxValue / 2));

    [Fact]
    public void Whoever_waits_as_told_never_exceeds_the_rate_over_any_stretch() =>
        Gen.Int[1, 5000].List[1, 200].Sample(sizes =>
        {
            var time = new ManualTime();
            var bucket = new TokenBucket(1000, 500, time);
            long sent = 0;
            foreach (int size in sizes)
            {
                time.Advance(bucket.Take(size));
                sent += size;
                // The rounding of a wait to clock ticks may let one byte in a million through early.
                Assert.True(sent <= 500 + (1000 * time.Elapsed.TotalSeconds * 1.000001) + 1, $"{sent} bytes after {time.Elapsed}");
            }
        });

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks;

        public TimeSpan Elapsed => TimeSpan.FromTicks(_ticks);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
