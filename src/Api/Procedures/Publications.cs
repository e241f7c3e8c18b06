using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>What keeps files from becoming a version; nothing when everything is in order.</summary>
/// <param name="Outdated">A newer version came into force since the draft was begun.</param>
/// <param name="Same">The files are byte for byte the newest version.</param>
/// <param name="DiffSeen">The author has seen exactly this comparison.</param>
/// <param name="Problems">Errors, and warnings without a tick.</param>
/// <param name="Guard">Rules that do not hold.</param>
/// <param name="Scenarios">Scenarios that end otherwise than expected, without a tick.</param>
/// <param name="Accepted">Texts of the warnings that were ticked.</param>
public sealed record Obstacles(
    bool Outdated, bool Same, bool DiffSeen, IReadOnlyList<CheckedProblem> Problems,
    IReadOnlyList<CheckedRule> Guard, IReadOnlyList<ScenarioOutcome> Scenarios, ImmutableArray<string> Accepted)
{
    public bool AreNone => !Outdated && !Same && DiffSeen && Problems.Count == 0 && Guard.Count == 0
        && Scenarios.Count == 0;

    /// <summary>The first of them, in Polish, with what to do.</summary>
    public string Words => this switch
    {
        { Outdated: true } => "Obowiązuje już nowsza wersja tej procedury. Przenieś zmiany do niej i sprawdź ponownie.",
        { Same: true } => "Pliki są takie same jak w obowiązującej wersji: nie ma czego publikować.",
        { Problems: [{ IsError: true } error, ..] } => $"Najpierw usuń błędy: {error.Message}",
        { Guard: [var rule, ..] } => $"Ta zmiana narusza {rule.Article}: {rule.Meaning ?? rule.Sentence}",
        { Problems: [var warning, ..] } => $"Potwierdź ostrzeżenia: {warning.Message}",
        { DiffSeen: false } => "Najpierw obejrzyj porównanie z obowiązującą wersją; od tamtej pory coś się zmieniło.",
        { Scenarios: [var first, ..] } => $"Próba „{first.Name}” kończy się inaczej: {first.Difference}",
        _ => "",
    };

    public Dictionary<string, object?> Facts => new(StringComparer.Ordinal)
    {
        ["outdated"] = Outdated, ["same"] = Same, ["diffSeen"] = DiffSeen, ["problems"] = Problems,
        ["guard"] = Guard, ["scenarios"] = Scenarios,
    };
}

/// <summary>
/// How files become a version in force: judged, decided by a second person, deployed on their day as one deployment of
/// everything in force with one procedure exchanged.
/// </summary>
public sealed class PublicationDesk(
    ProcedureBook book, ProcedureCheckup checkup, ScenarioRuns scenarios, WorkflowEngine engine, WorkflowStore store,
    AuditLog audit, ProductDbFactory databases, Settings settings, ILogger<PublicationDesk> log)
{
    // Composing a deployment and writing it is one act; other nodes are caught by the number of the definition.
    static readonly SemaphoreSlim One = new(1);

    /// <param name="ticks">Of warnings and of delivered scenarios the author accepts; null accepts them all.</param>
    /// <param name="compared">Hash of the comparison she has seen; null where none is asked for.</param>
    public async Task<Obstacles> JudgeAsync(
        string processId, int baseVersion, IReadOnlyDictionary<string, string> files, string[]? ticks,
        string? compared, CancellationToken ct)
    {
        var newest = (await book.OfAsync(processId, ct)).FirstOrDefault();
        var before = newest is null
            ? ImmutableSortedDictionary<string, string>.Empty
            : await book.FilesAsync(newest, ct);
        var found = await checkup.CheckAsync(processId, files, ct);
        bool Ticked(CheckedProblem problem) => !problem.IsError && (ticks is null || ticks.Contains(problem.Tick));
        var obstacles = new Obstacles(
            (newest?.Number ?? 0) != baseVersion, newest?.Hash == ProcedureFiles.Hash(files),
            compared is null || Comparison.Of(before, files).Hash == compared,
            [.. found.Problems.Where(problem => !Ticked(problem)).OrderByDescending(problem => problem.IsError)],
            [.. found.Guard.Where(rule => !rule.Holds)], [],
            [.. found.Problems.Where(Ticked).Select(problem => problem.Message)]);
        if (!obstacles.AreNone) return obstacles;
        // They take longest, so they are played when everything else is in order.
        var played = await scenarios.RunAsync(processId, files, ct);
        var red = played.Where(outcome => !outcome.Passed).ToList();
        var accepted = red.Where(outcome => outcome.Shipped
            && (ticks is null || ticks.Contains(outcome.Tick))).ToList();
        return obstacles with
        {
            Scenarios = [.. red.Except(accepted)],
            Accepted = obstacles.Accepted.AddRange(
                accepted.Select(outcome => $"Próba „{outcome.Name}” kończy się inaczej: {outcome.Difference}")),
        };
    }

    /// <summary>Hash over what is in force beside a procedure.</summary>
    public async Task<string> SurroundingsAsync(string processId, CancellationToken ct) =>
        ProcedureFiles.HashOf((await book.AllAsync(ct)).Where(one => one.Key != processId)
            .Select(one => (one.Key, one.Value[0].Hash)));

    public async Task<DateTimeOffset> NowAsync(CancellationToken ct) => await engine.Clock.NowAsync(ct);

    public async Task<DateOnly> TodayAsync(CancellationToken ct) =>
        LocalTime.DayOf(await engine.Clock.NowAsync(ct), settings.Zone);

    public static IQueryable<PublicationRow> Find(ProductDb db, string id) =>
        db.Publications.Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.Id == id);

    public static Task<bool> IsOneOpenAsync(ProductDb db, string processId, CancellationToken ct) =>
        db.Publications.AnyAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.ProcessId == processId
                && (row.State == PublicationState.Waiting || row.State == PublicationState.Scheduled), ct);

    public static object Facts(PublicationRow row) => new
    {
        publication = row.Id, row.BaseVersion, row.Revision, row.RollbackTo, row.State, row.Author, row.Reason,
        row.LegalBasis, row.ValidFrom, row.Hash, row.DecidedBy, row.Refusal,
    };

    /// <summary>Stores what waits for the second person, unless something of the procedure waits already.</summary>
    public Task<EngineAnswer.Rejected?> AskAsync(Scope scope, PublicationRow row, CancellationToken ct) =>
        audit.ChangeAsync(scope, HistoryChain.Procedures, async (db, _, token) =>
        {
            if (await IsOneOpenAsync(db, row.ProcessId, token))
            {
                return new Change.Refused(
                    EngineRejection.InvalidState,
                    "Na tę procedurę czeka już inna publikacja. Poczekaj, aż ktoś ją zatwierdzi albo odrzuci.");
            }
            db.Publications.Add(row);
            return new Change.Done("PublicationRequested", row.ProcessId, null, Facts(row));
        }, ct: ct);

    /// <summary>Says yes: in force at once, or on its day.</summary>
    /// <returns>Null when it is done.</returns>
    public async Task<EngineAnswer.Rejected?> ApproveAsync(Scope scope, PublicationRow row, CancellationToken ct)
    {
        if (row.ValidFrom <= await TodayAsync(ct)) return await ReleaseAsync(scope, row, scope.User, ct);
        return await audit.ChangeAsync(scope, HistoryChain.Procedures, async (db, at, token) =>
        {
            var stored = await Find(db, row.Id).FirstAsync(token);
            if (stored.State != PublicationState.Waiting) return Decided;
            var before = Facts(stored);
            (stored.State, stored.DecidedBy, stored.DecidedAt) = (PublicationState.Scheduled, scope.User, at);
            stored.Surroundings = row.Surroundings;
            return new Change.Done("PublicationApproved", row.ProcessId, before, Facts(stored));
        }, ct: ct);
    }

    static Change.Refused Decided => new(
        EngineRejection.InvalidState, "O tej publikacji już zdecydowano. Odśwież stronę.");

    /// <summary>Says no, with the reason; the author may take her own back.</summary>
    public Task<EngineAnswer.Rejected?> RefuseAsync(Scope scope, string id, string reason, CancellationToken ct) =>
        audit.ChangeAsync(scope, HistoryChain.Procedures, async (db, at, token) =>
        {
            var row = await Find(db, id).FirstOrDefaultAsync(token);
            if (row is null) return new Change.Refused(EngineRejection.NotFound, ShowPublication.Unknown);
            if (!PublicationState.IsOpen(row.State)) return Decided;
            var before = Facts(row);
            (row.State, row.DecidedBy, row.DecidedAt) = (PublicationState.Refused, scope.User, at);
            row.Refusal = reason;
            return new Change.Done("PublicationRefused", row.ProcessId, before, Facts(row));
        }, ct: ct);

    /// <summary>Deploys, in the transaction that notes it: all in force, with this procedure exchanged.</summary>
    /// <param name="decidedBy">Who says yes now; null when that was said before.</param>
    async Task<EngineAnswer.Rejected?> ReleaseAsync(
        Scope scope, PublicationRow row, string? decidedBy, CancellationToken ct)
    {
        await One.WaitAsync(ct);
        try
        {
            var versions = await book.OfAsync(row.ProcessId, ct);
            if ((versions.FirstOrDefault()?.Number ?? 0) != row.BaseVersion)
                return new(EngineRejection.InvalidState, ApprovePublication.Outdated);
            var files = await book.ComposedAsync(row.ProcessId, ProcedureFiles.Unpack(row.Files), ct);
            var answer = await engine.DeployAsync(
                Scope.Engine with { User = row.Author }, files, ShippedProcedures.Office, new CommitExtras
                {
                    HostRows = (commit, token) => NoteAsync(commit, scope, row, versions, decidedBy, token),
                }, ct);
            if (answer is not DeployAnswer.Refused refused) return null;
            log.LogWarning("Publication {Id} was not deployed: {Reason}", row.Id, refused.Problems[0].Message);
            return new(refused.Code, refused.Code == EngineRejection.InvalidState
                ? ApprovePublication.Outdated
                : $"Silnik nie przyjął plików: {refused.Problems[0].Message}");
        }
        finally
        {
            One.Release();
        }
    }

    async Task<EngineAnswer.Rejected?> NoteAsync(
        HostCommit commit, Scope scope, PublicationRow row, ImmutableArray<ProcedureVersion> versions,
        string? decidedBy, CancellationToken ct)
    {
        await using (var engineRows = store.Dialect.NewDb(commit.Connection, commit.Transaction))
        {
            // Between composing and writing another node may have deployed: then this would take that back.
            var count = await ProcedureBook.DefinitionsOf(engineRows, row.ProcessId).CountAsync(ct);
            if (count != versions.Sum(version => version.DefinitionKeys.Length) + 1)
                return new(EngineRejection.InvalidState, "Another deployment was first.");
        }
        await using var db = databases.On(commit.Connection, commit.Transaction);
        var stored = await Find(db, row.Id).FirstAsync(ct);
        if (stored.State != row.State) return new(EngineRejection.InvalidState, "Somebody else decided.");
        var before = Facts(stored);
        (stored.State, stored.DeploymentKey) = (PublicationState.Released, commit.Deployed!.DeploymentKey);
        if (decidedBy is not null) (stored.DecidedBy, stored.DecidedAt) = (decidedBy, commit.At);
        // What she goes on changing meanwhile stays a draft, and is outdated.
        var draft = await DraftBook.Find(db, row.ProcessId).FirstOrDefaultAsync(ct);
        if (draft is not null && draft.Revision == row.Revision) db.ProcedureDrafts.Remove(draft);
        await db.SaveChangesAsync(ct);
        var payload = JsonSerializer.Serialize(new
        {
            Subject = row.ProcessId, Before = before,
            After = new { publication = Facts(stored), by = scope.User, deployment = stored.DeploymentKey },
        }, AuditLog.Json);
        commit.Further = new CommitExtras { Acts = [new RecordedAct("PublicationReleased", payload)] };
        return null;
    }

    // ---- by the calendar -----------------------------------------------------------------------------------------

    /// <summary>What was approved for a later day comes into force at its first moment.</summary>
    public DueSource Source => new(NextDueAsync, RunAsync, OncePerAdvance: true);

    async Task<DateTimeOffset?> NextDueAsync(CancellationToken ct)
    {
        await using var db = databases.Create();
        var day = await Scheduled(db).MinAsync(row => (DateOnly?)row.ValidFrom, ct);
        return day is { } first ? LocalTime.ToInstant(first.ToDateTime(TimeOnly.MinValue), settings.Zone) : null;
    }

    static IQueryable<PublicationRow> Scheduled(ProductDb db) => db.Publications.AsNoTracking()
        .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.State == PublicationState.Scheduled);

    async Task RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var today = LocalTime.DayOf(now, settings.Zone);
        await using var db = databases.Create();
        var due = await Scheduled(db).Where(row => row.ValidFrom <= today).OrderBy(row => row.ValidFrom)
            .ThenBy(row => row.At).ToListAsync(ct);
        foreach (var row in due)
        {
            var why = await StillFitsAsync(row, ct);
            why ??= (await ReleaseAsync(Scope.Engine, row, decidedBy: null, ct))?.Message;
            if (why is not null) await RefuseAsync(Scope.Engine, row.Id, $"W dniu wejścia w życie: {why}", ct);
        }
    }

    /// <summary>What was in order when it was asked for need not be beside what came into force since.</summary>
    /// <returns>Null when it still is.</returns>
    public async Task<string?> StillFitsAsync(PublicationRow row, CancellationToken ct)
    {
        var surroundings = await SurroundingsAsync(row.ProcessId, ct);
        var versions = await book.OfAsync(row.ProcessId, ct);
        if ((versions.FirstOrDefault()?.Number ?? 0) != row.BaseVersion) return ApprovePublication.Outdated;
        if (surroundings == row.Surroundings) return null;
        var files = ProcedureFiles.Unpack(row.Files);
        var obstacles = await JudgeAsync(row.ProcessId, row.BaseVersion, files, ticks: null, compared: null, ct);
        row.Surroundings = surroundings;
        if (!obstacles.AreNone) return obstacles.Words;
        // A warning that has come since was ticked by nobody, and the second person has not read it.
        var read = JsonSerializer.Deserialize<string[]>(row.Accepted)!;
        return obstacles.Accepted.FirstOrDefault(one => !read.Contains(one)) is { } unread
            ? $"Od wysłania tej zmiany zmieniło się coś obok niej: {unread} Niech autor sprawdzi i wyśle ją ponownie."
            : null;
    }
}
