namespace Llumnix.Actors.Tests.Support;

/// <summary>Waits for what other threads bring about.</summary>
internal static class Eventually
{
    /// <summary>Asks until it is so; fails after half a minute, which only a broken promise takes.</summary>
    /// <param name="condition">What is awaited.</param>
    /// <param name="tell">What to say of the state if it does not come about.</param>
    public static async Task IsAsync(Func<Task<bool>> condition, Func<Task<string>>? tell = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!await condition())
        {
            if (patience.IsCancellationRequested) Assert.Fail($"What was awaited did not come about within 30 s. {(tell is null ? "" : await tell())}");
            await timer.WaitForNextTickAsync();
        }
    }
}
