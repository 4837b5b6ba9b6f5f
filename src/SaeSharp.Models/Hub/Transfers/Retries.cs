namespace SaeSharp.Models.Hub.Transfers;

/// <summary>Tries a step again after a lost connection: waiting longer each time, giving up after several tries without any progress.</summary>
/// <param name="options">How long to wait.</param>
/// <param name="attempts">How many tries without progress are enough.</param>
/// <param name="note">Told of each failure that is followed by another try.</param>
internal sealed class Retries(HubOptions options, int attempts, Action<string> note)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private int _failures;

    /// <summary>Runs a step until it succeeds.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> step, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await step();
            }
            catch (ConnectionLostException exception) when (_failures + 1 < attempts)
            {
                await WaitAsync(exception, cancellation);
            }
        }
    }

    /// <summary>Says that bytes came: what failed before no longer counts.</summary>
    public void Progressed() => _failures = 0;

    private async Task WaitAsync(ConnectionLostException exception, CancellationToken cancellation)
    {
        TimeSpan wait = exception.RetryAfter ?? options.BackOff * Math.Pow(2, _failures);
        if (wait > LongestWait) wait = LongestWait;
        _failures++;
        note($"{exception.Message}; trying again in {wait.TotalSeconds:0.#} s");
        await Task.Delay(wait, cancellation);
    }
}
