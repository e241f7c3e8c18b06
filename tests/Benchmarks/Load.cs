using System.Diagnostics;

namespace Benchmarks;

/// <summary>Clients that call one after the other without a pause, and how long each call took.</summary>
static class Load
{
    /// <summary>Runs the clients, first unmeasured, then measured.</summary>
    /// <param name="client">One round of a client; tells each finished call to the watch.</param>
    /// <param name="counted">Read at the beginning and the end of the measured time.</param>
    public static async Task<Figures> RunAsync(
        int clients, int seconds, Func<int, Watch, Task> client, Func<Task<Counts>> counted)
    {
        await RoundsAsync(clients, TimeSpan.FromSeconds(Math.Max(1, seconds / 5.0)), client);
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        var before = await counted();
        var (processor, allocated) = (self.TotalProcessorTime, GC.GetTotalAllocatedBytes());
        var began = Stopwatch.GetTimestamp();
        var watches = await RoundsAsync(clients, TimeSpan.FromSeconds(seconds), client);
        var elapsed = Stopwatch.GetElapsedTime(began);
        var after = await counted();
        self.Refresh();
        return Figures.Of(
            watches, elapsed, after - before, self.TotalProcessorTime - processor, GC.GetTotalAllocatedBytes() - allocated,
            self.WorkingSet64);
    }

    static async Task<Watch[]> RoundsAsync(int clients, TimeSpan time, Func<int, Watch, Task> client)
    {
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var watches = Enumerable.Range(0, clients).Select(_ => new Watch()).ToArray();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(number => Task.Run(async () =>
        {
            while (Stopwatch.GetTimestamp() < until) await client(number, watches[number]);
        })));
        return watches;
    }
}

/// <summary>The finished calls of one client.</summary>
sealed class Watch
{
    /// <summary>Milliseconds of each call.</summary>
    public List<double> Calls { get; } = new(100_000);

    /// <summary>Milliseconds of what is timed apart: the search for a key over HTTP.</summary>
    public List<double> Searches { get; } = [];

    public async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = await call();
        Calls.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        return answer;
    }
}

/// <summary>What the database did; null where it cannot be counted.</summary>
readonly record struct Counts(double? Commits, double? Statements, double? RoundTrips)
{
    public static Counts operator -(Counts after, Counts before) => new(
        after.Commits - before.Commits, after.Statements - before.Statements, after.RoundTrips - before.RoundTrips);

    public Counts Per(double operations) => new(Commits / operations, Statements / operations, RoundTrips / operations);
}

/// <param name="Rate">Operations a second.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="WorkingSet">Bytes of the measured process at the end.</param>
/// <param name="Each">Counts per operation.</param>
/// <param name="Processor">Milliseconds of processor time of the measured process per operation; less noisy than
/// time.</param>
/// <param name="Allocated">Bytes per operation.</param>
sealed record Figures(
    double Rate, double P50, double P99, long WorkingSet, Counts Each, double Processor, double Allocated)
{
    public required int Calls { get; init; }
    public double? SearchP50 { get; init; }
    public double? SearchP99 { get; init; }

    public static Figures Of(
        IReadOnlyList<Watch> watches, TimeSpan elapsed, Counts counts, TimeSpan processor, long allocated, long workingSet)
    {
        var calls = watches.SelectMany(w => w.Calls).Order().ToArray();
        var searches = watches.SelectMany(w => w.Searches).Order().ToArray();
        return new(
            calls.Length / elapsed.TotalSeconds, At(calls, 0.50), At(calls, 0.99), workingSet, counts.Per(calls.Length),
            processor.TotalMilliseconds / calls.Length, (double)allocated / calls.Length)
        {
            Calls = calls.Length,
            SearchP50 = searches.Length == 0 ? null : At(searches, 0.50),
            SearchP99 = searches.Length == 0 ? null : At(searches, 0.99),
        };
    }

    static double At(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}
