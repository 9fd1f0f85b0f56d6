using System.Buffers;
using System.IO.Pipelines;
using Llumnix.Host.Api;

namespace Llumnix.Host.Bodies;

/// <summary>Takes a request's body in, up to a limit.</summary>
internal static class BodyReceiver
{
    /// <summary>The whole body in memory from the shared pool; return it after use.</summary>
    public static async Task<ReceivedBody> ReceiveAsync(HttpRequest request, long limit, CancellationToken cancellationToken)
    {
        PipeReader reader = request.BodyReader;
        // The server reads on for a while after the answer, so that a client still sending gets to see it.
        if (request.ContentLength > limit) throw TooLarge(limit, request.ContentLength);

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(request.ContentLength ?? 4096, limit) + 1);
        int length = 0;
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(cancellationToken);
                long arrived = length + read.Buffer.Length;
                if (arrived > limit)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    throw TooLarge(limit, null);
                }

                if (arrived > buffer.Length) buffer = Grow(buffer, length, (int)Math.Min(Math.Max(arrived, buffer.Length * 2L), limit + 1));
                read.Buffer.CopyTo(buffer.AsSpan(length));
                length = (int)arrived;
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return new ReceivedBody(buffer, length);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private static byte[] Grow(byte[] buffer, int length, int size)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static ApiException TooLarge(long limit, long? length) => ApiException.TooLarge(
        length is { } known
            ? $"The body has {known} bytes; at most {limit} are taken (llumnix.gateway.max-body)."
            : $"The body has more than {limit} bytes (llumnix.gateway.max-body).");
}
