using CsCheck;
using Llumnix.Actors.KvStreams;

namespace Llumnix.Actors.Tests.KvStreams;

public sealed class KvFrameHeaderTests
{
    [Fact]
    public void A_header_reads_back_as_it_was_written() =>
        Gen.Select(Gen.Int[1, 6], Gen.ULong, Gen.Int[0, int.MaxValue], Gen.Int[0, int.MaxValue], Gen.ULong).Sample((kind, stream, index, length, sum) =>
        {
            var header = new KvFrameHeader((KvFrameKind)kind, new KvStreamId(stream), index, length, sum);
            byte[] bytes = new byte[KvFrameHeader.Size];
            header.Write(bytes);
            Assert.Equal(header, KvFrameHeader.Read(bytes));
        });

    [Fact]
    public void Bytes_that_are_no_header_are_refused_with_a_sentence_and_nothing_else() =>
        Gen.Byte.Array[KvFrameHeader.Size].Sample(bytes =>
        {
            try
            {
                KvFrameHeader.Read(bytes);
            }
            catch (KvStreamException)
            {
                return;
            }

            byte[] again = new byte[KvFrameHeader.Size];
            KvFrameHeader.Read(bytes).Write(again);
            Assert.Equal(bytes[..6], again[..6]);
        });
}
