using System.Threading.Channels;
using Api.Access;
using Api.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime.Storage;

namespace Api.Cases;

/// <summary>
/// Tells open pages that lists may have changed, and nothing else: what changed each asks with her own rights. One look
/// a second at a cheap mark, for all listeners of this node, and only while there are any.
/// </summary>
public sealed class LiveChanges(
    Queries queries, ProductDbFactory databases, TimeProvider time, ILogger<LiveChanges> log)
{
    /// <summary>Open pages of one person; more are a page that does not close what it opens.</summary>
    public const int ListenersOfPersonMax = 6;

    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    readonly Lock turn = new();
    readonly Dictionary<Listener, string> listeners = [];
    Task looking = Task.CompletedTask;

    /// <summary>One open page.</summary>
    public sealed class Listener
    {
        // Several changes before she looks are one.
        readonly Channel<bool> changed = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        /// <returns>False when nothing happened for so long.</returns>
        public async Task<bool> NextAsync(TimeSpan atMost, CancellationToken ct)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            patience.CancelAfter(atMost);
            try
            {
                return await changed.Reader.ReadAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return false;
            }
        }

        internal void Tell() => changed.Writer.TryWrite(true);
    }

    /// <summary>Null: the person has too many open already.</summary>
    public Listener? Join(string user)
    {
        lock (turn)
        {
            if (listeners.Values.Count(one => one == user) >= ListenersOfPersonMax) return null;
            var listener = new Listener();
            listeners.Add(listener, user);
            if (looking.IsCompleted) looking = Task.Run(LookAsync);
            return listener;
        }
    }

    public void Leave(Listener listener)
    {
        lock (turn) listeners.Remove(listener);
    }

    async Task LookAsync()
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        var seen = await MarkAsync() ?? (0, 0);
        while (await timer.WaitForNextTickAsync())
        {
            Listener[] present;
            lock (turn)
            {
                if (listeners.Count == 0)
                {
                    looking = Task.CompletedTask;
                    return;
                }
                present = [.. listeners.Keys];
            }
            if (await MarkAsync() is not { } mark || mark == seen) continue;
            seen = mark;
            foreach (var listener in present) listener.Tell();
        }
    }

    /// <summary>Null when the database does not answer; the next look may find it again.</summary>
    async Task<(long Steps, long Drafts)?> MarkAsync()
    {
        try
        {
            await using var db = databases.Create();
            // A draft that is begun changes the lists of colleagues; one that is gone went with a step.
            return (await queries.ChangeMarkAsync(CancellationToken.None), await db.Drafts.LongCountAsync());
        }
        catch (Exception failure) when (failure is System.Data.Common.DbException or TimeoutException)
        {
            log.LogWarning(failure, "The mark of changes cannot be read");
            return null;
        }
    }
}

/// <summary><c>GET /api/events</c>: server-sent events (HTML Living Standard, 9.2).</summary>
public static class Live
{
    /// <summary>A silent connection is told to be alive, so that a dead one is noticed.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    const string Path = "/api/events";

    public static void AddLive(this IServiceCollection services) => services.AddSingleton<LiveChanges>();

    public static void MapLive(this IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, (Delegate)StreamAsync).WithTags("Tasks");

    static async Task StreamAsync(
        HttpContext http, LiveChanges changes, RightsReader rights, TimeProvider time,
        IHostApplicationLifetime lifetime)
    {
        if (changes.Join(http.Scope().User) is not { } listener)
        {
            await Problems.Of(
                StatusCodes.Status429TooManyRequests, "RESOURCE_EXHAUSTED",
                "Masz otwartych za dużo kart z tą aplikacją. Zamknij kilka z nich i odśwież tę stronę.")
                .ExecuteAsync(http);
            return;
        }
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted, lifetime.ApplicationStopping);
        if (EndOfSession(http) is { } end && end - time.GetUtcNow() is { Ticks: > 0 } left) ends.CancelAfter(left);
        try
        {
            http.Response.ContentType = "text/event-stream";
            await WriteAsync(http, "retry: 3000\n\n", ends.Token);
            while (!ends.IsCancellationRequested)
            {
                var changed = await listener.NextAsync(Silence, ends.Token);
                if (await rights.ForAsync(http.User, ends.Token) is null) return;
                await WriteAsync(http, changed ? "event: tasks\ndata:\n\n" : ": \n\n", ends.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, the session is over, or the host stops.
        }
        finally
        {
            changes.Leave(listener);
        }
    }

    static async Task WriteAsync(HttpContext http, string text, CancellationToken ct)
    {
        await http.Response.WriteAsync(text, ct);
        await http.Response.Body.FlushAsync(ct);
    }

    static DateTimeOffset? EndOfSession(HttpContext http) =>
        http.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc;
}
