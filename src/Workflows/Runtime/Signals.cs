using System.Collections.Concurrent;

namespace Workflows.Runtime;

/// <summary>
/// Wakes who waits in this process: workers, long polls, callers that await the end of an instance. Only the speed
/// comes from here; what must not be missed is found again by looking into the database.
/// </summary>
sealed class Signals
{
    readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);

    public const string Queue = "queue";
    public const string Timers = "timers";
    public const string Handlers = "handlers";
    public const string Outbox = "outbox";

    /// <summary>A step of any instance was committed by this node.</summary>
    public const string Steps = "steps";

    public static string JobsOf(string type) => "job/" + type;

    public static string EndOf(long instanceKey) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"end/{instanceKey}");

    /// <summary>Asked for before looking, so that what happens between looking and waiting is not missed.</summary>
    public Task Next(string name) => waiting.GetOrAdd(
        name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Set(string name)
    {
        if (waiting.TryRemove(name, out var source)) source.TrySetResult();
    }

    public void SetAll()
    {
        foreach (var name in waiting.Keys) Set(name);
    }

    /// <summary>Waits for a signal got from <see cref="Next"/>, at most so long. False: the time is over.</summary>
    public static async Task<bool> WaitAsync(Task signal, TimeSpan atMost, CancellationToken cancellation)
    {
        if (atMost <= TimeSpan.Zero) return signal.IsCompleted;
        try
        {
            await signal.WaitAsync(atMost, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
