namespace Llumnix.Benchmarks;

/// <summary>A benchmark was asked for something it does not have; the message is one sentence.</summary>
public sealed class BenchmarkArgumentException : Exception
{
    public BenchmarkArgumentException()
    {
    }

    public BenchmarkArgumentException(string message)
        : base(message)
    {
    }

    public BenchmarkArgumentException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
