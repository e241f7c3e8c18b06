using System.Globalization;

namespace Workflows.Runtime;

/// <summary>The moments at which a crash test kills the process: before and after everything that must not come
/// apart.</summary>
public enum CrashPoint
{
    /// <summary>All rows of a step are written, the transaction is not committed.</summary>
    BeforeCommit,

    /// <summary>The transaction is committed, nobody has been answered.</summary>
    AfterCommit,

    /// <summary>A message has left, its outbox row still says that it is being sent.</summary>
    AfterSendBeforeMark,

    /// <summary>A worker holds rows and has done nothing yet.</summary>
    AfterLeaseBeforeWork,
}

/// <summary>Armed by the environment variable <c>WORKFLOWS_CRASH=POINT[:n]</c>: the n-th passing ends the
/// process.</summary>
public static class CrashPoints
{
    static readonly (CrashPoint Point, int Passing)? Armed =
        Read(Environment.GetEnvironmentVariable("WORKFLOWS_CRASH"));
    static int passed;

    public static void Pass(CrashPoint point)
    {
        if (Armed is not { } armed || armed.Point != point) return;
        if (Interlocked.Increment(ref passed) != armed.Passing) return;
        // As kill -9: no finally block, no flush, no shutdown of the host.
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    static (CrashPoint, int)? Read(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var parts = text.Split(':');
        var passing = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
        return (Enum.Parse<CrashPoint>(parts[0]), passing);
    }
}
