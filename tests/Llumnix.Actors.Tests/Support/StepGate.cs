namespace Llumnix.Actors.Tests.Support;

/// <summary>Holds an executor's steps back and lets them through one by one, as a test asks.</summary>
internal sealed class StepGate
{
    private readonly object _gate = new();
    private bool _held;
    private bool _open;
    private int _passes;

    /// <summary>Steps begun.</summary>
    public int Begun { get; private set; }

    /// <summary>Steps that have passed.</summary>
    public int Passed { get; private set; }

    /// <summary>Whether a step stands at the gate.</summary>
    public bool Occupied
    {
        get
        {
            lock (_gate) return Begun > Passed;
        }
    }

    /// <summary>No step passes from now on, one that has begun included.</summary>
    public void Hold()
    {
        lock (_gate) _held = true;
    }

    /// <summary>Lets the step that stands at the gate, or the next one, pass.</summary>
    public void Pass()
    {
        lock (_gate)
        {
            _passes++;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Lets all steps pass.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _held = false;
            _passes = 0;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Lets all steps pass for good.</summary>
    public void Open()
    {
        lock (_gate) _open = true;
        Release();
    }

    /// <summary>A step has begun; returns when it may go on.</summary>
    public void Await()
    {
        lock (_gate)
        {
            Begun++;
            while (_held && !_open && _passes == 0) Monitor.Wait(_gate);
            if (_held && _passes > 0) _passes--;
            Passed++;
        }
    }
}
