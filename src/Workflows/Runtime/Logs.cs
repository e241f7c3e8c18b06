using Microsoft.Extensions.Logging;

namespace Workflows.Runtime;

/// <summary>Everything the engine logs: keys, types and counts, never variables or names of persons.</summary>
static partial class Logs
{
    [LoggerMessage(1, LogLevel.Error, "Handler of job type {Type} failed on job {JobKey}")]
    public static partial void HandlerFailed(this ILogger log, string type, long jobKey, Exception failure);

    [LoggerMessage(2, LogLevel.Error, "{Worker} failed and goes on after a pause")]
    public static partial void WorkerFailed(this ILogger log, string worker, Exception failure);

    [LoggerMessage(3, LogLevel.Warning, "Queued {Kind} {QueueKey} for instance {InstanceKey} was rejected: {Reason}")]
    public static partial void QueuedRejected(
        this ILogger log, string kind, long queueKey, long instanceKey, string reason);

    [LoggerMessage(4, LogLevel.Error, "Queued {Kind} {QueueKey} for instance {InstanceKey} failed, attempt {Attempt}")]
    public static partial void QueuedFailed(
        this ILogger log, string kind, long queueKey, long instanceKey, int attempt, Exception failure);

    [LoggerMessage(5, LogLevel.Critical,
        "Queued {Kind} {QueueKey} for instance {InstanceKey} is given up after {Attempts} attempts")]
    public static partial void QueuedDead(this ILogger log, string kind, long queueKey, long instanceKey, int attempts);

    [LoggerMessage(6, LogLevel.Error, "Timer {TimerKey} of instance {InstanceKey} failed and is put off")]
    public static partial void TimerFailed(this ILogger log, long timerKey, long instanceKey, Exception failure);

    [LoggerMessage(7, LogLevel.Error, "Outbox row {Key} failed, attempt {Attempt}")]
    public static partial void OutboxFailed(this ILogger log, long key, int attempt, Exception? failure);
}
