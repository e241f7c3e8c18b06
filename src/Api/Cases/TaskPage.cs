using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Api.Access;
using Api.Documents;
using Api.Startup;
using Api.Storage;
using Api.Team;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>Everything the page of one task shows.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record OpenTaskPage(Scope Scope, long TaskKey) : IUseCase<OpenTaskPage.Answer>
{
    /// <param name="Variables">What FEEL of the form may read besides the answer.</param>
    /// <param name="Prefill">Values the server knows already, in the shape of an answer.</param>
    /// <param name="Next">Human steps that may follow.</param>
    /// <param name="Why">Why she cannot complete it; null when she can.</param>
    public sealed record Answer(
        TaskItem Task, FormView? Form, JsonElement Variables, JsonElement Prefill, DraftView? Draft, CaseBrief? Case,
        ImmutableArray<NextStep> Next, ImmutableArray<DocumentBrief> Documents,
        ImmutableArray<AttachmentView> Attachments, Permissions May, string? Why);

    /// <param name="Schema">form-js, as deployed.</param>
    public sealed record FormView(JsonElement Schema, int Version);

    public sealed record Permissions(bool Complete, bool Claim, bool GiveBack, bool Reassign);

    public sealed class Handler(
        Queries queries, TaskItems items, TaskCompletion completion, Prefilling prefilling, Drafts drafts,
        CaseBriefs briefs, NextSteps nextSteps, Assignees assignees, People people, Attachments attachments,
        CaseReading reading, CaseDocuments documents)
        : IRequestHandler<OpenTaskPage, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(OpenTaskPage request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            if (await queries.InboxTaskAsync(scope, request.TaskKey, ct) is not { } found)
                return Refusals.UnknownTask<Answer>();
            var task = found.Task;
            var item = Assert(await items.OfAsync([found], TaskItems.OnBehalfOf(task, scope), ct));
            var form = await completion.FormOfAsync(task, ct);
            var variables = await completion.VisibleAsync(scope, task.Key, ct);
            var known = await prefilling.KnownAsync(scope, item, variables, ct);
            var (may, why) = await MayAsync(scope, task, ct);
            // Who worked on it once is not for ever a reader of the file.
            var reads = item.CaseNo is not null && (scope.EngineAll || scope.Cases.Shows(found.CaseTag!)
                || may.Complete || may.Claim);
            var file = reads ? await reading.FindAsync(scope, item.CaseNo!, ct) : null;
            var brief = file is null
                ? null
                : await briefs.OfAsync(item.CaseNo!, ct) is { } one
                    ? one with { Opens = file.Relation != CaseRelation.Task }
                    : null;
            return new UseCaseResult<Answer>.Done(new Answer(
                item, form is null ? null : new FormView(Parse(form.Schema), form.Version),
                Prefilling.ToJson(known), form is null ? Parse("{}"u8) : await prefilling.OfAsync(form.Form, known, ct),
                may.Complete ? await drafts.FindAsync(task.Key, ct) : null, brief,
                await nextSteps.AfterAsync(task, variables, ct),
                file is null ? [] : [.. (await documents.ListAsync(file, ct)).Reverse()],
                file is null ? [] : await attachments.OfCaseAsync(file, ct), may, why));
        }

        static TaskItem Assert(ImmutableArray<TaskItem> one) => one[0];

        async Task<(Permissions May, string? Why)> MayAsync(Scope scope, UserTaskRow task, CancellationToken ct)
        {
            var open = task.State == Status.Created;
            var offered = open && task.Assignee is null && TaskItems.MayWorkOn(task, scope);
            var barred = open && await assignees.BarredAsync(task, ct) is { } other && other.Is(scope.User)
                ? other.Words
                : null;
            var may = new Permissions(
                barred is null && TaskItems.MayWorkOn(task, scope), offered && barred is null,
                open && task.Assignee == scope.User
                    && (task.CandidateGroups != "[]" || task.CandidateUsers != "[]"),
                open && items.MayAssign(scope));
            if (may.Complete) return (may, null);
            if (barred is not null) return (may, barred);
            if (!open)
            {
                return (may, task.State == Status.Completed
                    ? "To zadanie jest już zakończone."
                    : "To zadanie nie jest już potrzebne: sprawa poszła dalej bez niego.");
            }
            return (may, task.Assignee is { } assignee
                ? $"To zadanie ma {(await people.OfAsync([assignee], ct)).Of(assignee).Name}."
                : $"To zadanie czeka na: {RoleNames.Of(TaskItems.List(task.CandidateGroups))}.");
        }

        static JsonElement Parse(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json);
            return JsonElement.ParseValue(ref reader);
        }
    }
}

/// <summary>
/// Fills in what the server knows already (form property <c>prefill</c>, docs/extensions.md), so that nobody types it
/// again. It is a suggestion: what comes back is checked like everything else.
/// </summary>
public sealed class Prefilling(
    ProductDbFactory databases, People people, EngineClock clock, Settings settings, ILogger<Prefilling> log)
{
    /// <summary>What a form may read: the process variables, and the few facts of docs/extensions.md.</summary>
    public async Task<Dictionary<string, FeelValue>> KnownAsync(
        Scope scope, TaskItem task, Dictionary<string, FeelValue> variables, CancellationToken ct)
    {
        var (assistant, socialWorker) = (Text(variables, "assistant"), Text(variables, "socialWorker"));
        var names = await people.OfAsync([scope.User, assistant, socialWorker], ct);
        var known = new Dictionary<string, FeelValue>(variables, StringComparer.Ordinal)
        {
            ["user"] = Person(names[scope.User]),
            ["staff"] = Context(("assistant", Person(names[assistant])), ("socialWorker", Person(names[socialWorker]))),
            ["family"] = Context(("label", task.CaseLabel is { } label ? new FeelString(label) : FeelValue.Null)),
            ["assistantLimit"] = FeelJson.Read(TaskItems.Digits(settings.AssistantLimit)),
            ["assistants"] = await AssistantsAsync(ct),
        };
        if (task.CaseNo is { } caseNo) known[CaseOpening.CaseNo] = new FeelString(caseNo);
        return known;
    }

    public async Task<JsonElement> OfAsync(Form form, Dictionary<string, FeelValue> known, CancellationToken ct)
    {
        var answer = new JsonObject();
        var scope = FeelScope.Of(known);
        var environment = new FeelEnvironment(await clock.NowAsync(ct), settings.Zone);
        foreach (var field in Fields(form.Components))
        {
            var result = FeelExpression.Parse(field.Prefill!).Expression!.Evaluate(scope, environment);
            if (result.Failure is { } failure)
            {
                log.LogWarning("Prefill of {Form}/{Field}: {Failure}", form.Id, field.Id, failure.Message);
                continue;
            }
            if (result.Value.IsNull) continue;
            Put(answer, field.Path, Fitting(field, JsonNode.Parse(FeelJson.Write(result.Value))));
        }
        return JsonSerializer.SerializeToElement(answer);
    }

    public static JsonElement ToJson(Dictionary<string, FeelValue> known) => JsonSerializer.SerializeToElement(
        known.ToDictionary(one => one.Key, one => JsonNode.Parse(FeelJson.Write(one.Value)), StringComparer.Ordinal));

    // Rows of a list are begun by a person; a field in one has no place to be filled into.
    static IEnumerable<FormComponent> Fields(ImmutableArray<FormComponent> components) => components.SelectMany(
        one => one.Type == FormComponentType.Group ? Fields(one.Components) : one.Prefill is null ? [] : [one]);

    // FEEL writes seconds and names the zone; the field of a form takes minutes and an offset. Without an offset the
    // moment is one on the centre's clock, never on that of the machine.
    JsonNode? Fitting(FormComponent field, JsonNode? value)
    {
        if (field is not { Type: FormComponentType.Datetime, Subtype: "datetime" }
            || value is not JsonValue text || !text.TryGetValue<string>(out var moment)
            || !DateTimeOffset.TryParse(
                moment.Split('@')[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return value;
        var hasOffset = moment.Contains('Z', StringComparison.Ordinal) || moment.LastIndexOfAny(['+', '-']) > 10;
        var instant = hasOffset && !moment.Contains('@', StringComparison.Ordinal)
            ? at
            : LocalTime.ToInstant(at.DateTime, settings.Zone);
        return TimeZoneInfo.ConvertTime(instant, settings.Zone)
            .ToString("yyyy-MM-dd'T'HH:mmzzz", CultureInfo.InvariantCulture);
    }

    static void Put(JsonObject answer, ImmutableArray<string> path, JsonNode? value)
    {
        var place = answer;
        foreach (var segment in path[..^1])
        {
            if (place[segment] is not JsonObject inner) place[segment] = inner = [];
            place = inner;
        }
        place[path[^1]] = value;
    }

    /// <summary>Families of each assistant and her limit (UWR art. 15 ust. 4), so that nobody counts by hand.</summary>
    async Task<FeelValue> AssistantsAsync(CancellationToken ct)
    {
        await using var db = databases.Create();
        var names = await (
            from account in db.Users
            join held in db.UserRoles on account.Id equals held.UserId
            join role in db.Roles on held.RoleId equals role.Id
            where role.Name == "assistant" && !account.Disabled
            orderby account.DisplayName
            select new { account.UserName, account.DisplayName }).AsNoTracking().ToListAsync(ct);
        var places = await db.Assistants.AsNoTracking().Where(row => row.TenantId == WorkflowDb.DefaultTenant)
            .ToDictionaryAsync(row => row.UserName, StringComparer.Ordinal, ct);
        return new FeelList(names.Select(one => Context(
            ("userName", new FeelString(one.UserName!)), ("name", new FeelString(one.DisplayName)),
            ("active", Number(places.GetValueOrDefault(one.UserName!)?.Active ?? 0)),
            ("limit", Number(Math.Min(
                settings.AssistantLimit,
                places.GetValueOrDefault(one.UserName!)?.PlacesMax ?? settings.AssistantLimit))))));
    }

    static FeelValue Number(int value) => FeelJson.Read(TaskItems.Digits(value));

    static FeelValue Person(Person? person) => person is null
        ? FeelValue.Null
        : Context(("userName", new FeelString(person.UserName)), ("name", new FeelString(NameAlone(person.Name))),
            ("post", new FeelString(PostOf(person.Name))));

    // Accounts are shown as "name, post"; a signature has a field for each.
    static string NameAlone(string display) => display.Split(',')[0].Trim();

    static string PostOf(string display) =>
        display.IndexOf(',', StringComparison.Ordinal) is var comma and >= 0 ? display[(comma + 1)..].Trim() : "";

    static FeelContext Context(params (string Name, FeelValue Value)[] entries) =>
        new([.. entries.Select(entry => KeyValuePair.Create(entry.Name, entry.Value))]);

    static string? Text(Dictionary<string, FeelValue> variables, string name) =>
        variables.TryGetValue(name, out var value) && value is FeelString { Value: var text } ? text : null;
}
