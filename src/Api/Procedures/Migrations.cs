using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Workflows.Statute;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>
/// Running cases go over to another version: prepared by an administrator, decided by the head in a task of her own,
/// carried out one case a transaction. Each case is looked at again in that transaction; what no longer stands as the
/// head has seen it stays on its version and is named.
/// </summary>
public sealed class MigrationDesk(
    WorkflowEngine engine, AuditLog audit, ProductDbFactory databases, SinceMigration since, Settings settings)
{
    /// <summary>The procedure in which the head decides.</summary>
    public const string Process = "case-migration";

    /// <summary>Job type at its end: what was decided is carried out.</summary>
    public const string JobType = "cases.migrate";

    static readonly JsonSerializerOptions Json = AuditLog.Json;

    public static IQueryable<MigrationRow> Find(ProductDb db, string id) =>
        db.Migrations.Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.Id == id);

    public static IQueryable<MigrationItemRow> ItemsOf(ProductDb db, string id) =>
        db.MigrationItems.Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.MigrationId == id)
            .OrderBy(row => row.InstanceKey);

    public static object Facts(MigrationRow row) => new
    {
        migration = row.Id, row.FromVersion, row.ToVersion, row.Terms, row.State, row.Author, row.Reason,
        row.LegalBasis, row.DecidedBy, row.Refusal,
    };

    static object FactsOf(MigrationRow row, MigrationItemRow item) => new
    {
        migration = row.Id, Case = item.CaseNo ?? InstanceOf(item), item.State, item.Message,
        version = item.State == MigrationItemState.Migrated ? row.ToVersion : row.FromVersion,
    };

    static string InstanceOf(MigrationItemRow item) => item.InstanceKey.ToString(CultureInfo.InvariantCulture);

    // ---- asked for ------------------------------------------------------------------------------------------------

    /// <summary>Stores what waits for the head and begins her task, in one transaction.</summary>
    /// <param name="author">Her name as the head knows it.</param>
    /// <returns>Null when it is done.</returns>
    public async Task<EngineAnswer.Rejected?> AskAsync(
        Scope scope, string author, MigrationRow row, IReadOnlyList<MigrationItemRow> items, CancellationToken ct)
    {
        var day = LocalTime.DayOf(row.At, settings.Zone).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var keys = items.Select(item => item.InstanceKey).ToArray();
        var start = new QueuedStart(
            ProcessSelector.ById(Process),
            [
                Value("migration", row.Id), Value("procedure", row.Name), Value("fromVersion", row.FromVersion),
                Value("toVersion", row.ToVersion), Value("cases", items.Count), Value("author", author),
                Value("why", row.Reason), Value("legalBasis", row.LegalBasis),
                Value("lines", JsonSerializer.Deserialize<string[]>(row.Lines)!), Value("preparedOn", day),
            ],
            BusinessId: $"{Process}/{row.Id}");
        return await audit.ChangeAsync(scope, HistoryChain.Procedures, async (db, _, token) =>
        {
            var open = await db.MigrationItems.Where(item => item.TenantId == WorkflowDb.DefaultTenant
                && item.State == MigrationItemState.Waiting && keys.Contains(item.InstanceKey)).ToListAsync(token);
            if (open.Count > 0)
            {
                return new Change.Refused(
                    EngineRejection.InvalidState,
                    $"Na decyzję kierownika czekają już: {Named(open)}. Poczekaj na nią albo odznacz te sprawy.");
            }
            db.Migrations.Add(row);
            db.MigrationItems.AddRange(items);
            var cases = items.Select(item => item.CaseNo ?? InstanceOf(item)).ToArray();
            return new Change.Done("MigrationPrepared", row.ProcessId, null, new { prepared = Facts(row), cases });
        }, new CommitExtras { Starts = [start] }, ct);
    }

    static string Named(IEnumerable<MigrationItemRow> items) =>
        string.Join(", ", items.Select(item => item.CaseNo ?? InstanceOf(item)).Take(5));

    static VariableValue Value<T>(string name, T value) => new(name, JsonSerializer.Serialize(value, Json));

    // ---- carried out ----------------------------------------------------------------------------------------------

    /// <summary>
    /// The job after the decision. What it has done stands in the rows of the cases, so that beginning again after a
    /// crash does nothing twice.
    /// </summary>
    public async Task<JobOutcome> RunAsync(JobContext job, CancellationToken ct)
    {
        var id = job.Read("migration") is ['"', ..] json ? JsonSerializer.Deserialize<string>(json)! : "";
        await using var db = databases.Create();
        var row = await Find(db, id).AsNoTracking().FirstOrDefaultAsync(ct);
        // A rehearsal of the procedure has no plan, and nothing to move.
        if (row is null || row.State is MigrationState.Refused or MigrationState.Done)
            return new JobOutcome.Complete([]);
        if (row.State != MigrationState.Running)
            return new JobOutcome.Fail("Expected the decision of the head: the step 'decide' was not completed.");
        var scope = Scope.Engine with { User = row.DecidedBy! };
        var waiting = await ItemsOf(db, id).AsNoTracking().Where(item => item.State == MigrationItemState.Waiting)
            .ToListAsync(ct);
        string? problem = null;
        foreach (var item in waiting) problem = await MoveAsync(scope, row, item, ct) ?? problem;
        if (problem is not null) return new JobOutcome.Fail(problem, Pause);
        var refused = await audit.ChangeAsync(scope, HistoryChain.Procedures, async (product, _, token) =>
        {
            var stored = await Find(product, id).FirstAsync(token);
            if (stored.State != MigrationState.Running)
                return new Change.Refused(EngineRejection.AlreadyExists, "It is done.");
            var before = Facts(stored);
            stored.State = MigrationState.Done;
            var counts = await ItemsOf(product, id).GroupBy(item => item.State)
                .Select(group => new { group.Key, Count = group.Count() })
                .ToDictionaryAsync(group => group.Key, group => group.Count, token);
            return new Change.Done("MigrationDone", row.ProcessId, before, new
            {
                migration = id, stored.State, migrated = counts.GetValueOrDefault(MigrationItemState.Migrated),
                stayed = counts.GetValueOrDefault(MigrationItemState.Refused),
            });
        }, ct: ct);
        return refused is null or { Code: EngineRejection.AlreadyExists }
            ? new JobOutcome.Complete([])
            : new JobOutcome.Fail(refused.Message, Pause);
    }

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <returns>Why it must be tried again; null when the case has gone over or is named in the receipt.</returns>
    async Task<string?> MoveAsync(Scope scope, MigrationRow row, MigrationItemRow item, CancellationToken ct)
    {
        var mapping = JsonSerializer.Deserialize<SortedDictionary<string, string>>(row.Mapping)!
            .ToImmutableSortedDictionary(StringComparer.Ordinal);
        var terms = MigrationPlan.PolicyOf(row.Terms);
        var planned = JsonSerializer.Deserialize<CasePlan>(item.Plan, Json)!;
        var answer = await engine.MigrateInstanceAsync(
            scope, item.InstanceKey, row.TargetKey, mapping, terms, extras: new CommitExtras
            {
                HostRows = async (commit, token) =>
                {
                    var (before, after) = (commit.Step!.Before!, commit.Step.Accepted.Instance);
                    return planned.IsStill(before, after)
                        ? await NoteAsync(commit, row, item, MigrationItemState.Migrated, "CaseMigrated", null, token)
                        : new EngineAnswer.Rejected(EngineRejection.InvalidState, MovedOn);
                },
            }, cancellation: ct);
        if (answer is not EngineAnswer.Rejected rejected || rejected.Code == EngineRejection.AlreadyExists) return null;
        if (IsOnlyNow(rejected)) return rejected.Message;
        var why = await WhyAsync(row, item, planned, mapping, terms, ct);
        return await SettleAsync(scope, row, item, MigrationItemState.Refused, "CaseNotMigrated", why, ct);
    }

    /// <summary>Another try may end otherwise; every other refusal stays one and holds up nobody else.</summary>
    static bool IsOnlyNow(EngineAnswer.Rejected rejected) =>
        rejected.Code is EngineRejection.ResourceExhausted or EngineRejection.DeadlineExceeded;

    const string MovedOn =
        "Od przygotowania planu sprawa poszła dalej albo zmienił się jej termin. Zostaje na swojej wersji; można " +
        "przygotować dla niej nowe przeniesienie.";

    async Task<string> WhyAsync(
        MigrationRow row, MigrationItemRow item, CasePlan planned, ImmutableSortedDictionary<string, string> mapping,
        TermPolicy terms, CancellationToken ct)
    {
        var preview = await engine.PreviewMigrationAsync(item.InstanceKey, row.TargetKey, mapping, terms, ct);
        if (preview is null) return "Ta procedura w sprawie zakończyła się, zanim przyszła na nią kolej.";
        if (preview.Before.DefinitionKey != planned.DefinitionKey)
        {
            return $"Od przygotowania planu sprawa zeszła z wersji {row.FromVersion} na inną. Zostaje na niej; można " +
                "przygotować dla niej nowe przeniesienie.";
        }
        if (!preview.Blockers.IsEmpty) return string.Join(" ", preview.Blockers.Select(blocker => blocker.Message));
        return preview.Problem is { } problem
            ? $"W wersji {row.ToVersion} nie da się obliczyć kroku albo terminu tej sprawy: " +
                ProblemTexts.OfRun(problem)
            : MovedOn;
    }

    /// <summary>Writes what became of a case where the case itself is not changed.</summary>
    async Task<string?> SettleAsync(
        Scope scope, MigrationRow row, MigrationItemRow item, string state, string act, string why,
        CancellationToken ct)
    {
        var refused = await engine.RecordAsync(scope, HistoryChain.Procedures, new CommitExtras
        {
            HostRows = (commit, token) => NoteAsync(commit, row, item, state, act, why, token),
        }, ct);
        return refused is null or { Code: EngineRejection.AlreadyExists } ? null : refused.Message;
    }

    /// <summary>The row of the case and the act, in the transaction of the step; a second time it is refused.</summary>
    async Task<EngineAnswer.Rejected?> NoteAsync(
        HostCommit commit, MigrationRow row, MigrationItemRow item, string state, string act, string? why,
        CancellationToken ct, string? reason = null)
    {
        await using var db = databases.On(commit.Connection, commit.Transaction);
        var stored = await ItemsOf(db, row.Id).FirstAsync(one => one.InstanceKey == item.InstanceKey, ct);
        if (stored.State != item.State) return new(EngineRejection.AlreadyExists, "It was dealt with already.");
        var before = FactsOf(row, stored);
        (stored.State, stored.Message, stored.At) = (state, why, commit.At);
        await db.SaveChangesAsync(ct);
        commit.Further = commit.Further with
        {
            Acts = commit.Further.Acts.Add(MigrationSteps.ActOf(
                act, row.ProcessId, before, new { item = FactsOf(row, stored), by = commit.Scope.User, reason })),
        };
        return null;
    }

    // ---- taken back -----------------------------------------------------------------------------------------------

    /// <summary>Takes cases back to their version, each as long as nothing has happened to it since.</summary>
    /// <returns>Null when all are dealt with; those that have moved on are named in their rows.</returns>
    public async Task<string?> UndoAsync(
        Scope scope, MigrationRow row, IReadOnlyList<MigrationItemRow> items, string reason, CancellationToken ct)
    {
        var engineScope = Scope.Engine with { User = scope.User };
        foreach (var item in items)
        {
            var answer = await engine.UndoMigrationAsync(engineScope, item.InstanceKey, extras: new CommitExtras
            {
                HostRows = async (commit, token) => await IsTheLastAsync(commit, row, item, token)
                    ? await NoteAsync(
                        commit, row, item, MigrationItemState.Undone, "CaseMigrationUndone", null, token, reason)
                    : new EngineAnswer.Rejected(EngineRejection.InvalidState, "It went over again since."),
            }, cancellation: ct);
            if (answer is not EngineAnswer.Rejected rejected || rejected.Code == EngineRejection.AlreadyExists)
                continue;
            if (IsOnlyNow(rejected)) return rejected.Message;
            var why = await since.WhyNotBackAsync(row, item, ct);
            if (await SettleAsync(
                engineScope, row, item, MigrationItemState.Moved, "CaseMigrationNotUndone", why, ct) is { } problem)
                return problem;
        }
        return null;
    }

    /// <summary>
    /// Whether what the engine is about to take back is this migration and no later one of the same case. A case waits
    /// in one plan at most and the ids of plans grow, so a later one has a greater id.
    /// </summary>
    async Task<bool> IsTheLastAsync(
        HostCommit commit, MigrationRow row, MigrationItemRow item, CancellationToken ct)
    {
        if (commit.Step!.Before!.DefinitionKey != row.TargetKey) return false;
        await using var db = databases.On(commit.Connection, commit.Transaction);
        var moves = await db.MigrationItems.Where(other => other.TenantId == row.TenantId
            && other.InstanceKey == item.InstanceKey && other.State == MigrationItemState.Migrated)
            .Select(other => other.MigrationId).ToListAsync(ct);
        return moves.TrueForAll(id => string.CompareOrdinal(id, row.Id) <= 0);
    }
}

/// <summary>Tells in Polish why a case that went over cannot come back: what was first to happen, and when.</summary>
public sealed class SinceMigration(Func<WorkflowDb> workflows, DefinitionCatalog catalog, Settings settings)
{
    public async Task<string> WhyNotBackAsync(MigrationRow row, MigrationItemRow item, CancellationToken ct)
    {
        await using var db = workflows();
        var steps = await db.History.AsNoTracking().Where(step => step.ProcessInstanceKey == item.InstanceKey)
            .OrderBy(step => step.Sequence).ToListAsync(ct);
        var moved = steps.FindLastIndex(step => step.At <= item.At && IsThisOne(step, row));
        if (moved >= 0) steps.RemoveRange(0, moved + 1);
        var tasks = await db.UserTasks.AsNoTracking().Where(task => task.ProcessInstanceKey == item.InstanceKey)
            .ToDictionaryAsync(task => task.Key, task => task.Name ?? task.ElementId, ct);
        var newer = (await catalog.FindAsync(row.TargetKey, ct))!.Definition;
        var later = steps.Select(step => (step.At, Words: WordsOf(step, newer, tasks)))
            .FirstOrDefault(one => one.Words is not null);
        var stays = $"Zostaje na wersji {row.ToVersion}.";
        if (moved < 0 || later.Words is null) return $"Sprawa poszła dalej po przeniesieniu. {stays}";
        var at = TimeZoneInfo.ConvertTime(later.At, settings.Zone);
        var when = at.ToString("dd.MM.yyyy, HH:mm", CultureInfo.InvariantCulture);
        var went = $"Sprawa poszła dalej po przeniesieniu: {later.Words} ({when}).";
        return HasLeft(steps) ? went : $"{went} {stays}";
    }

    static bool IsThisOne(HistoryRow step, MigrationRow row) => step.Command == nameof(MigrateInstance)
        && EventsOf(step).OfType<InstanceMigrated>().Any(moved => moved.DefinitionKey == row.TargetKey);

    // Gone over again, or ended: "it stays there" would be wrong.
    static bool HasLeft(List<HistoryRow> steps) => steps.SelectMany(EventsOf).Any(
        happened => happened is InstanceMigrated or InstanceCompleted or InstanceTerminated);

    static IEnumerable<HistoryEvent> EventsOf(HistoryRow step) =>
        step.Payload is { } payload && EngineJson.IsHistory(payload) ? EngineJson.ReadHistory(payload) : [];

    /// <returns>Null for an act, which changes nothing.</returns>
    static string? WordsOf(HistoryRow step, ProcessDefinition newer, Dictionary<long, string> tasks)
    {
        var happened = EventsOf(step).Where(one => one is not ActRecorded).ToList();
        if (happened.Count == 0) return null;
        if (happened.OfType<InstanceMigrated>().Any())
        {
            return step.Command == nameof(UndoMigration)
                ? "wróciła na wcześniejszą wersję"
                : "przeniesiono ją jeszcze raz";
        }
        if (happened.OfType<InstanceTerminated>().Any()) return "przerwano tę procedurę";
        return happened.Select(one => WordsOf(one, newer, tasks)).FirstOrDefault(words => words is not null)
            ?? "zmieniły się dane procedury";
    }

    static string? WordsOf(HistoryEvent happened, ProcessDefinition newer, Dictionary<long, string> tasks)
    {
        string Step(string elementId) => $"„{MigrationPlan.NameIn(newer, elementId)}”";
        string Task(long key) => $"„{tasks.GetValueOrDefault(key, "bez nazwy")}”";
        return happened switch
        {
            UserTaskCompleted done => $"zakończono krok {Task(done.Key)}",
            UserTaskAssigned { Assignee: null } given => $"oddano zadanie {Task(given.Key)}",
            UserTaskAssigned given when given.Assignee == given.Actor => $"podjęto zadanie {Task(given.Key)}",
            UserTaskAssigned given => $"zadanie {Task(given.Key)} dostała inna osoba",
            UserTaskUpdated changed => $"zmieniono zadanie {Task(changed.Task.Key)}",
            ReminderFired told => $"przyszła pora przypomnienia o kroku {Step(told.ElementId)}",
            TimerFired fired => $"minął czas: {Step(fired.TargetId)}",
            MessageCorrelated arrived => $"nadeszło: {Step(arrived.TargetId)}",
            UserTaskCanceled gone => $"zadanie {Task(gone.Key)} przestało być potrzebne",
            JobCompleted => "system wykonał swój krok",
            IncidentRaised raised => $"procedura zatrzymała się na kroku {Step(raised.Incident.ElementId)}",
            IncidentResolved => "wznowiono procedurę",
            InstanceCompleted => "zakończyła się ta procedura",
            _ => null,
        };
    }
}

/// <summary>
/// What the rows of a migration learn from the procedure in which the head decides, in the commit of her step. Who may
/// decide is settled here and not by the diagram, which an office may change.
/// </summary>
public sealed class MigrationSteps(Settings settings)
{
    public const string Agreed = "move";
    public const string Declined = "stay";

    /// <summary>Set at the start, after the engine whose steps are looked at here; null until then.</summary>
    public ProcedureBook? Book { get; set; }

    // Only rows inside the engine's commits are written here, and those hold the gate.
    readonly ProductDbFactory databases = new(settings, new WriteGate(open: true));

    /// <summary>An act in the record of procedures.</summary>
    public static RecordedAct ActOf(string act, string subject, object before, object after) => new(
        act, JsonSerializer.Serialize(new { Subject = subject, Before = before, After = after }, AuditLog.Json))
    {
        Chain = HistoryChain.Procedures,
    };

    /// <summary>Asked for every step, whoever caused it.</summary>
    public CommitExtras? Of(Step step)
    {
        if (step.Release.Definition.Id != MigrationDesk.Process) return null;
        var offered = step.Accepted.History.OfType<UserTaskCreated>().LastOrDefault();
        var isDecided = step.Accepted.History.OfType<UserTaskCompleted>().Any();
        if (offered is null && !isDecided) return null;
        return new CommitExtras
        {
            HostRows = async (commit, ct) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                var id = Text(VariablesOf(step.Before ?? step.Accepted.Instance), "migration") ?? "";
                // A rehearsal of the procedure has no plan.
                if (await MigrationDesk.Find(db, id).FirstOrDefaultAsync(ct) is not { } row) return null;
                if (isDecided && (await OvertakenAsync(step, row, ct) ?? await DecideAsync(commit, db, step, row, ct))
                    is { } refused) return refused;
                row.TaskKey = offered?.Task.Key;
                await db.SaveChangesAsync(ct);
                return null;
            },
        };
    }

    /// <summary>Yes to a version that is no longer the newest, because another came after the plan, is none.</summary>
    async Task<EngineAnswer.Rejected?> OvertakenAsync(Step step, MigrationRow row, CancellationToken ct)
    {
        var decision = Text((step.Envelope.Command as CompleteUserTask)?.Variables ?? [], "decision");
        if (decision != Agreed || row.State != MigrationState.Waiting || Book is null) return null;
        return await Book.OvertakingAsync(row.ProcessId, row.ToVersion, row.At, ct) is { } newer
            ? new(
                EngineRejection.InvalidState,
                $"Od przygotowania tego planu weszła w życie wersja {newer}, więc sprawy nie przejdą już na wersję " +
                $"{row.ToVersion}. Odmów i poproś administratora o nowy plan.")
            : null;
    }

    static async Task<EngineAnswer.Rejected?> DecideAsync(
        HostCommit commit, ProductDb db, Step step, MigrationRow row, CancellationToken ct)
    {
        var answer = (step.Envelope.Command as CompleteUserTask)?.Variables ?? [];
        var (decision, refusal) = (Text(answer, "decision"), Text(answer, "refusal")?.Trim());
        if (Problem(step.Scope, row, decision, refusal) is { } problem) return problem;
        var before = MigrationDesk.Facts(row);
        var isAgreed = decision == Agreed;
        (row.DecidedBy, row.DecidedAt) = (step.Scope.User, commit.At);
        row.State = isAgreed ? MigrationState.Running : MigrationState.Refused;
        row.Refusal = isAgreed ? null : refusal;
        if (!isAgreed)
        {
            await MigrationDesk.ItemsOf(db, row.Id).ExecuteUpdateAsync(
                set => set.SetProperty(item => item.State, MigrationItemState.Refused), ct);
        }
        var act = ActOf(
            isAgreed ? "MigrationApproved" : "MigrationRefused", row.ProcessId, before, MigrationDesk.Facts(row));
        commit.Further = commit.Further with { Acts = commit.Further.Acts.Add(act) };
        return null;
    }

    static EngineAnswer.Rejected? Problem(Scope scope, MigrationRow row, string? decision, string? refusal)
    {
        // A person, in her own right or as a substitute; no machine client decides about families.
        var isHead = scope.Groups.Contains(CaseAccess.Head)
            || scope.ActsFor.Any(absent => absent.Groups.Contains(CaseAccess.Head));
        if (!isHead || scope.EngineAll)
            return new(EngineRejection.Forbidden, "O przeniesieniu spraw decyduje kierownik ośrodka.");
        if (row.Author == scope.User)
        {
            return new(
                EngineRejection.Forbidden,
                "O przeniesieniu decyduje ktoś inny niż osoba, która je przygotowała. Przekaż zadanie zastępcy.");
        }
        if (row.State != MigrationState.Waiting)
            return new(EngineRejection.InvalidState, "O tym przeniesieniu już zdecydowano. Odśwież stronę.");
        if (decision is not (Agreed or Declined))
            return new(EngineRejection.InvalidArgument, "Zaznacz, czy sprawy mają przejść na nową wersję.");
        if (PublicationWords.IsUnwritable(refusal))
            return new(EngineRejection.InvalidArgument, PublicationWords.Unwritable);
        return decision == Declined && (string.IsNullOrEmpty(refusal) || refusal.Length > MigrationRow.RefusalLengthMax)
            ? new(
                EngineRejection.InvalidArgument,
                $"Napisz, dlaczego sprawy mają zostać, najwyżej {MigrationRow.RefusalLengthMax} znaków.")
            : null;
    }

    static ImmutableArray<VariableValue> VariablesOf(ProcessInstance instance) =>
        [.. instance.Elements[instance.Key].Variables.Select(one => new VariableValue(one.Name, one.Value))];

    static string? Text(ImmutableArray<VariableValue> variables, string name) =>
        variables.FirstOrDefault(one => one.Name == name)?.Value is ['"', ..] json
            ? JsonSerializer.Deserialize<string>(json)
            : null;
}
