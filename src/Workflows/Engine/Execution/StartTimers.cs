using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>
/// When timer start events of a process fire. They belong to the definition, so no variables are visible.
/// </summary>
public static class StartTimers
{
    /// <summary>
    /// The first firing after <paramref name="now"/>, or null when there is none (or the text is not a timer).
    /// </summary>
    /// <returns>
    /// The moment; the cycle text while it repeats; how many firings are left after it, -1 without end.
    /// </returns>
    public static (DateTimeOffset? DueAt, string? Cycle, int Left) First(
        TimerEventDefinition timer, DateTimeOffset now, TimeZoneInfo zone)
    {
        var text = TextOf(timer.Expression, now, zone);
        switch (timer.Kind)
        {
            case TimerKind.Date:
                return (TimerSchedule.ParseDate(text, zone).Value?.At, null, 0);
            case TimerKind.Duration:
                return (TimerSchedule.ParseDuration(text).Value?.AddTo(now, zone), null, 0);
            default:
                var cycle = TimerSchedule.ParseCycle(text, zone).Value;
                return cycle is null ? (null, null, 0) : (cycle.First(now, zone), text, cycle.Remaining(1) ?? -1);
        }
    }

    /// <summary>The firing after the one due at <paramref name="dueAt"/>; null when it was the last.</summary>
    public static (DateTimeOffset DueAt, int Left)? Next(
        string? cycle, int left, DateTimeOffset dueAt, TimeZoneInfo zone)
    {
        if (cycle is null || left == 0) return null;
        return TimerSchedule.ParseCycle(cycle, zone).Value?.Next(dueAt, zone) is { } next
            ? (next, left > 0 ? left - 1 : left)
            : null;
    }

    static string TextOf(ModelExpression expression, DateTimeOffset now, TimeZoneInfo zone) =>
        expression.Feel is { } feel
        ? feel.Evaluate(FeelScope.Empty, new FeelEnvironment(now, zone)).Value.AsText()
        : expression.Text;
}
