using Workflows.Engine.Calendar;

namespace Workflows.Runtime;

public enum DatabaseProvider
{
    Sqlite,
    PostgreSql,
}

/// <summary>How the host wants the engine. Filled once, at start.</summary>
public sealed class WorkflowsOptions
{
    public DatabaseProvider Provider { get; set; } = DatabaseProvider.Sqlite;

    public string ConnectionString { get; set; } = "Data Source=workflows.db";

    /// <summary>Zone of deadlines, cycles, now() and today(); the machine's zone never counts.</summary>
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");

    public BusinessCalendar? Calendar { get; set; }

    /// <summary>Lets <see cref="EngineClock.PinAsync"/> move time: test and training installations only.</summary>
    public bool PinnableClock { get; set; }

    /// <summary>False: nothing runs by itself; <see cref="WorkflowEngine.DrainAsync"/> does what is due.</summary>
    public bool Workers { get; set; } = true;

    /// <summary>Quartz keeps the slow safety sweep in the same database; needs <see cref="Workers"/>.</summary>
    public bool Quartz { get; set; }

    /// <summary>Roles meant by <c>startableBy="staff"</c>.</summary>
    public HashSet<string> StaffRoles { get; } = new(StringComparer.Ordinal)
    {
        "social_worker", "benefits_worker", "assistant", "team_lead", "head", "specialist", "accounting", "clerk",
    };

    /// <summary>Roles that may give a task to somebody else or take it back.</summary>
    public HashSet<string> AssigningRoles { get; } = new(StringComparer.Ordinal) { "team_lead", "head" };

    /// <summary>In-process handlers by job type; <c>procedure.start</c> and <c>message.publish</c> are built
    /// in.</summary>
    public Dictionary<string, JobHandler> JobHandlers { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Asked for every decided step, whoever caused it; what it returns commits with the step. Pure: it looks at the
    /// step only. Here the host plans notifications for new tasks and opens cases.
    /// </summary>
    public Func<Step, CommitExtras?>? StepExtras { get; set; }

    /// <summary>Sends outbox rows. Null: they stay planned.</summary>
    public OutboxSender? OutboxSender { get; set; }

    public IList<DueSource> DueSources { get; } = [];

    public TimeProvider SystemTime { get; set; } = TimeProvider.System;
}
