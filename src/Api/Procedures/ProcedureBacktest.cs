using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Api.Access;
using Api.Cases;
using Api.Startup;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Decisions;
using Workflows.Engine.Execution;
using Workflows.Engine.Forms;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Workflows.Statute;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>
/// How closed cases would have gone. A case may stand in several counts, except <paramref name="Same"/>. File numbers,
/// names of steps, roles and days only: nothing of what forms hold.
/// </summary>
/// <param name="Cases">Replayed; the newest closed first.</param>
/// <param name="StatutoryLater">Cases in which a term that the law gives would be longer.</param>
/// <param name="Unfinished">Cases in which the recorded facts do not suffice.</param>
/// <param name="LeftOut">Closed cases that were not looked at: too many, or no time left.</param>
/// <param name="Erased">Closed cases whose content is gone.</param>
/// <param name="Moved">
/// Closed cases that went over to another version or were put elsewhere by hand: their facts belong to no one diagram.
/// </param>
/// <param name="Failed">Cases that could not be replayed at all.</param>
/// <param name="Items">What differs stands first.</param>
/// <param name="ElapsedMs">On the server, in milliseconds.</param>
public sealed record BacktestAnswer(
    int Cases, int Same, int OtherPath, int ApprovalsLost, int LaterTerms, int EarlierTerms, int StatutoryLater,
    int Unfinished, int LeftOut, int Erased, int Moved, int Failed, IReadOnlyList<BacktestAnswer.Item> Items,
    int ElapsedMs)
{
    /// <param name="ElementId">Where the ways part.</param>
    public sealed record Step(string ElementId, string Name);

    /// <param name="CaseNo">Null where the procedure belongs to no case.</param>
    /// <param name="Version">The version it ran on; null when it is none of the product or the office.</param>
    /// <param name="Outcome">Words of <see cref="BacktestWords"/>.</param>
    /// <param name="Lines">What differs, in Polish.</param>
    public sealed record Item(
        string? CaseNo, string InstanceKey, int? Version, IReadOnlyList<string> Outcome, Step? First,
        IReadOnlyList<string> Lines);
}

/// <summary>
/// Replays closed cases with changed files: the pure <see cref="Backtest"/> over the stored history. One at a time,
/// with an end in time: who asks is waiting.
/// </summary>
public sealed class BacktestDesk(
    ProcedureBook book, WorkflowEngine engine, Func<WorkflowDb> workflows, Settings settings,
    ILogger<BacktestDesk> log)
{
    public const int CasesMax = 500;
    static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(20);
    static readonly SemaphoreSlim One = new(1);

    (string Key, BacktestAnswer Answer)? last;

    sealed record Closed(long Key, long RootKey, long DefinitionKey, string Tags, DateTimeOffset? EndedAt);

    /// <param name="files">Of the changed procedure, readable.</param>
    /// <returns>Null when the diagram cannot be read.</returns>
    public async Task<BacktestAnswer?> RunAsync(
        string processId, IReadOnlyDictionary<string, string> files, int max, CancellationToken ct)
    {
        await One.WaitAsync(ct);
        try
        {
            var began = Stopwatch.GetTimestamp();
            await using var db = workflows();
            var ended = db.ProcessInstances.AsNoTracking()
                .Where(row => row.ProcessId == processId && row.State != Status.Active);
            var count = await ended.CountAsync(ct);
            var closed = await ended.OrderByDescending(row => row.EndedAt).ThenByDescending(row => row.Key).Take(max)
                .Select(row => new Closed(
                    row.Key, row.RootInstanceKey, row.ProcessDefinitionKey, row.Tags, row.EndedAt))
                .ToListAsync(ct);
            var composed = await book.ComposedAsync(processId, files, ct);
            var all = await book.AllAsync(ct);
            var newest = closed.FirstOrDefault();
            var hash = ProcedureFiles.HashOf(composed.Select(
                file => (file.Name, ProcedureFiles.Text(file.Content.Span))));
            var key = string.Create(CultureInfo.InvariantCulture, $"{processId} {max} {count} {newest} {hash}");
            // Asked by the author before she publishes, asked again when she does.
            if (last is { } known && known.Key == key) return known.Answer;
            if (await ReleaseAsync(processId, files, composed, all, ct) is not { } release) return null;
            var answer = await AnswerAsync(db, closed, count, release, all, began, ct);
            last = (key, answer);
            return answer;
        }
        finally
        {
            One.Release();
        }
    }

    async Task<BacktestAnswer> AnswerAsync(
        WorkflowDb db, List<Closed> closed, int count, Release release,
        ImmutableSortedDictionary<string, ImmutableArray<ProcedureVersion>> all, long began, CancellationToken ct)
    {
        var versions = all.GetValueOrDefault(release.Definition.Id, []);
        var items = new List<BacktestAnswer.Item>();
        var answers = new Dictionary<long, ImmutableArray<string>>();
        var (erased, moved, failed, seen) = (0, 0, 0, 0);
        foreach (var instance in closed)
        {
            if (Stopwatch.GetElapsedTime(began) > TimeMax) break;
            ct.ThrowIfCancellationRequested();
            seen++;
            try
            {
                var history = await HistoryAsync(db, instance.Key, ct);
                if (history.Exists(IsMove)) moved++;
                else if (await FactsAsync(db, history, instance.DefinitionKey, answers, ct) is not { } found) erased++;
                else
                {
                    var difference = Backtest.Compare(found.Facts, found.Before, release);
                    var version = versions.FirstOrDefault(one => one.DefinitionKeys.Contains(instance.DefinitionKey));
                    items.Add(new BacktestAnswer.Item(
                        CaseView.CaseNoOf(JsonSerializer.Deserialize<string[]>(instance.Tags)!),
                        instance.Key.ToString(CultureInfo.InvariantCulture), version?.Number,
                        BacktestWords.Outcome(difference), BacktestWords.First(difference, found.Before, release),
                        BacktestWords.Lines(difference, release, settings.Zone)));
                }
            }
            catch (Exception wrong) when (wrong is InvalidOperationException or KeyNotFoundException or JsonException)
            {
                // One history we cannot read must not keep an office from publishing; it is counted and told.
                log.LogWarning(wrong, "Instance {Key} could not be replayed", instance.Key);
                failed++;
            }
        }
        return Counted(items, count - seen, erased, moved, failed, began);
    }

    static BacktestAnswer Counted(
        List<BacktestAnswer.Item> items, int leftOut, int erased, int moved, int failed, long began)
    {
        int With(string outcome) => items.Count(item => item.Outcome.Contains(outcome));
        return new BacktestAnswer(
            items.Count, With(BacktestWords.Same), With(BacktestWords.OtherPath), With(BacktestWords.ApprovalsLost),
            With(BacktestWords.LaterTerms), With(BacktestWords.EarlierTerms), With(BacktestWords.StatutoryLater),
            With(BacktestWords.Unfinished), leftOut, erased, moved, failed,
            [.. items.OrderBy(item => item.Outcome.Contains(BacktestWords.Same))],
            (int)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    // ---- what happened --------------------------------------------------------------------------------------------

    /// <param name="Before">The definition the case ran on.</param>
    public sealed record Recorded(RecordedFacts Facts, ProcessDefinition Before);

    /// <summary>The facts of one instance; null when they were erased.</summary>
    public async Task<Recorded?> FactsAsync(long instanceKey, CancellationToken ct)
    {
        await using var db = workflows();
        var definition = await db.ProcessInstances.Where(row => row.Key == instanceKey)
            .Select(row => row.ProcessDefinitionKey).SingleAsync(ct);
        return await FactsAsync(db, await HistoryAsync(db, instanceKey, ct), definition, [], ct);
    }

    static Task<List<HistoryRow>> HistoryAsync(WorkflowDb db, long instanceKey, CancellationToken ct) =>
        db.History.AsNoTracking().Where(row => row.ProcessInstanceKey == instanceKey)
            .OrderBy(row => row.Chain).ThenBy(row => row.Sequence).ToListAsync(ct);

    static bool IsMove(HistoryRow row) => row.Command is nameof(MigrateInstance) or nameof(ModifyInstance);

    /// <param name="answers">Process variables of each form, filled as they are met.</param>
    async Task<Recorded?> FactsAsync(
        WorkflowDb db, List<HistoryRow> rows, long definitionKey, Dictionary<long, ImmutableArray<string>> answers,
        CancellationToken ct)
    {
        if (rows.Count == 0 || rows.Exists(row => row.Payload is null)) return null;
        var before = await engine.Catalog.FindAsync(definitionKey, ct)
            ?? throw new InvalidOperationException($"Expected definition {definitionKey}, but there is none.");
        var isOfCase = before.Definition.Property(CaseSteps.Property) is not null;
        foreach (var form in before.Forms.Values.Where(form => !answers.ContainsKey(form)))
            answers[form] = await NamesAsync(db, form, isOfCase, ct);
        // Acts on the file stand in the same chain and are objects, not events.
        var steps = rows.Where(row => EngineJson.IsHistory(row.Payload))
            .Select(row => new RecordedStep(row.At, row.Actor, EngineJson.ReadHistory(row.Payload)));
        return new Recorded(RecordedFacts.Of(steps, before.Definition, answers), before.Definition);
    }

    /// <summary>Variables an answer brings: of a case those marked for the process, elsewhere all.</summary>
    static async Task<ImmutableArray<string>> NamesAsync(WorkflowDb db, long form, bool isOfCase, CancellationToken ct)
    {
        var content = await (
            from row in db.Forms
            join resource in db.Resources on row.ResourceKey equals resource.Key
            where row.Key == form
            select resource.Content).SingleOrDefaultAsync(ct);
        var read = content is null ? null : FormReader.Read(Encoding.UTF8.GetString(content)).Form;
        return read is null
            ? []
            : [.. Names(read.Components, isOfCase).Distinct(StringComparer.Ordinal)];
    }

    static IEnumerable<string> Names(IEnumerable<FormComponent> components, bool isOfCase) => components.SelectMany(
        one => one.Type == FormComponentType.Group ? Names(one.Components, isOfCase)
            : one.Path.IsEmpty || !IsBrought(one, isOfCase) ? []
            : [one.Path[0]]);

    static bool IsBrought(FormComponent one, bool isOfCase) => one.Type == FormComponentType.Dynamiclist
        ? !isOfCase || one.IsProcessVariable || one.Components.Any(inner => IsBrought(inner, isOfCase))
        : one.IsField && (!isOfCase || one.IsProcessVariable);

    // ---- what would be in force -----------------------------------------------------------------------------------

    /// <summary>The changed definition beside everything else in force; null when it cannot be read.</summary>
    async Task<Release?> ReleaseAsync(
        string processId, IReadOnlyDictionary<string, string> files, IReadOnlyList<DeploymentFile> composed,
        ImmutableSortedDictionary<string, ImmutableArray<ProcedureVersion>> all, CancellationToken ct)
    {
        if (Procedure.Read(files).Procedure is not { } procedure) return null;
        var newest = all.GetValueOrDefault(processId, []).FirstOrDefault();
        var inForce = newest is null ? null : await engine.Catalog.FindAsync(newest.DefinitionKeys[^1], ct);
        var forms = new Dictionary<string, long>(StringComparer.Ordinal);
        var decisions = new Dictionary<string, DecisionModel>(StringComparer.Ordinal);
        foreach (var file in composed)
        {
            var text = ProcedureFiles.Text(file.Content.Span);
            if (file.Name.EndsWith(".form", StringComparison.Ordinal) && FormReader.Read(text).Form is { } form)
                forms[form.Id] = forms.Count + 1;
            if (file.Name.EndsWith(".dmn", StringComparison.Ordinal) && DmnReader.Read(text).Model is { } model)
                foreach (var (id, _) in model.Decisions) decisions[id] = model;
        }
        var called = all.ToDictionary(
            pair => pair.Key, pair => pair.Value[0].DefinitionKeys[^1], StringComparer.Ordinal);
        called.TryAdd(processId, 0);
        return new Release(
            newest?.DefinitionKeys[^1] ?? 0, (newest?.Number ?? 0) + 1, procedure.Definition, forms, decisions, called,
            inForce?.Zone ?? settings.Zone, inForce?.Calendar ?? BusinessCalendar.Poland);
    }
}

/// <summary>What a backtest says to people.</summary>
static class BacktestWords
{
    public const string Same = "same";
    public const string OtherPath = "otherPath";
    public const string ApprovalsLost = "approvalsLost";
    public const string LaterTerms = "laterTerms";
    public const string EarlierTerms = "earlierTerms";
    public const string StatutoryLater = "statutoryLater";
    public const string Unfinished = "unfinished";

    public static IReadOnlyList<string> Outcome(CaseDifference found)
    {
        if (found.IsNone) return [Same];
        var outcome = new List<string>();
        if (found.Turn is not null) outcome.Add(OtherPath);
        if (!found.Lost.IsEmpty) outcome.Add(ApprovalsLost);
        if (found.Terms.Any(term => term.IsLater)) outcome.Add(LaterTerms);
        if (found.Terms.Any(term => !term.IsLater)) outcome.Add(EarlierTerms);
        if (found.Terms.Any(term => term.IsStatutoryAndGrows)) outcome.Add(StatutoryLater);
        if (found.Unfinished is not null) outcome.Add(Unfinished);
        return outcome;
    }

    public static BacktestAnswer.Step? First(CaseDifference found, ProcessDefinition before, Release after) =>
        found.Turn is { ElementId: var id }
            ? new(id, (after.Definition.Nodes.GetValueOrDefault(id) ?? before.Nodes.GetValueOrDefault(id))?.Name ?? id)
            : null;

    public static IReadOnlyList<string> Lines(CaseDifference found, Release after, TimeZoneInfo zone) =>
    [
        .. found.Turn is { } turn ? [Turned(turn, isOpen: found.Unfinished is not null)] : (string[])[],
        .. found.Lost.Select(Lost),
        .. found.Terms.OrderByDescending(term => term.IsStatutoryAndGrows).Select(term => Term(term, zone)),
        .. found.Unfinished is { } end ? [Stopped(end, after.Definition)] : (string[])[],
    ];

    static string Turned(PathTurn turn, bool isOpen)
    {
        var place = turn.After is { } after ? $"Po kroku „{after}”" : "Na początku";
        return (turn.Was, turn.Now) switch
        {
            ({ } was, { } now) when was != now => $"{place} następny byłby krok „{now}”; był: „{was}”.",
            (null, { } now) => $"{place} byłby jeszcze krok „{now}”; sprawa się wtedy skończyła.",
            ({ } was, null) when !isOpen => $"{place} sprawa by się skończyła; był jeszcze krok „{was}”.",
            _ => $"{place} droga na schemacie byłaby inna.",
        };
    }

    static string Lost(LostApproval lost) => lost.Why switch
    {
        ApprovalLoss.Skipped => $"Nie byłoby kroku „{lost.Name}”{Parenthesis(lost.Before)}, czyli zatwierdzenia.",
        ApprovalLoss.OtherRole =>
            $"Krok „{lost.Name}” robiłby kto inny: {Roles(lost.After)}; było: {Roles(lost.Before)}.",
        _ => $"Krok „{lost.Name}” mogłaby zrobić ta sama osoba, która przygotowała sprawę.",
    };

    static string Parenthesis(ImmutableArray<string> roles) => roles.IsEmpty ? "" : $" ({Roles(roles)})";

    static string Roles(ImmutableArray<string> roles) =>
        roles.IsEmpty ? "bez roli" : string.Join(", ", roles.Select(RoleNames.Of));

    static string Term(ChangedTerm term, TimeZoneInfo zone)
    {
        var kind = term.Kind switch
        {
            "STAT" => " ustawowy", "COURT" => " sądowy", "CUST" => " zwyczajowy", "HOUSE" => " ośrodka", _ => "",
        };
        var before = LocalTime.DayOf(term.Before, zone);
        if (term.After is not { } moment) return $"Krok „{term.Name}”: nie byłoby terminu{kind} (był {Day(before)}).";
        var after = LocalTime.DayOf(moment, zone);
        var days = Math.Abs(after.DayNumber - before.DayNumber);
        var by = days switch { 0 => "o innej godzinie", 1 => "o 1 dzień", _ => $"o {days} dni" };
        var direction = days == 0 ? "" : term.IsLater ? "później " : "wcześniej ";
        return $"Krok „{term.Name}”: termin{kind} {Day(after)} zamiast {Day(before)}, {direction}{by}" +
            (term.IsStatutoryAndGrows ? ". Terminu z ustawy nie wolno wydłużać." : ".");
    }

    static string Day(DateOnly day) => day.ToString("d.MM.yyyy", CultureInfo.InvariantCulture);

    static string Stopped(ReplayEnd end, ProcessDefinition after)
    {
        var name = after.Nodes.GetValueOrDefault(end.ElementId)?.Name ?? end.ElementId;
        return end.Why switch
        {
            ReplayStop.NeedsAnswer => $"Dalej nie wiadomo: krok „{name}” wymaga odpowiedzi, której nikt nie udzielił.",
            ReplayStop.NeedsOtherPerson => $"Krok „{name}” musiałby zrobić ktoś inny niż wtedy.",
            ReplayStop.Failed =>
                $"Sprawa zatrzymałaby się na „{name}”: warunek, tabela albo wywołanie nie daje wyniku.",
            _ => $"Sprawa czekałaby dalej: „{name}”.",
        };
    }
}

/// <summary>How closed cases would have gone with these files; nothing is stored.</summary>
/// <param name="Max">At most so many of the newest; null for all up to the limit.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record BacktestProcedure(
    Scope Scope, string ProcessId, IReadOnlyDictionary<string, string>? Files, int? Max)
    : IUseCase<BacktestAnswer>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Max is < 1 or > BacktestDesk.CasesMax)
            yield return ("max", $"Podaj liczbę spraw od 1 do {BacktestDesk.CasesMax}.");
        foreach (var problem in ProcedureFiles.Problems(Files)) yield return problem;
    }

    public sealed class Handler(BacktestDesk desk)
        : IRequestHandler<BacktestProcedure, UseCaseResult<BacktestAnswer>>
    {
        public async Task<UseCaseResult<BacktestAnswer>> Handle(
            BacktestProcedure request, CancellationToken cancellationToken) =>
            await desk.RunAsync(
                request.ProcessId, request.Files!, request.Max ?? BacktestDesk.CasesMax, cancellationToken)
                is { } answer
                ? new UseCaseResult<BacktestAnswer>.Done(answer)
                : new UseCaseResult<BacktestAnswer>.Refused(
                    EngineRejection.InvalidState,
                    "Diagramu nie da się odczytać, więc nie ma czego porównać. Usuń najpierw błędy.");
    }
}
