using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Workflows.Runtime;

/// <summary>
/// Lets the engine live by itself: queue, timers, handlers, outbox and sweeper each in a loop that works until nothing
/// is left, then sleeps until it is woken or has to look.
/// </summary>
/// <remarks>Waking is only the speed. What another node or a crash left behind is found by looking.</remarks>
sealed class Workers(WorkflowEngine engine, WorkflowsOptions options, ILogger<Workers> log) : BackgroundService
{
    static readonly TimeSpan LookAlone = TimeSpan.FromSeconds(10);
    static readonly TimeSpan LookShared = TimeSpan.FromSeconds(1);
    static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(2);

    TimeSpan Look => engine.Store.IsShared ? LookShared : LookAlone;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Workers) return;
        await engine.ReleaseOwnLeasesAsync(stoppingToken);
        await Task.WhenAll(
            LoopAsync("CommandWorker", Signals.Queue, engine.RunQueueAsync, null, stoppingToken),
            LoopAsync("TimerWorker", Signals.Timers, c =>
                engine.FireTimersAsync(null, c), UntilDueAsync, stoppingToken),
            LoopAsync("JobWorker", Signals.Handlers, engine.RunHandlersInTurnAsync, null, stoppingToken),
            LoopAsync("OutboxWorker", Signals.Outbox, engine.SendOutboxAsync, null, stoppingToken),
            LoopAsync("DueSources", Signals.Timers, engine.RunDueSourcesAsync, UntilDueAsync, stoppingToken),
            SweepAsync(stoppingToken));
    }

    /// <param name="pause">How long nothing can be due, where that is known; never longer than <see
    /// cref="Look"/>.</param>
    async Task LoopAsync(
        string name, string signal, Func<CancellationToken, Task<int>> once, Func<CancellationToken,
            Task<TimeSpan>>? pause,
        CancellationToken stopping)
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            var woken = engine.Signals.Next(signal);
            var sleep = Look;
            try
            {
                while (await once(stopping) > 0) await Task.Yield();
                if (pause is not null && await pause(stopping) is var due && due < sleep) sleep = due;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                log.WorkerFailed(name, failure);
                woken = Task.Delay(Timeout.InfiniteTimeSpan, stopping);
                sleep = PauseAfterFailure;
            }
            try
            {
                await Signals.WaitAsync(woken, sleep, stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    async Task<TimeSpan> UntilDueAsync(CancellationToken cancellation)
    {
        if (engine.Clock.IsPinned) return Look;     // a pinned clock stands; moving it wakes
        var next = await engine.NextDueAsync(cancellation);
        if (next is null) return Look;
        var left = next.Value - await engine.Clock.NowAsync(cancellation);
        return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
    }

    async Task SweepAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(SweepEvery, options.SystemTime);
        try
        {
            do
            {
                try
                {
                    await engine.SweepAsync(stopping);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    log.WorkerFailed("LeaseSweeper", failure);
                }
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
