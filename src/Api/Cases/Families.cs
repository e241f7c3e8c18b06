using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Api.Access;
using Api.Documents;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>
/// Documents that belong to no task: who the family is, and facts entered later. They are checked by their form like
/// every other document and stand in the history of the case.
/// </summary>
public sealed class Families(
    WorkflowEngine engine, CaseAccess access, TaskCompletion completion, CaseFile file, Vault vault, People people,
    ProductDbFactory databases, DocumentTitles titles, Settings settings)
{
    /// <summary>The form of a late fact.</summary>
    public const string EntryForm = "entry";

    /// <summary>A case she may look into; a task in it alone is not enough.</summary>
    public async Task<CaseRow?> FindAsync(Scope scope, string caseNo, CancellationToken ct)
    {
        if (await access.RelationAsync(scope, caseNo, ct) is null or CaseRelation.Task) return null;
        await using var db = databases.Create();
        return await db.Cases.AsNoTracking().SingleOrDefaultAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo, ct);
    }

    /// <param name="answer">A JSON object: the fields of the form.</param>
    public async Task<UseCaseResult<DocumentBrief>> AddAsync(
        Scope scope, string caseNo, string formId, JsonElement answer, string? idempotencyKey, CancellationToken ct)
    {
        if (await FindAsync(scope, caseNo, ct) is not { } row) return Refusals.UnknownCase<DocumentBrief>(caseNo);
        if (await access.RelationAsync(scope, caseNo, ct) is { } relation && !CaseAccess.MayWrite(relation))
            return CaseDetails.OnlyToRead<DocumentBrief>();
        if (await completion.NewestFormAsync(formId, ct) is not { } form) return NoForm<DocumentBrief>(formId);
        var now = await engine.Clock.NowAsync(ct);
        var context = FormFeel.Context(new FeelEnvironment(now, settings.Zone), FeelScope.Empty);
        var result = FormValidator.Validate(form.Form, answer, context);
        if (result.Answer is not { Document: var content })
            return new UseCaseResult<DocumentBrief>.Invalid(new CompletionAnswer.Invalid(result.Problems).ByField());
        var entry = new CaseFile.Entry(form.Form, form.Version, content, OccurredOn: OccurredOn(content));
        // The history holds a keyed fingerprint: a plain hash would let one guess a short text.
        var act = new Act(Acts.DocumentEntered, OccurredOn: entry.OccurredOn, ContentHash: vault.Fingerprint(content));
        var extras = new CommitExtras
        {
            Content = act.ContentHash,
            HostRows = async (commit, token) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                var number = await file.AddAsync(db, caseNo, entry, commit.Scope.User, commit.At, token);
                return number is null ? TaskCompletion.Erased : null;
            },
        };
        var answered = await engine.RecordActAsync(
            scope, row.RootInstanceKey, act, idempotencyKey, extras, cancellation: ct);
        return answered is EngineAnswer.Rejected rejected
            ? new UseCaseResult<DocumentBrief>.Refused(rejected.Code, Answers.Words(rejected))
            : new UseCaseResult<DocumentBrief>.Done(await WrittenAsync(scope, caseNo, formId, content, ct));
    }

    /// <summary>The document just written; a repeated request finds the one it wrote the first time.</summary>
    async Task<DocumentBrief> WrittenAsync(
        Scope scope, string caseNo, string formId, string content, CancellationToken ct)
    {
        await using var db = databases.Create();
        var rows = await db.Documents.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo && row.FormId == formId
                && row.Author == scope.User)
            .OrderByDescending(row => row.Number).Take(20).ToListAsync(ct);
        foreach (var row in rows)
        {
            if (await file.ContentAsync(db, row, ct) != content) continue;
            var author = (await people.OfAsync([row.Author], ct)).Of(row.Author);
            return new DocumentBrief(
                row.Number, row.FormId, await titles.OfAsync(row.FormId, row.FormVersion, taskName: null, ct),
                row.Version, row.At, author, row.OccurredOn);
        }
        throw new InvalidOperationException($"Expected the document just written to case {caseNo} to be there.");
    }

    static DateOnly? OccurredOn(string content)
    {
        using var document = JsonDocument.Parse(content);
        return document.RootElement.TryGetProperty("occurredOn", out var day)
            && DateOnly.TryParseExact(
                day.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : null;
    }

    public static UseCaseResult<T> NoForm<T>(string formId) => new UseCaseResult<T>.Refused(
        EngineRejection.NotFound,
        $"Nie wdrożono formularza „{formId}”. Administrator procedur powinien wdrożyć katalog workflows/case-file.");
}

/// <summary>Who the family is, by the newest card.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ReadFamily(Scope Scope, string CaseNo) : IUseCase<ReadFamily.Answer>
{
    /// <param name="Version">0 where there is no card yet; then the content is what the report says.</param>
    public sealed record Answer(JsonElement Schema, JsonElement Content, int Version);

    public sealed class Handler(
        Families families, TaskCompletion completion, CaseFile file, ProductDbFactory databases)
        : IRequestHandler<ReadFamily, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ReadFamily request, CancellationToken cancellationToken)
        {
            if (await families.FindAsync(request.Scope, request.CaseNo, cancellationToken) is null)
                return Refusals.UnknownCase<Answer>(request.CaseNo);
            if (await completion.NewestFormAsync(CaseFile.FamilyCard, cancellationToken) is not { } form)
                return Families.NoForm<Answer>(CaseFile.FamilyCard);
            await using var db = databases.Create();
            var card = await file.NewestAsync(db, request.CaseNo, CaseFile.FamilyCard, cancellationToken);
            var content = card?.Content ?? await FromReportAsync(db, request.CaseNo, cancellationToken);
            return new UseCaseResult<Answer>.Done(
                new Answer(Parse(form.Schema), Parse(Utf8(content)), card?.Row.Version ?? 0));
        }

        /// <summary>A first card begins with what was reported, so that nobody types it again.</summary>
        async Task<string> FromReportAsync(ProductDb db, string caseNo, CancellationToken ct)
        {
            if (await file.NewestAsync(db, caseNo, CaseFile.Report, ct) is not { } report) return "{}";
            using var content = JsonDocument.Parse(report.Content);
            var adult = new JsonObject();
            if (Text(content.RootElement, "familyNames") is { } name) adult["lastName"] = name;
            if (Text(content.RootElement, "address") is { } address) adult["address"] = address;
            var card = new JsonObject();
            if (adult.Count > 0) card["adults"] = new JsonArray(adult);
            var children = Children(content.RootElement);
            if (children.Count > 0) card["children"] = children;
            return card.ToJsonString();
        }

        static JsonArray Children(JsonElement report) =>
            report.TryGetProperty("children", out var list) && list.ValueKind == JsonValueKind.Array
                ? new JsonArray([.. list.EnumerateArray().Select(child => Text(child, "name")).OfType<string>()
                    .Select(name => new JsonObject { ["firstName"] = name })])
                : [];

        static string? Text(JsonElement content, string name) =>
            content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;

        static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

        static JsonElement Parse(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json);
            return JsonElement.ParseValue(ref reader);
        }
    }
}

/// <summary>Writes a new version of the family card.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record WriteFamily(Scope Scope, string CaseNo, JsonElement Content, string? IdempotencyKey)
    : IUseCase<DocumentBrief>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Content.ValueKind != JsonValueKind.Object) yield return ("content", "Karta musi być obiektem JSON.");
    }

    public sealed class Handler(Families families) : IRequestHandler<WriteFamily, UseCaseResult<DocumentBrief>>
    {
        public Task<UseCaseResult<DocumentBrief>> Handle(WriteFamily request, CancellationToken cancellationToken) =>
            families.AddAsync(
                request.Scope, request.CaseNo, CaseFile.FamilyCard, request.Content, request.IdempotencyKey,
                cancellationToken);
    }
}

/// <summary>Enters a fact later, with the day on which it happened.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record AddEntry(
    Scope Scope, string CaseNo, string? OccurredOn, string? Kind, string? Text, string? IdempotencyKey)
    : IUseCase<DocumentBrief>
{
    public sealed class Handler(Families families) : IRequestHandler<AddEntry, UseCaseResult<DocumentBrief>>
    {
        public Task<UseCaseResult<DocumentBrief>> Handle(AddEntry request, CancellationToken cancellationToken)
        {
            var answer = new JsonObject();
            if (request.OccurredOn is { } day) answer["occurredOn"] = day;
            if (request.Kind is { } kind) answer["kind"] = kind;
            if (request.Text is { } text) answer["text"] = text;
            return families.AddAsync(
                request.Scope, request.CaseNo, Families.EntryForm, JsonSerializer.SerializeToElement(answer),
                request.IdempotencyKey, cancellationToken);
        }
    }
}
