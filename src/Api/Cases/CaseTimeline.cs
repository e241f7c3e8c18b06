using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.Documents;
using Api.UseCases;
using MediatR;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>
/// What happened in a case, the newest first, in the words of its procedures: who did it, when, why, and whether in
/// time. It is read from the history of the engine, which nobody can change.
/// </summary>
/// <param name="Before">Only what happened before this moment: the time of the last item of the page before.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record CaseTimeline(Scope Scope, string CaseNo, DateTimeOffset? Before, int? Limit)
    : IUseCase<CaseTimeline.Answer>, IChecked
{
    const int LimitDefault = 50;
    const int LimitMax = 200;

    /// <summary>History rows of one page: most steps of the engine mean nothing to a person.</summary>
    const int RowsMax = 5_000;
    const int Batch = 250;

    /// <param name="More">There is something before the last item.</param>
    public sealed record Answer(ImmutableArray<Item> Items, bool More);

    /// <param name="OccurredOn">The true day of a fact that was entered later.</param>
    /// <param name="Kind">task, timer, message, start, end, act, incident or escalation.</param>
    /// <param name="Stage">Name of the procedure.</param>
    public sealed record Item(
        DateTimeOffset At, DateOnly? OccurredOn, string Kind, string Title, Person? Who, Person? OnBehalfOf,
        string? Why, Term? Term, int? DocumentNumber, string Stage);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Limit is < 1 or > LimitMax) yield return ("limit", $"Podaj liczbę od 1 do {LimitMax}.");
    }

    public sealed class Handler(
        CaseReading reading, CaseDocuments documents, Queries queries, DefinitionCatalog catalog)
        : IRequestHandler<CaseTimeline, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(CaseTimeline request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            if (await reading.FindAsync(scope, request.CaseNo, ct) is not { } found)
                return Refusals.UnknownCase<Answer>(request.CaseNo);
            var story = new Story(found, await documents.NumbersByTaskAsync(request.CaseNo, ct));
            var keys = found.Instances.Select(one => one.Key).ToArray();
            story.Migrations.AddRange(await queries.MigrationsAsync(scope, keys, ct));
            foreach (var key in story.DefinitionKeys())
            {
                if (await catalog.FindAsync(key, ct) is { } release) story.Definitions[key] = release.Definition;
            }
            var more = await FillAsync(story, request, ct);
            return new UseCaseResult<Answer>.Done(new Answer(await ItemsAsync(story, found, ct), more));
        }

        /// <summary>Reads back until the page is full; what happened at one moment is never divided.</summary>
        async Task<bool> FillAsync(Story story, CaseTimeline request, CancellationToken ct)
        {
            var limit = request.Limit ?? LimitDefault;
            var instances = story.Found.Instances.Select(one => one.Key).ToArray();
            HistoryRow? last = null;
            for (var read = 0; read < RowsMax; read += Batch)
            {
                var rows = await queries.HistoryAsync(request.Scope, instances, request.Before, last, Batch, ct);
                foreach (var row in rows)
                {
                    if (story.Moments.Count >= limit && row.At != story.Moments[^1].At) return true;
                    story.Add(row);
                }
                if (rows.Length < Batch) return false;
                last = rows[^1];
            }
            return true;
        }

        async Task<ImmutableArray<Item>> ItemsAsync(Story story, CaseContents found, CancellationToken ct)
        {
            var people = await reading.PeopleAsync(
                story.Moments.SelectMany(one =>
                    new[] { one.Who, one.OnBehalfOf, one.Other, one.Task?.CompletedBy }), ct);
            var items = ImmutableArray.CreateBuilder<Item>(story.Moments.Count);
            foreach (var one in story.Moments)
            {
                var term = one is { Kind: "task", Task: { } task }
                    ? await reading.TermAsync(task, found.Now, people, ct)
                    : null;
                items.Add(new Item(
                    one.At, one.OccurredOn, one.Kind,
                    one.Other is { } other ? $"{one.Title}: {people.NameOf(other)}" : one.Title, people.Find(one.Who),
                    people.Find(one.OnBehalfOf), one.Why, term, one.DocumentNumber, one.Stage));
            }
            return items.ToImmutable();
        }
    }

    /// <summary>One thing that happened, before names are known.</summary>
    sealed record Moment(DateTimeOffset At, string Kind, string Title, string? Who, string Stage)
    {
        public DateOnly? OccurredOn { get; init; }
        public string? OnBehalfOf { get; init; }

        /// <summary>User name that belongs behind the title.</summary>
        public string? Other { get; init; }
        public string? Why { get; init; }
        public UserTaskRow? Task { get; init; }
        public int? DocumentNumber { get; init; }
    }

    /// <summary>Turns steps of the engine into what a person would tell.</summary>
    sealed class Story(CaseContents found, IReadOnlyDictionary<long, int> documents)
    {
        readonly Dictionary<long, UserTaskRow> tasks = found.Tasks.ToDictionary(task => task.Key);
        readonly Dictionary<long, ProcessInstanceView> instances = found.Instances.ToDictionary(one => one.Key);

        public CaseContents Found => found;

        public Dictionary<long, ProcessDefinition> Definitions { get; } = [];

        public List<HistoryRow> Migrations { get; } = [];

        /// <summary>Definitions the procedures of the case run on or ran on.</summary>
        public IEnumerable<long> DefinitionKeys() => instances.Values.Select(one => one.ProcessDefinitionKey)
            .Concat(Migrations.Select(MigratedFrom)).Distinct();

        static long MigratedFrom(HistoryRow row) =>
            EngineJson.ReadHistory(row.Payload).OfType<InstanceMigrated>().Single().FromKey;

        // What happened before a migration has the names of the definition of that time.
        ProcessDefinition? DefinitionAt(HistoryRow row, ProcessInstanceView instance)
        {
            var next = Migrations.Find(one => one.ProcessInstanceKey == instance.Key && one.Sequence > row.Sequence);
            return Definitions.GetValueOrDefault(next is null ? instance.ProcessDefinitionKey : MigratedFrom(next));
        }

        public List<Moment> Moments { get; } = [];

        public void Add(HistoryRow row)
        {
            // An erased step keeps its place in the chain and tells nothing; other payloads are acts of other areas.
            if (row.Payload is not { } payload || !EngineJson.IsHistory(payload)
                || !instances.TryGetValue(row.ProcessInstanceKey, out var instance)) return;
            var definition = DefinitionAt(row, instance);
            foreach (var happened in EngineJson.ReadHistory(payload).Reverse())
            {
                if (Told(happened, row, instance, definition) is { } moment) Moments.Add(moment);
            }
        }

        Moment? Told(HistoryEvent happened, HistoryRow row, ProcessInstanceView instance, ProcessDefinition? definition)
        {
            var stage = instance.ProcessName ?? instance.ProcessId;
            Moment Of(string kind, string title) => new(row.At, kind, title, row.Actor, stage);
            string? NameOf(string elementId) => definition?.Nodes.GetValueOrDefault(elementId)?.Name;
            Moment? Named(string kind, string elementId) => NameOf(elementId) is { } name ? Of(kind, name) : null;
            return happened switch
            {
                InstanceCreated => Of("start", stage),
                InstanceCompleted => Of("end", $"Zakończono: {stage}"),
                InstanceTerminated => Of("end", $"Przerwano: {stage}"),
                ElementCompleted done when definition?.Nodes.GetValueOrDefault(done.ElementId) is EndEvent =>
                    Named("end", done.ElementId),
                UserTaskCompleted done => Of("task", TitleOf(done.Key) ?? NameOf(done.ElementId) ?? done.ElementId) with
                {
                    OnBehalfOf = done.OnBehalfOf,
                    Task = tasks.GetValueOrDefault(done.Key),
                    DocumentNumber = documents.TryGetValue(done.Key, out var number) ? number : null,
                },
                UserTaskAssigned given => Assigned(given, Of("act", TitleOf(given.Key) ?? "Zadanie")),
                UserTaskCanceled gone when TitleOf(gone.Key) is { } title => Of("act", $"Już niepotrzebne: {title}"),
                TimerFired fired => Named("timer", fired.TargetId),
                ReminderFired { Reminder: { Role: not null } told } => Of("escalation", Escalated(told)),
                MessageCorrelated arrived => Named("message", arrived.TargetId),
                EscalationThrown { CaughtById: { } by } => Named("escalation", by),
                ErrorThrown { CaughtById: { } by } => Named("escalation", by),
                IncidentRaised raised => Of(
                    "incident", $"Zatrzymane, trzeba naprawić: {NameOf(raised.Incident.ElementId) ?? stage}"),
                IncidentResolved => Of("incident", $"Wznowione: {stage}"),
                InstanceMigrated when row.Command == nameof(UndoMigration) =>
                    Of("act", $"Procedura wróciła do poprzedniej wersji: {stage}"),
                InstanceMigrated => Of("act", $"Procedura przeszła na inną wersję: {stage}"),
                TermHeld held => Of(
                    "act", $"Termin ustawowy lub sądowy nie został wydłużony: {TitleOf(held.Key) ?? stage}"),
                ActRecorded { Act: var act } => Of("act", Acts.NameOf(act.Kind)) with
                {
                    Why = act.Reason,
                    OccurredOn = act.OccurredOn,
                },
                _ => null,
            };
        }

        // Only what went to somebody else than the one who has the task.
        string Escalated(TaskReminder told)
        {
            var term = told.Rung switch
            {
                "0" or "100%" => "Dziś mija termin",
                ['+', ..] => "Minął termin",
                _ => "Zbliża się termin",
            };
            return $"{term}: {TitleOf(told.TaskKey)}. Powiadomienie: {RoleNames.Of(told.Role!)}";
        }

        string? TitleOf(long taskKey) =>
            tasks.TryGetValue(taskKey, out var task) ? task.Name ?? task.ElementId : null;

        static Moment? Assigned(UserTaskAssigned given, Moment moment) => given.Assignee switch
        {
            null => moment with { Title = $"Zadanie wróciło do wspólnej kolejki: {moment.Title}", Why = given.Reason },
            // Whom the procedure itself names is seen at the task; only what people do with tasks is told, and what
            // the end of a substitution does.
            _ when moment.Who == Scope.Engine.User && given.Reason is null => null,
            var assignee when assignee == moment.Who => moment with { Title = $"Zadanie przyjęte: {moment.Title}" },
            var assignee => moment with
            {
                Title = $"Zadanie „{moment.Title}” przekazane", Other = assignee, Why = given.Reason,
                OnBehalfOf = given.OnBehalfOf,
            },
        };
    }
}

/// <summary>Acts of persons on a case outside of its tasks, and what the timeline calls them.</summary>
static class Acts
{
    public const string DocumentEntered = nameof(DocumentEntered);
    public const string FileAttached = nameof(FileAttached);
    public const string TeamChanged = nameof(TeamChanged);
    public const string CaseLinked = nameof(CaseLinked);
    public const string CaseRestricted = nameof(CaseRestricted);
    public const string CaseOpened = nameof(CaseOpened);
    public const string GlassBroken = nameof(GlassBroken);

    static readonly Dictionary<string, string> Polish = new(StringComparer.Ordinal)
    {
        [DocumentEntered] = "Dopisano do akt",
        [FileAttached] = "Dołączono plik",
        [TeamChanged] = "Zmieniono osobę prowadzącą",
        [CaseLinked] = "Powiązano z inną sprawą",
        [CaseRestricted] = "Ograniczono dostęp do sprawy",
        [CaseOpened] = "Zniesiono ograniczenie dostępu do sprawy",
        [GlassBroken] = "Otwarto sprawę w trybie awaryjnym",
    };

    public static string NameOf(string kind) => Polish.GetValueOrDefault(kind, "Odnotowano czynność");
}
