using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

/// <summary>
/// The engine's time: of commands, timers, deadlines, messages and job time-outs. It runs with the system's clock until
/// a test or training installation pins it. The pin is a row: all nodes share it and it survives a restart.
/// </summary>
public sealed class EngineClock
{
    readonly WorkflowStore store;
    readonly WorkflowsOptions options;
    readonly Lock guard = new();
    DateTimeOffset? pinned;
    bool isLoaded;
    bool isAdvancing;

    internal EngineClock(WorkflowStore store, WorkflowsOptions options)
    {
        this.store = store;
        this.options = options;
    }

    public bool IsPinnable => options.PinnableClock;

    /// <summary>As far as this node knows; on PostgreSQL another node may have pinned it since the last
    /// reading.</summary>
    public bool IsPinned
    {
        get
        {
            lock (guard) return pinned is not null;
        }
    }

    /// <summary>Does what is due up to the instant, in due order; set by the engine.</summary>
    internal Func<DateTimeOffset, CancellationToken, Task>? Advance { get; set; }

    /// <summary>Does what is still due where the clock has come to stand; set by the engine.</summary>
    internal Func<CancellationToken, Task>? Settle { get; set; }

    /// <summary>True while the clock goes from one due moment to the next.</summary>
    internal bool IsAdvancing
    {
        get
        {
            lock (guard) return isAdvancing;
        }
    }

    /// <summary>Told when the clock runs again: more may be due than a moment ago.</summary>
    internal Action? Released { get; set; }

    /// <summary>UTC, whole milliseconds: what every database stores without loss.</summary>
    public async ValueTask<DateTimeOffset> NowAsync(CancellationToken cancellation = default)
    {
        if (options.PinnableClock && MustRead()) await LoadAsync(cancellation);
        lock (guard) return pinned ?? SystemNow;
    }

    /// <summary>
    /// Holds the clock at an instant. Answers after everything due up to it has fired in due order, each at its own
    /// time. Set back, nothing that has fired fires again.
    /// </summary>
    public async Task PinAsync(DateTimeOffset instant, CancellationToken cancellation = default)
    {
        if (!options.PinnableClock) throw new InvalidOperationException(
            "The clock of this installation cannot be pinned.");
        instant = WholeMilliseconds(instant);
        var now = await NowAsync(cancellation);
        if (instant > now && Advance is not null)
        {
            Turn(now, advancing: true);
            try
            {
                await Advance(instant, cancellation);
            }
            finally
            {
                lock (guard) isAdvancing = false;
            }
        }
        Turn(instant, advancing: false);
        await SaveAsync(instant, cancellation);
        if (Settle is not null) await Settle(cancellation);
    }

    /// <summary>Back to the system's time.</summary>
    public async Task ResetAsync(CancellationToken cancellation = default)
    {
        if (!options.PinnableClock) throw new InvalidOperationException(
            "The clock of this installation cannot be pinned.");
        await SaveAsync(null, cancellation);
        lock (guard) pinned = null;
        Released?.Invoke();
    }

    DateTimeOffset SystemNow => WholeMilliseconds(options.SystemTime.GetUtcNow());

    static DateTimeOffset WholeMilliseconds(DateTimeOffset moment) =>
        new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    /// <summary>Moves the hands while <see cref="PinAsync"/> advances; never back.</summary>
    internal void Turn(DateTimeOffset instant, bool advancing = true)
    {
        lock (guard)
        {
            if (advancing && isAdvancing && pinned > instant) return;
            pinned = instant;
            isAdvancing = advancing;
            isLoaded = true;
        }
    }

    bool MustRead()
    {
        lock (guard) return !isLoaded || (store.IsShared && !isAdvancing);
    }

    async Task LoadAsync(CancellationToken cancellation)
    {
        var rows = await store.ReadAsync(
            "select pinned_at from engine_clock where id = 1", row => store.Dialect.TimeOrNull(row, 0), cancellation);
        lock (guard)
        {
            if (isAdvancing) return;
            pinned = rows.IsEmpty ? null : rows[0];
            isLoaded = true;
        }
    }

    Task<int> SaveAsync(DateTimeOffset? instant, CancellationToken cancellation) => store.WriteAsync(
        (connection, transaction) => store.ExecuteAsync(
            connection, transaction, "update engine_clock set pinned_at = $1 where id = 1", cancellation, instant),
    cancellation);
}
