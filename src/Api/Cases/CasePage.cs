using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.Documents;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>The cases somebody may look into, the newest first; with <c>q</c> only those it finds.</summary>
/// <param name="Q">A file number, or a word of the register of persons.</param>
/// <param name="Status"><c>open</c>, <c>closed</c> or <c>all</c>.</param>
/// <param name="Mine">Only cases she is in the team of or has a task in, also when she may see all.</param>
/// <param name="Person">
/// Only cases of this assistant or social worker: for head and coordinator, within what they may see.
/// </param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ListCases(
    Scope Scope, string? Q, string? Status, bool? Mine, int? Page, string? Person = null)
    : IUseCase<ListCases.Answer>, IChecked
{
    public const int PageSize = 50;
    const int PagesMax = 10_000;
    const int QueryLengthMax = 100;

    public sealed record Answer(ImmutableArray<Item> Items, int Total, int Page, int PageSize);

    /// <param name="Stages">Names of the procedures that run now.</param>
    /// <param name="NextDue">The nearest last day of an open task.</param>
    /// <param name="TermKind">Who set it: STAT, COURT, CUST or HOUSE; null without one.</param>
    /// <param name="Opens">False for whoever only has a task in it, and where there is nothing any more.</param>
    /// <param name="Erased">Only the number is left; everything else is empty.</param>
    public sealed record Item(
        string CaseNo, string Label, DateTimeOffset? OpenedAt, DateTimeOffset? ClosedAt, string Status,
        ImmutableArray<string> Stages, Person? Assistant, Person? SocialWorker, DateOnly? NextDue, string? TermKind,
        bool Restricted, bool Opens, bool Erased = false)
    {
        public static Item Gone(string caseNo) => new(
            caseNo, Erasures.ErasedLabel, null, null, "closed", [], null, null, null, null, Restricted: false,
            Opens: false, Erased: true);
    }

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Status is not (null or "open" or "closed" or "all"))
            yield return ("status", "Wybierz: open, closed albo all.");
        if (Page is < 1 or > PagesMax) yield return ("page", "Strona jest liczbą od 1.");
        if (Q is { Length: > QueryLengthMax }) yield return ("q", $"Wpisz najwyżej {QueryLengthMax} znaków.");
    }

    public sealed class Handler(
        ProductDbFactory databases, Queries queries, CaseReading reading, CaseWords words, CaseFile file,
        CaseAccess access, DefinitionCatalog catalog, Startup.Settings settings)
        : IRequestHandler<ListCases, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ListCases request, CancellationToken cancellationToken)
        {
            if (request.Person is not null && !Erasures.Leads(request.Scope))
            {
                return new UseCaseResult<Answer>.Refused(
                    EngineRejection.Forbidden, "Rodziny innej osoby pokazuje się kierownikowi i koordynatorowi.");
            }
            await using var db = databases.Create();
            // Hers are those she has to do with, not all that her role lets her see.
            var scope = request is { Mine: true, Scope: var wide }
                ? wide with { EngineAll = false, Cases = wide.Cases with { All = false } }
                : request.Scope;
            var rows = db.Cases.AsNoTracking().Where(await access.VisibleAsync(scope, cancellationToken));
            rows = request.Status switch
            {
                "open" => rows.Where(row => row.Status == CaseStatus.Open),
                "closed" => rows.Where(row => row.Status == CaseStatus.Closed),
                _ => rows,
            };
            if (request.Person is { } person)
            {
                var hers = await CaseAccess.CasesOfStaffAsync(db, person, cancellationToken);
                rows = rows.Where(row => hers.Contains(row.CaseNo) && row.ErasedAt == null);
            }
            if (!string.IsNullOrWhiteSpace(request.Q))
            {
                var found = await words.FindAsync(db, request.Q, cancellationToken);
                rows = rows.Where(row => found.Contains(row.CaseNo));
            }
            var page = request.Page ?? 1;
            var total = await rows.CountAsync(cancellationToken);
            var shown = await rows.OrderByDescending(row => row.OpenedAt).ThenByDescending(row => row.RootInstanceKey)
                .Skip((page - 1) * PageSize).Take(PageSize).ToListAsync(cancellationToken);
            return new UseCaseResult<Answer>.Done(new Answer(
                await ItemsAsync(db, request.Scope, shown, cancellationToken), total, page, PageSize));
        }

        async Task<ImmutableArray<Item>> ItemsAsync(
            ProductDb db, Scope scope, List<CaseRow> rows, CancellationToken ct)
        {
            var tags = rows.Select(row => CaseView.TagPrefix + row.CaseNo).ToArray();
            var running = (await queries.RunningUnderTagsAsync(scope, tags, ct)).ToLookup(one => one.Tag);
            var keys = running.SelectMany(group => group).Select(one => one.InstanceKey).ToArray();
            var tasks = (await queries.TasksOfInstancesAsync(scope, keys, ct))
                .ToLookup(task => task.ProcessInstanceKey);
            var staff = await reading.StaffAsync(scope, [.. keys, .. rows.Select(row => row.RootInstanceKey)], ct);
            var people = await reading.PeopleAsync(staff.Select(one => one.UserName), ct);
            var labels = await file.LabelsAsync(db, [.. rows.Select(row => row.CaseNo)], ct);
            var names = (await queries.RootsAsync(scope, [.. rows.Select(row => row.RootInstanceKey)], ct))
                .ToDictionary(root => root.InstanceKey);
            var nearest = rows.Select(row => running[CaseView.TagPrefix + row.CaseNo]
                .SelectMany(one => tasks[one.InstanceKey])
                .Where(task => task.State == Workflows.Runtime.Storage.Status.Created && task.DueDate is not null)
                .MinBy(task => task.DueDate)).ToList();
            var kinds = new Dictionary<long, string?>();
            foreach (var task in nearest.OfType<UserTaskRow>())
                kinds[task.Key] = await TaskItems.TermKindAsync(catalog, task, ct);
            return
            [
                .. rows.Zip(nearest, (row, task) =>
                {
                    if (row.ErasedAt is not null) return Item.Gone(row.CaseNo);
                    var instances = running[CaseView.TagPrefix + row.CaseNo].ToList();
                    var own = instances.Select(one => one.InstanceKey).Append(row.RootInstanceKey).ToHashSet();
                    return new Item(
                        row.CaseNo, labels.GetValueOrDefault(row.CaseNo)
                            ?? names.GetValueOrDefault(row.RootInstanceKey)?.Name ?? row.ProcessId,
                        row.OpenedAt, names.GetValueOrDefault(row.RootInstanceKey)?.EndedAt, StatusOf(row),
                        [.. instances.Where(one => one.InstanceKey != row.RootInstanceKey || instances.Count == 1)
                            .Select(one => one.Name)],
                        people.Find(CaseReading.Named(staff, "assistant", own)),
                        people.Find(CaseReading.Named(staff, "socialWorker", own)),
                        task?.DueDate is { } last ? LocalTime.DayOf(last, settings.Zone) : null,
                        task is null ? null : kinds[task.Key], row.Restricted,
                        scope.EngineAll || scope.Cases.Shows(CaseView.TagPrefix + row.CaseNo));
                }),
            ];
        }
    }

    public static string StatusOf(CaseRow row) => row.Status == CaseStatus.Open ? "open" : "closed";
}

/// <summary>The page of a case.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record CaseDetails(Scope Scope, string CaseNo) : IUseCase<CaseDetails.Answer>
{
    public sealed record Answer(
        CaseBrief Brief, string Relation, ImmutableArray<Stage> Stages, ImmutableArray<NowTask> Now,
        ImmutableArray<Term> Terms, ImmutableArray<TeamMember> Team, ImmutableArray<DocumentBrief> Documents,
        ImmutableArray<AttachmentView> Attachments, ImmutableArray<CaseLink> Links, bool PurposeNeeded,
        DateTimeOffset? OpenUntil, ErasureOutlook? Erasure, Permissions May);

    public sealed record Permissions(
        bool Intervene, bool AddEntry, bool Reassign, bool Restrict, bool Link, bool ReadLog, bool EditFamily);

    public sealed class Handler(
        CaseReading reading, CaseBriefs briefs, CaseDocuments documents, Attachments attachments, CaseLinks links,
        CaseAccess access, Erasures erasures, DefinitionCatalog catalog, WorkflowsOptions options)
        : IRequestHandler<CaseDetails, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(CaseDetails request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            if (await reading.FindAsync(scope, request.CaseNo, ct) is not { } found)
                return Refusals.UnknownCase<Answer>(request.CaseNo);
            var people = await reading.PeopleAsync(
                found.Tasks.SelectMany(task => new[] { task.Assignee, task.CompletedBy }), ct);
            var papers = await documents.ListAsync(found, ct);
            var team = await reading.TeamAsync(scope, found, ct);
            return new UseCaseResult<Answer>.Done(new Answer(
                (await briefs.OfAsync(request.CaseNo, ct))!, CodeOf(found.Relation),
                await reading.StagesAsync(found, ct),
                await NowAsync(scope, found, people, ct),
                await TermsAsync(found, people, ct), team, papers,
                await attachments.OfCaseAsync(found, ct), await links.OfAsync(scope, request.CaseNo, ct),
                await access.NeedsPurposeAsync(scope, found.Relation, request.CaseNo, ct),
                found.Relation == CaseRelation.BreakGlass
                    ? await access.OpenUntilAsync(scope, request.CaseNo, ct)
                    : null,
                await erasures.OutlookAsync(scope, found.Row, ct), MayOf(scope)));
        }

        /// <summary>Open tasks, the nearest term first.</summary>
        async Task<ImmutableArray<NowTask>> NowAsync(
            Scope scope, CaseContents found, People.Names people, CancellationToken ct)
        {
            var now = ImmutableArray.CreateBuilder<NowTask>();
            foreach (var task in found.Open.OrderBy(task => task.DueDate ?? DateTimeOffset.MaxValue))
            {
                now.Add(new NowTask(
                    TaskItems.MayWorkOn(task, scope) ? TaskItems.Digits(task.Key) : null, task.Name ?? task.ElementId,
                    CaseReading.WhoHas(task, people), task.DueDate, TaskItems.DeadlineOf(task),
                    await TaskItems.TermKindAsync(catalog, task, ct)));
            }
            return now.ToImmutable();
        }

        async Task<ImmutableArray<Term>> TermsAsync(CaseContents found, People.Names people, CancellationToken ct)
        {
            var terms = ImmutableArray.CreateBuilder<Term>();
            foreach (var task in found.Tasks)
            {
                if (await reading.TermAsync(task, found.Now, people, ct) is { } term) terms.Add(term);
            }
            return [.. terms.OrderBy(term => term.DueOn)];
        }

        static string CodeOf(CaseRelation relation) => JsonNamingPolicy.CamelCase.ConvertName(relation.ToString());

        Permissions MayOf(Scope scope)
        {
            var staff = scope.EngineAll || scope.Groups.Any(options.StaffRoles.Contains);
            var leads = scope.EngineAll || scope.Groups.Any(options.AssigningRoles.Contains);
            return new Permissions(staff, staff, leads, leads, staff, leads || scope.Groups.Contains("dpo"), staff);
        }
    }

    /// <summary>The case is open to her, its file is not hers to write.</summary>
    public static UseCaseResult<T>.Refused OnlyToRead<T>() => new(
        EngineRejection.Forbidden,
        "Tę sprawę możesz teraz tylko czytać. Wpisu dokona ktoś z zespołu rodziny albo koordynator.");
}

/// <summary>One procedure of the case on its diagram: where it stands and which way it went.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record CaseDiagram(Scope Scope, string CaseNo, long InstanceKey) : IUseCase<CaseDiagram.Answer>
{
    /// <param name="Xml">BPMN 2.0 as it was deployed.</param>
    /// <param name="Completed">Ids of elements that have ended at least once.</param>
    /// <param name="Flows">Ids of sequence flows taken at least once.</param>
    /// <param name="Stopped">Ids of elements at which execution stands still until somebody repairs the cause.</param>
    public sealed record Answer(
        string Name, string Xml, ImmutableArray<Active> Active, ImmutableArray<string> Completed,
        ImmutableArray<string> Flows, ImmutableArray<string> Stopped);

    public sealed record Active(string ElementId, string Name, DateTimeOffset Since, string? Who, string? TaskKey);

    public sealed class Handler(CaseReading reading, Queries queries)
        : IRequestHandler<CaseDiagram, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(CaseDiagram request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            if (await reading.FindAsync(scope, request.CaseNo, ct) is not { } found)
                return Refusals.UnknownCase<Answer>(request.CaseNo);
            if (found.Instances.FirstOrDefault(one => one.Key == request.InstanceKey) is not { } instance)
            {
                return new UseCaseResult<Answer>.Refused(
                    EngineRejection.NotFound, "Nie ma takiego etapu w tej sprawie.");
            }
            var definition = await queries.ProcessDefinitionAsync(scope, instance.ProcessDefinitionKey, ct);
            var xml = await queries.ContentAsync(scope, definition!.Definition.ResourceKey, ct) ?? [];
            var elements = (await queries.ElementsOfInstanceAsync(scope, instance.Key, ct))
                .Where(element => element.Type != "PROCESS").ToList();
            var tasks = found.Open.Where(task => task.ProcessInstanceKey == instance.Key)
                .ToDictionary(task => task.ElementInstanceKey);
            var people = await reading.PeopleAsync(tasks.Values.Select(task => task.Assignee), ct);
            var state = await queries.StateDocumentAsync(scope, instance.Key, ct);
            return new UseCaseResult<Answer>.Done(new Answer(
                instance.ProcessName ?? instance.ProcessId, System.Text.Encoding.UTF8.GetString(xml),
                [.. elements.Where(element => element.State == Status.Active && element.Type != "MULTI_INSTANCE_BODY")
                    .Select(element => ActiveOf(scope, element, tasks.GetValueOrDefault(element.Key), people))],
                [.. elements.Where(element => element.State == Status.Completed).Select(element => element.ElementId)
                    .Distinct(StringComparer.Ordinal)],
                state is { Length: > 0 } ? EngineJson.ReadInstance(state).FlowsTaken : [],
                [.. elements.Where(element => element.State == Status.Active && element.IncidentKey is not null)
                    .Select(element => element.ElementId).Distinct(StringComparer.Ordinal)]));
        }

        static Active ActiveOf(Scope scope, ElementInstanceRow element, UserTaskRow? task, People.Names people) => new(
            element.ElementId, element.ElementName ?? element.ElementId, element.StartedAt,
            task is null ? null : CaseReading.WhoHas(task, people),
            task is not null && TaskItems.MayWorkOn(task, scope) ? TaskItems.Digits(task.Key) : null);
    }
}
