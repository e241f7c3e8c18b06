using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>A migration as it is shown; file numbers, steps and dates only.</summary>
/// <param name="State"><c>waiting</c>, <c>refused</c>, <c>running</c> or <c>done</c>.</param>
/// <param name="Refusal">Why the head said no; null otherwise.</param>
/// <param name="TaskKey">The task in which the head decides; null when there is none.</param>
/// <param name="Lines">Which step becomes which, and what becomes of the terms.</param>
/// <param name="Counts">Cases by the state of their item.</param>
/// <param name="Overtaken">
/// A version that has come into force since the plan was made: the head can only say no. Null as a rule.
/// </param>
/// <param name="Items">Null in a list.</param>
public sealed record MigrationView(
    string Id, string ProcessId, string Name, int From, int To, string Terms, string State, Person Author,
    DateTimeOffset At, string Reason, string LegalBasis, Person? DecidedBy, DateTimeOffset? DecidedAt,
    string? Refusal, string? TaskKey, int? Overtaken, ImmutableArray<string> Lines,
    IReadOnlyDictionary<string, int> Counts, IReadOnlyList<MigrationView.Item>? Items)
{
    /// <param name="State"><c>waiting</c>, <c>migrated</c>, <c>refused</c>, <c>undone</c> or <c>moved</c>.</param>
    /// <param name="Message">Why it stayed; null otherwise.</param>
    public sealed record Item(
        string? CaseNo, string InstanceKey, string State, string? Message, DateTimeOffset? At,
        ImmutableArray<PlannedPlace> Places, ImmutableArray<PlannedTerm> Terms);

    public static MigrationView Of(
        MigrationRow row, People.Names names, IReadOnlyDictionary<string, int> counts,
        IReadOnlyList<MigrationItemRow>? items, int? overtaken) => new(
        row.Id, row.ProcessId, row.Name, row.FromVersion, row.ToVersion, row.Terms, row.State, names.Of(row.Author),
        row.At, row.Reason, row.LegalBasis, names.Find(row.DecidedBy), row.DecidedAt, row.Refusal,
        row.TaskKey?.ToString(CultureInfo.InvariantCulture), overtaken,
        [.. JsonSerializer.Deserialize<string[]>(row.Lines)!], counts, items?.Select(ItemOf).ToList());

    static Item ItemOf(MigrationItemRow row)
    {
        var plan = JsonSerializer.Deserialize<CasePlan>(row.Plan, AuditLog.Json)!;
        return new Item(
            row.CaseNo, row.InstanceKey.ToString(CultureInfo.InvariantCulture), row.State, row.Message, row.At,
            plan.Places, plan.Terms);
    }
}

/// <summary>Migrations as they are shown.</summary>
public sealed class MigrationReading(ProductDbFactory databases, People people, ProcedureBook book)
{
    const int ListedMax = 100;

    public async Task<MigrationView?> FindAsync(string id, CancellationToken ct)
    {
        await using var db = databases.Create();
        if (await MigrationDesk.Find(db, id).AsNoTracking().FirstOrDefaultAsync(ct) is not { } row) return null;
        var items = await MigrationDesk.ItemsOf(db, id).AsNoTracking().ToListAsync(ct);
        var names = await people.OfAsync([row.Author, row.DecidedBy], ct);
        var counts = items.CountBy(item => item.State).ToDictionary(StringComparer.Ordinal);
        var overtaken = row.State == MigrationState.Waiting
            ? await book.OvertakingAsync(row.ProcessId, row.ToVersion, row.At, ct)
            : null;
        return MigrationView.Of(row, names, counts, items, overtaken);
    }

    public async Task<List<MigrationView>> ListAsync(string processId, CancellationToken ct)
    {
        await using var db = databases.Create();
        var rows = await db.Migrations.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.ProcessId == processId)
            .OrderByDescending(row => row.At).Take(ListedMax).ToListAsync(ct);
        var ids = rows.ConvertAll(row => row.Id);
        var states = await db.MigrationItems.AsNoTracking()
            .Where(item => item.TenantId == WorkflowDb.DefaultTenant && ids.Contains(item.MigrationId))
            .GroupBy(item => new { item.MigrationId, item.State })
            .Select(group => new { group.Key.MigrationId, group.Key.State, Count = group.Count() }).ToListAsync(ct);
        var names = await people.OfAsync(rows.SelectMany(row => new[] { row.Author, row.DecidedBy }), ct);
        return rows.ConvertAll(row => MigrationView.Of(
            row, names,
            states.Where(one => one.MigrationId == row.Id)
                .ToDictionary(one => one.State, one => one.Count, StringComparer.Ordinal),
            items: null, overtaken: null));
    }
}

/// <summary>Asks the head to let running cases go over to another version.</summary>
/// <param name="Mapping">As in <see cref="PreviewMigration"/>.</param>
/// <param name="Instances">Keys of the instances that are meant; none may be blocked.</param>
[Policy(PolicyAttribute.Administration)]
public sealed record PrepareMigration(
    Scope Scope, string ProcessId, int? From, int? To, IReadOnlyDictionary<string, string>? Mapping, string? Terms,
    string[]? Instances, string? Reason, string? LegalBasis) : IUseCase<MigrationView>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        foreach (var problem in MigrationWords.Problems(From, To, Terms)) yield return problem;
        if (Instances is not { Length: > 0 }
            || Instances.Any(key => !long.TryParse(key, CultureInfo.InvariantCulture, out _)))
            yield return ("instances", "Zaznacz co najmniej jedną sprawę.");
        foreach (var problem in PublicationWords.Problems(Reason, LegalBasis)) yield return problem;
    }

    public sealed class Handler(
        MigrationPlanning planning, MigrationDesk desk, MigrationReading reading, WorkflowEngine engine, People people)
        : IRequestHandler<PrepareMigration, UseCaseResult<MigrationView>>
    {
        public async Task<UseCaseResult<MigrationView>> Handle(
            PrepareMigration request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            var (plan, unknown) = await planning.PlanAsync(
                request.ProcessId, request.From, request.To, request.Mapping, request.Terms, ct);
            if (plan is null) return Unknown.Of<MigrationView>(unknown!);
            var keys = request.Instances!.Select(key => long.Parse(key, CultureInfo.InvariantCulture)).ToHashSet();
            var items = await planning.ItemsAsync(plan, keys, ct);
            if (Obstacle(plan, keys, items) is { } obstacle) return obstacle;
            var row = new MigrationRow
            {
                TenantId = WorkflowDb.DefaultTenant, Id = Guid.CreateVersion7().ToString("N"),
                ProcessId = request.ProcessId, Name = plan.To.Name, FromVersion = plan.From.Number,
                ToVersion = plan.To.Number, TargetKey = plan.TargetKey,
                Mapping = JsonSerializer.Serialize(plan.Mapping), Terms = request.Terms ?? MigrationPlan.Keep,
                Lines = JsonSerializer.Serialize(MigrationWords.Lines(plan, items), AuditLog.Json),
                State = MigrationState.Waiting, Author = request.Scope.User, At = await engine.Clock.NowAsync(ct),
                Reason = request.Reason!.Trim(), LegalBasis = request.LegalBasis!.Trim(),
            };
            var author = (await people.OfAsync([row.Author], ct)).NameOf(row.Author);
            var refused = await desk.AskAsync(
                request.Scope, author, row, items.ConvertAll(item => RowOf(row, item)), ct);
            return refused is not null
                ? new UseCaseResult<MigrationView>.Refused(refused.Code, refused.Message)
                : new UseCaseResult<MigrationView>.Done((await reading.FindAsync(row.Id, ct))!);
        }

        static MigrationItemRow RowOf(MigrationRow row, MigrationPlanning.Item item) => new()
        {
            TenantId = row.TenantId, MigrationId = row.Id,
            InstanceKey = long.Parse(item.InstanceKey, CultureInfo.InvariantCulture), CaseNo = item.CaseNo,
            State = MigrationItemState.Waiting,
            Plan = JsonSerializer.Serialize(item.Plan, AuditLog.Json),
        };

        static UseCaseResult<MigrationView>.Problem? Obstacle(
            MigrationPlan plan, HashSet<long> keys, List<MigrationPlanning.Item> items)
        {
            var blocked = items.Where(item => !item.Blockers.IsEmpty).ToList();
            var found = items.Select(item => item.InstanceKey).ToHashSet(StringComparer.Ordinal);
            var gone = keys.Select(key => key.ToString(CultureInfo.InvariantCulture))
                .Where(key => !found.Contains(key)).ToList();
            if (blocked.Count == 0 && gone.Count == 0) return null;
            return new UseCaseResult<MigrationView>.Problem(
                StatusCodes.Status409Conflict, "INVALID_STATE",
                blocked.Count > 0
                    ? $"Sprawa {blocked[0].CaseNo ?? blocked[0].InstanceKey} nie może przejść: " +
                        blocked[0].Blockers[0].Message
                    : $"Nie wszystkie zaznaczone sprawy są jeszcze na wersji {plan.From.Number}. Odśwież listę spraw.",
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["blocked"] = blocked, ["gone"] = gone });
        }
    }
}

/// <summary>What the ways to a migration share.</summary>
static class MigrationWords
{
    public const string Unknown = "Nie ma takiego przeniesienia. Wróć do procedury i wybierz z listy.";

    public static IEnumerable<(string Field, string Message)> Problems(int? from, int? to, string? terms)
    {
        if (from is null) yield return ("from", "Podaj wersję, na której są sprawy.");
        if (to is null || to == from) yield return ("to", "Podaj inną wersję, na którą sprawy mają przejść.");
        if (terms is not (null or MigrationPlan.Keep or MigrationPlan.Renew))
            yield return ("terms", "Wybierz, czy terminy zostają, czy liczy się je od nowa.");
    }

    /// <summary>What the head decides on, in sentences.</summary>
    public static IEnumerable<string> Lines(MigrationPlan plan, List<MigrationPlanning.Item> items)
    {
        var renamed = items.SelectMany(item => item.Places).DistinctBy(place => place.ElementId, StringComparer.Ordinal)
            .Where(place => place.Name != place.TargetName).ToList();
        foreach (var place in renamed) yield return $"Krok „{place.Name}” staje się krokiem „{place.TargetName}”.";
        if (renamed.Count == 0) yield return "Kroki, w których są sprawy, nazywają się w obu wersjach tak samo.";
        if (plan.Terms == Workflows.Engine.Execution.TermPolicy.Keep)
        {
            yield return "Terminy otwartych zadań zostają takie, jakie są.";
            yield break;
        }
        yield return "Terminy otwartych zadań liczy się od nowa według nowej wersji, od tego samego dnia.";
        var held = items.Count(item => item.Terms.Any(term => term.Held));
        if (held > 0)
        {
            yield return "Termin z ustawy albo od sądu nigdy się przez to nie wydłuża: zostaje wcześniejszy " +
                $"(spraw z takim terminem: {held}).";
        }
    }
}

/// <summary>The migrations of a procedure, the newest first, without their cases.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ListMigrations(Scope Scope, string ProcessId) : IUseCase<IReadOnlyList<MigrationView>>
{
    public sealed class Handler(MigrationReading reading)
        : IRequestHandler<ListMigrations, UseCaseResult<IReadOnlyList<MigrationView>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<MigrationView>>> Handle(
            ListMigrations request, CancellationToken cancellationToken) =>
            new UseCaseResult<IReadOnlyList<MigrationView>>.Done(
                await reading.ListAsync(request.ProcessId, cancellationToken));
    }
}

/// <summary>One migration with what became of each case.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ShowMigration(Scope Scope, string Id) : IUseCase<MigrationView>
{
    public sealed class Handler(MigrationReading reading)
        : IRequestHandler<ShowMigration, UseCaseResult<MigrationView>>
    {
        public async Task<UseCaseResult<MigrationView>> Handle(
            ShowMigration request, CancellationToken cancellationToken) =>
            await reading.FindAsync(request.Id, cancellationToken) is { } view
                ? new UseCaseResult<MigrationView>.Done(view)
                : Unknown.Of<MigrationView>(MigrationWords.Unknown);
    }
}

/// <summary>Takes cases back to the version they came from, each as long as it has not moved on.</summary>
/// <param name="Instances">Null for all that went over.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record TakeMigrationBack(Scope Scope, string Id, string[]? Instances, string? Reason)
    : IUseCase<MigrationView>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > PublicationRow.ReasonLengthMax)
        {
            yield return ("reason", "Napisz, dlaczego sprawy wracają, najwyżej " +
                $"{PublicationRow.ReasonLengthMax} znaków.");
        }
        if (PublicationWords.IsUnwritable(Reason)) yield return ("reason", PublicationWords.Unwritable);
    }

    public sealed class Handler(MigrationDesk desk, MigrationReading reading, ProductDbFactory databases)
        : IRequestHandler<TakeMigrationBack, UseCaseResult<MigrationView>>
    {
        public async Task<UseCaseResult<MigrationView>> Handle(
            TakeMigrationBack request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            await using var db = databases.Create();
            if (await MigrationDesk.Find(db, request.Id).AsNoTracking().FirstOrDefaultAsync(ct) is not { } row)
                return Unknown.Of<MigrationView>(MigrationWords.Unknown);
            var items = await MigrationDesk.ItemsOf(db, row.Id).AsNoTracking()
                .Where(item => item.State == MigrationItemState.Migrated).ToListAsync(ct);
            if (request.Instances is { } named)
            {
                items = items.FindAll(item => named.Contains(
                    item.InstanceKey.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal));
            }
            if (items.Count == 0)
            {
                return new UseCaseResult<MigrationView>.Refused(
                    EngineRejection.InvalidState, "Nie ma tu sprawy, którą można cofnąć. Odśwież stronę.");
            }
            return await desk.UndoAsync(request.Scope, row, items, request.Reason!.Trim(), ct) is { } problem
                ? new UseCaseResult<MigrationView>.Refused(EngineRejection.ResourceExhausted, problem)
                : new UseCaseResult<MigrationView>.Done((await reading.FindAsync(row.Id, ct))!);
        }
    }
}
