using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>
/// Running cases go over to another version: prepared by an administrator, decided by the head in a task of her own,
/// carried out one case a transaction. Each case is looked at again in that transaction; what no longer stands as the
/// head has seen it stays on its version and is named.
/// </summary>
public sealed class MigrationDesk(
    WorkflowEngine engine, AuditLog audit, ProductDbFactory databases, Settings settings)
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
        foreach (var item in waiting)
        {
            if (await MoveAsync(scope, row, item, ct) is { } problem) return new JobOutcome.Fail(problem, Pause);
        }
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
        if (rejected.Code is not (EngineRejection.NotFound or EngineRejection.InvalidState)) return rejected.Message;
        var why = rejected.Code == EngineRejection.NotFound
            ? "Sprawa zakończyła się przed decyzją."
            : rejected.IsVeto ? rejected.Message : await WhyAsync(row, item, mapping, terms, ct);
        return await SettleAsync(scope, row, item, MigrationItemState.Refused, "CaseNotMigrated", why, ct);
    }

    const string MovedOn =
        "Od przygotowania planu sprawa poszła dalej albo zmienił się jej termin. Zostaje na swojej wersji; można " +
        "przygotować dla niej nowe przeniesienie.";

    async Task<string> WhyAsync(
        MigrationRow row, MigrationItemRow item, ImmutableSortedDictionary<string, string> mapping, TermPolicy terms,
        CancellationToken ct)
    {
        var preview = await engine.PreviewMigrationAsync(item.InstanceKey, row.TargetKey, mapping, terms, ct);
        return preview is { Blockers.IsEmpty: false } found
            ? string.Join(" ", found.Blockers.Select(blocker => blocker.Message))
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
                HostRows = (commit, token) => NoteAsync(
                    commit, row, item, MigrationItemState.Undone, "CaseMigrationUndone", null, token, reason),
            }, cancellation: ct);
            if (answer is not EngineAnswer.Rejected rejected || rejected.Code == EngineRejection.AlreadyExists)
                continue;
            if (rejected.Code is not (EngineRejection.NotFound or EngineRejection.InvalidState))
                return rejected.Message;
            var why = rejected.Code == EngineRejection.NotFound
                ? $"Sprawa zakończyła się na wersji {row.ToVersion}."
                : $"Sprawa poszła dalej po przeniesieniu. Zostaje na wersji {row.ToVersion}.";
            if (await SettleAsync(
                engineScope, row, item, MigrationItemState.Moved, "CaseMigrationNotUndone", why, ct) is { } problem)
                return problem;
        }
        return null;
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
                if (isDecided && await DecideAsync(commit, db, step, row, ct) is { } refused) return refused;
                row.TaskKey = offered?.Task.Key;
                await db.SaveChangesAsync(ct);
                return null;
            },
        };
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
