using System.Diagnostics;

namespace Llumnix.Gpu.Execution;

/// <summary>
/// The threads of one executor. The caller of <see cref="For"/> leads: it publishes a phase of independent units, takes units itself like
/// every other member, and goes on when all are done. A member that the system has not scheduled holds nothing up unless it is inside a
/// unit. Waiting threads spin for some microseconds, because a step is dozens of phases, and then park.
/// </summary>
internal sealed class WorkerTeam : IDisposable
{
    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private Action<int, int>? _body;
    private int _units;
    private int _done;

    // Phase number in the high half, units not yet taken in the low half: taking one is a compare-and-swap that fails in any other phase.
    private long _ticket;
    private int _parked;
    private bool _leaderParked;
    private bool _stopped;
    private Exception? _failure;

    /// <summary>Starts a team.</summary>
    /// <param name="size">Members, the leader included; 1 runs everything on the caller's thread.</param>
    /// <param name="name">Of the threads, for debuggers.</param>
    public WorkerTeam(int size, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
        _threads = new Thread[size - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int rank = i + 1;
            _threads[i] = new Thread(() => Follow(rank)) { IsBackground = true, Name = $"{name}-{rank}" };
            _threads[i].Start();
        }
    }

    /// <summary>Members, the leader included.</summary>
    public int Size { get; }

    /// <summary>
    /// Runs <paramref name="body"/>(unit, rank) for each unit from 0; rank, below <see cref="Size"/>, is the member's own. Returns when all
    /// units are done, with everything they wrote visible. One call at a time. The first exception of a unit is thrown here.
    /// </summary>
    public void For(int units, Action<int, int> body)
    {
        if (units <= 1 || Size == 1)
        {
            for (int unit = 0; unit < units; unit++) body(unit, 0);
            return;
        }

        _body = body;
        _units = units;
        _done = 0;
        long phase = (_ticket >> 32) + 1;
        Interlocked.Exchange(ref _ticket, (phase << 32) | (uint)units);
        if (Volatile.Read(ref _parked) > 0)
        {
            lock (_gate) Monitor.PulseAll(_gate);
        }

        while (TakeOne(0))
        {
        }

        AwaitAll(units);
        if (_failure is { } failure)
        {
            _failure = null;
            throw new InvalidOperationException("A unit of work failed.", failure);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads) thread.Join();
    }

    private bool TakeOne(int rank)
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            int left = (int)ticket;
            if (left == 0) return false;

            Action<int, int> body = _body!;
            int units = Volatile.Read(ref _units);
            if (Interlocked.CompareExchange(ref _ticket, ticket - 1, ticket) != ticket) continue;

            // The swap succeeded, so the phase was not over and what was read before it belongs to it.
            try
            {
                body(units - left, rank);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref _failure, exception, null);
            }

            if (Interlocked.Increment(ref _done) == units && Volatile.Read(ref _leaderParked))
            {
                lock (_gate) Monitor.PulseAll(_gate);
            }

            return true;
        }
    }

    private void AwaitAll(int units)
    {
        long deadline = Stopwatch.GetTimestamp() + SpinTicks;
        while (Volatile.Read(ref _done) != units)
        {
            if (Stopwatch.GetTimestamp() < deadline)
            {
                Thread.SpinWait(4);
                continue;
            }

            lock (_gate)
            {
                Volatile.Write(ref _leaderParked, true);
                Interlocked.MemoryBarrier();
                while (Volatile.Read(ref _done) != units) Monitor.Wait(_gate);
                Volatile.Write(ref _leaderParked, false);
            }
        }
    }

    private void Follow(int rank)
    {
        while (true)
        {
            long deadline = Stopwatch.GetTimestamp() + SpinTicks;
            while (Stopwatch.GetTimestamp() < deadline)
            {
                if (TakeOne(rank)) deadline = Stopwatch.GetTimestamp() + SpinTicks;
                else Thread.SpinWait(4);
            }

            lock (_gate)
            {
                _parked++;
                Interlocked.MemoryBarrier();
                while ((int)Volatile.Read(ref _ticket) == 0 && !_stopped) Monitor.Wait(_gate);
                _parked--;
                if (_stopped) return;
            }
        }
    }
}
