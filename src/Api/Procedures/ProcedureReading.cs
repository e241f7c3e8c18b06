using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Api.Team;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>One version as the browser sees it.</summary>
/// <param name="Version">1, 2, 3 ... of this procedure; not the number of its deployments.</param>
/// <param name="DefinitionKey">The newest definition with these files; new cases of this version start on it.</param>
/// <param name="By">Null for what came with the product.</param>
/// <param name="Source"><c>shipped</c> or <c>office</c>.</param>
/// <param name="Running">Instances that still run on it.</param>
public sealed record VersionView(
    int Version, string DefinitionKey, DateTimeOffset At, Person? By, string Source, string? Reason,
    string? LegalBasis, DateOnly? ValidFrom, Person? ApprovedBy, string Hash, int Running);

/// <param name="Outdated">A newer version came into force since it was begun.</param>
public sealed record DraftMark(int Revision, DateTimeOffset SavedAt, Person SavedBy, int BaseVersion, bool Outdated);

public sealed record NewProductVersion(string Hash, DateTimeOffset At);

/// <param name="Version">The newest; 0 for a procedure that is only a draft yet.</param>
/// <param name="Rules">What the law asks of it, counted.</param>
/// <param name="NewProductVersion">A newer delivery that waits beside the office's own version.</param>
/// <param name="Waiting">What waits for the second person or for its day.</param>
public sealed record ProcedureItem(
    string ProcessId, string Name, bool OpensCase, int Version, IReadOnlyList<VersionView> Versions, int Running,
    int Rules, DraftMark? Draft, NewProductVersion? NewProductVersion, PublicationView? Waiting);

/// <summary>What procedures are shown with: drafts, publications, names of people.</summary>
public sealed class ProcedureViews(
    ProcedureBook book, ProductFolder product, ProductDbFactory databases, People people)
{
    /// <param name="only">One process id; null for all.</param>
    public async Task<List<ProcedureItem>> ItemsAsync(string? only, CancellationToken ct)
    {
        var all = await book.AllAsync(ct);
        var running = await book.RunningAsync(ct);
        await using var db = databases.Create();
        var drafts = await db.ProcedureDrafts.AsNoTracking().Where(row => row.TenantId == WorkflowDb.DefaultTenant)
            .ToDictionaryAsync(row => row.ProcessId, StringComparer.Ordinal, ct);
        var publications = await db.Publications.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.State != PublicationState.Refused)
            .ToListAsync(ct);
        var offers = await db.ProductVersions.AsNoTracking().Where(row => row.TenantId == WorkflowDb.DefaultTenant)
            .ToDictionaryAsync(row => row.ProcessId, StringComparer.Ordinal, ct);
        var names = await people.OfAsync(
            [.. all.Values.SelectMany(versions => versions).Select(version => version.By),
             .. drafts.Values.Select(row => row.SavedBy),
             .. publications.SelectMany(row => new[] { row.Author, row.DecidedBy })], ct);
        var ids = all.Keys.Union(drafts.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Where(id => only is null || id == only);
        return
        [
            .. ids.Select(id => Item(
                id, all.GetValueOrDefault(id, []), drafts.GetValueOrDefault(id), offers.GetValueOrDefault(id),
                [.. publications.Where(row => row.ProcessId == id)])),
        ];

        ProcedureItem Item(
            string id, ImmutableArray<ProcedureVersion> versions, ProcedureDraftRow? draft, ProductVersionRow? offer,
            List<PublicationRow> asked)
        {
            var newest = versions.FirstOrDefault();
            var views = versions.Select(version => View(version, asked, running, names)).ToList();
            var waiting = asked.Find(row => PublicationState.IsOpen(row.State));
            var number = newest?.Number ?? 0;
            return new ProcedureItem(
                id, newest?.Name ?? id, newest?.OpensCase ?? false, number, views, views.Sum(view => view.Running),
                product.StatuteOf(id)?.Rules.Length ?? 0,
                draft is null ? null : new DraftMark(
                    draft.Revision, draft.SavedAt, names.Of(draft.SavedBy), draft.BaseVersion,
                    draft.BaseVersion != number),
                offer is null || newest is null or { IsShipped: true } || offer.Hash == newest.Hash
                    ? null : new NewProductVersion(offer.Hash, offer.At),
                waiting is null ? null : PublicationView.Of(waiting, null, names));
        }
    }

    static VersionView View(
        ProcedureVersion version, List<PublicationRow> asked, Dictionary<long, int> running, People.Names names)
    {
        var publication = asked.Find(row => row.DeploymentKey == version.FirstDeployment);
        return new VersionView(
            version.Number, version.DefinitionKeys[^1].ToString(CultureInfo.InvariantCulture), version.At,
            version.IsShipped ? null : names.Find(version.By), version.Source, publication?.Reason,
            publication?.LegalBasis, publication?.ValidFrom, names.Find(publication?.DecidedBy), version.Hash,
            version.DefinitionKeys.Sum(key => running.GetValueOrDefault(key)));
    }
}

/// <summary>Refusals that several use cases share.</summary>
static class Unknown
{
    public const string Procedure = "Nie ma takiej procedury. Wróć do listy procedur i wybierz jeszcze raz.";
    public const string Version = "Ta procedura nie ma takiej wersji. Wybierz wersję z listy.";

    public static UseCaseResult<T> Of<T>(string message) =>
        new UseCaseResult<T>.Refused(EngineRejection.NotFound, message);
}

/// <summary>All procedures with versions, drafts and what waits.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ListProcedures(Scope Scope) : IUseCase<IReadOnlyList<ProcedureItem>>
{
    public sealed class Handler(ProcedureViews views)
        : IRequestHandler<ListProcedures, UseCaseResult<IReadOnlyList<ProcedureItem>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<ProcedureItem>>> Handle(
            ListProcedures request, CancellationToken cancellationToken) =>
            new UseCaseResult<IReadOnlyList<ProcedureItem>>.Done(await views.ItemsAsync(null, cancellationToken));
    }
}

[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ShowProcedure(Scope Scope, string ProcessId) : IUseCase<ProcedureItem>
{
    public sealed class Handler(ProcedureViews views) : IRequestHandler<ShowProcedure, UseCaseResult<ProcedureItem>>
    {
        public async Task<UseCaseResult<ProcedureItem>> Handle(
            ShowProcedure request, CancellationToken cancellationToken) =>
            await views.ItemsAsync(request.ProcessId, cancellationToken) is [var item]
                ? new UseCaseResult<ProcedureItem>.Done(item)
                : Unknown.Of<ProcedureItem>(Unknown.Procedure);
    }
}

/// <summary>The files of one version, as they are in force.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ReadVersion(Scope Scope, string ProcessId, int Version)
    : IUseCase<IReadOnlyDictionary<string, string>>
{
    public sealed class Handler(ProcedureBook book)
        : IRequestHandler<ReadVersion, UseCaseResult<IReadOnlyDictionary<string, string>>>
    {
        public async Task<UseCaseResult<IReadOnlyDictionary<string, string>>> Handle(
            ReadVersion request, CancellationToken cancellationToken)
        {
            var versions = await book.OfAsync(request.ProcessId, cancellationToken);
            return versions.FirstOrDefault(one => one.Number == request.Version) is { } version
                ? new UseCaseResult<IReadOnlyDictionary<string, string>>.Done(
                    await book.FilesAsync(version, cancellationToken))
                : Unknown.Of<IReadOnlyDictionary<string, string>>(
                    versions.IsEmpty ? Unknown.Procedure : Unknown.Version);
        }
    }
}

/// <summary>The newer delivery of the product that waits beside the office's version.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ReadProductVersion(Scope Scope, string ProcessId) : IUseCase<IReadOnlyDictionary<string, string>>
{
    public sealed class Handler(ProductDbFactory databases)
        : IRequestHandler<ReadProductVersion, UseCaseResult<IReadOnlyDictionary<string, string>>>
    {
        public async Task<UseCaseResult<IReadOnlyDictionary<string, string>>> Handle(
            ReadProductVersion request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var row = await db.ProductVersions.AsNoTracking().FirstOrDefaultAsync(
                one => one.TenantId == WorkflowDb.DefaultTenant && one.ProcessId == request.ProcessId,
                cancellationToken);
            return row is null
                ? Unknown.Of<IReadOnlyDictionary<string, string>>("Na tę procedurę nie czeka nowa wersja produktu.")
                : new UseCaseResult<IReadOnlyDictionary<string, string>>.Done(ProcedureFiles.Unpack(row.Files));
        }
    }
}

/// <summary>When a term would end, and why; an example while somebody writes it.</summary>
/// <param name="From">ISO date; null for today in the centre.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record CountDeadline(Scope Scope, int? Amount, string? Unit, string? Roll, DateOnly? From)
    : IUseCase<CountDeadline.Answer>, IChecked
{
    public sealed record Answer(DateOnly DueOn, string Explanation);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        // What a running case would refuse is no example.
        var isUnit = DeadlineText.TryUnit(Unit ?? "", out var unit);
        var most = isUnit && unit == DeadlineUnit.WorkingDays
            ? DeadlineFunction.WorkingDaysMax
            : DeadlineFunction.AmountMax;
        if (Amount is not >= 0 || Amount > most)
            yield return ("amount", $"Podaj liczbę całkowitą od 0 do {most}.");
        if (!isUnit)
            yield return ("unit", "Wybierz: dni, dni robocze, tygodnie, miesiące albo lata.");
        if (Roll is not null && !DeadlineText.TryRoll(Roll, out _))
            yield return ("roll", "Wybierz, co się dzieje, gdy termin wypada w dzień wolny: forward, none albo back.");
    }

    public sealed class Handler(WorkflowEngine engine, BusinessCalendar calendar, Settings settings)
        : IRequestHandler<CountDeadline, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(CountDeadline request, CancellationToken cancellationToken)
        {
            var from = request.From
                ?? LocalTime.DayOf(await engine.Clock.NowAsync(cancellationToken), settings.Zone);
            DeadlineText.TryUnit(request.Unit!, out var unit);
            RollPolicy? roll = request.Roll is { } text && DeadlineText.TryRoll(text, out var read) ? read : null;
            return Deadline.TryCompute(from, request.Amount!.Value, unit, roll, calendar, out var deadline, out _)
                ? new UseCaseResult<Answer>.Done(new Answer(deadline.DueOn, deadline.Explain()))
                : new UseCaseResult<Answer>.Invalid(new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["amount"] = ["Tak długiego terminu nie da się policzyć. Podaj krótszy albo inną jednostkę."],
                });
        }
    }
}

/// <summary>Whether an expression can be read; it is not evaluated.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record CheckExpression(Scope Scope, string? Expression, bool Unary)
    : IUseCase<CheckExpression.Answer>, IChecked
{
    const int LengthMax = 10_000;

    /// <param name="Position">Index of the character in the expression as it was sent.</param>
    public sealed record Problem(string Message, int Position);

    /// <param name="Found">Null when it can be read.</param>
    public sealed record Answer(Problem? Found);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Expression is null || Expression.Length > LengthMax)
            yield return ("expression", $"Wyślij wyrażenie, najwyżej {LengthMax} znaków.");
    }

    public sealed class Handler : IRequestHandler<CheckExpression, UseCaseResult<Answer>>
    {
        public Task<UseCaseResult<Answer>> Handle(CheckExpression request, CancellationToken cancellationToken)
        {
            var text = request.Expression!;
            var skipped = text.StartsWith('=') ? 1 : 0;
            var read = request.Unary
                ? FeelExpression.ParseUnaryTests(text[skipped..], FeelNames.None)
                : FeelExpression.Parse(text[skipped..]);
            return Task.FromResult<UseCaseResult<Answer>>(new UseCaseResult<Answer>.Done(new Answer(
                read.Problem is { } problem
                    ? new Problem(Words(text, problem.Position + skipped), problem.Position + skipped)
                    : null)));
        }

        // The parser speaks English; where it stopped says more to an official than what it hoped for.
        static string Words(string text, int position)
        {
            if (string.IsNullOrWhiteSpace(text.TrimStart('='))) return "Wpisz wyrażenie.";
            if (position >= text.Length)
            {
                return "Wyrażenie urywa się na końcu: brakuje drugiej strony porównania, nawiasu albo cudzysłowu.";
            }
            var place = text[position..Math.Min(text.Length, position + 20)];
            return $"Od znaku {position + 1} („{place}”) nie da się tego przeczytać. Sprawdź nawiasy, cudzysłowy " +
                "przy tekstach i słowa and, or, in między warunkami.";
        }
    }
}

/// <summary>What the editor may offer in its lists.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ReadVocabulary(Scope Scope) : IUseCase<ReadVocabulary.Answer>
{
    public sealed record Named(string Id, string Name);

    public sealed record Ladder(string Id, string Text);

    public sealed record Answer(
        IReadOnlyList<Named> Roles, IReadOnlyList<Person> Staff, IReadOnlyList<Ladder> Ladders,
        IReadOnlyList<Named> Forms, IReadOnlyList<Named> Decisions, IReadOnlyList<Named> Processes,
        IReadOnlyList<string> Elements, IReadOnlyList<string> Units, IReadOnlyList<string> Rolls,
        IReadOnlyList<string> DeadlineKinds);

    static readonly Ladder[] Ladders =
    [
        new("std", "zwykła: 3 dni robocze i dzień przed, w dniu terminu; po terminie koordynator, potem kierownik"),
        new("fast", "szybka: w połowie czasu i w dniu terminu; w dniu terminu także przełożeni"),
        new("max", "długa: 30, 14, 7 dni i dzień wcześniej, w dniu terminu; kierownik tydzień i dzień wcześniej"),
        new("hour", "godzinowa: co ćwierć czasu, także w nocy, wykonawca i przełożeni"),
        new("none", "bez przypomnień"),
    ];

    /// <summary>In the words of bpmn-js: this and nothing else is executed (docs/bpmn-support.md).</summary>
    static readonly string[] Elements =
    [
        "bpmn:UserTask", "bpmn:ServiceTask", "bpmn:SendTask", "bpmn:ReceiveTask", "bpmn:ScriptTask",
        "bpmn:BusinessRuleTask", "bpmn:ManualTask", "bpmn:Task", "bpmn:CallActivity", "bpmn:SubProcess",
        "bpmn:ExclusiveGateway", "bpmn:ParallelGateway", "bpmn:EventBasedGateway", "bpmn:StartEvent", "bpmn:EndEvent",
        "bpmn:IntermediateCatchEvent", "bpmn:IntermediateThrowEvent", "bpmn:BoundaryEvent", "bpmn:SequenceFlow",
        "bpmn:TimerEventDefinition", "bpmn:MessageEventDefinition", "bpmn:ErrorEventDefinition",
        "bpmn:EscalationEventDefinition", "bpmn:TerminateEventDefinition",
    ];

    /// <summary>As <c>deadline()</c> reads them (docs/extensions.md).</summary>
    static readonly string[] Units = ["working-days", "days", "weeks", "months", "years"];

    static readonly string[] Rolls = ["forward", "none", "back"];

    public sealed class Handler(Func<WorkflowDb> workflows, ProductDbFactory databases, ProcedureBook book)
        : IRequestHandler<ReadVocabulary, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ReadVocabulary request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            await using var db = workflows();
            var newest = await ProcedureBook.NewestAsync(db, ct);
            var forms = await (
                from form in db.Forms
                join resource in db.Resources on form.ResourceKey equals resource.Key
                where form.DeploymentKey == newest
                select new { form.FormId, resource.Content }).ToListAsync(ct);
            var decisions = await (
                from decision in db.DecisionDefinitions
                join drg in db.DecisionRequirements on decision.DecisionRequirementsKey equals drg.Key
                where drg.DeploymentKey == newest
                select new Named(decision.DecisionId, decision.Name ?? decision.DecisionId)).ToListAsync(ct);
            await using var product = databases.Create();
            var staff = await Colleagues.OfAsync(product, null, ct);
            var processes = (await book.AllAsync(ct)).Select(one => new Named(one.Key, one.Value[0].Name));
            return new UseCaseResult<Answer>.Done(new Answer(
                [.. Access.Roles.All.Select(role => new Named(role, RoleNames.Of(role)))], staff, Ladders,
                InOrder(forms.Select(one => new Named(one.FormId, TitleOf(one.Content) ?? one.FormId))),
                InOrder(decisions),
                [.. processes.OrderBy(one => one.Name, StringComparer.Ordinal)], Elements, Units, Rolls,
                VocabularyLint.DeadlineKinds));
        }

        static Named[] InOrder(IEnumerable<Named> all) =>
            [.. all.OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.Id, StringComparer.Ordinal)];

        /// <summary>The noun a form files its answers under: its id is for the engine.</summary>
        static string? TitleOf(byte[] form)
        {
            using var json = JsonDocument.Parse(form);
            return json.RootElement.TryGetProperty("properties", out var properties)
                && properties.ValueKind == JsonValueKind.Object
                && properties.TryGetProperty("documentTitle", out var title)
                && title.ValueKind == JsonValueKind.String ? title.GetString() : null;
        }
    }
}
