using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Api.Access;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Documents;

/// <summary>Reads the documents of a case: what is in them lies sealed, and is opened here only.</summary>
public sealed class CaseDocuments(
    ProductDbFactory databases, CaseFile file, CaseReading reading, Queries queries, DocumentTitles titles)
{
    /// <summary>The documents of a case in the order of the file.</summary>
    public async Task<ImmutableArray<DocumentBrief>> ListAsync(CaseContents found, CancellationToken ct)
    {
        var rows = await RowsAsync(found.Row.CaseNo, ct);
        var tasks = found.Tasks.ToDictionary(task => task.Key);
        rows = [.. rows.Where(row => found.Shows(row.TaskKey))];
        var people = await reading.PeopleAsync(rows.Select(row => row.Author), ct);
        var briefs = ImmutableArray.CreateBuilder<DocumentBrief>(rows.Count);
        foreach (var row in rows)
        {
            var task = row.TaskKey is { } key ? tasks.GetValueOrDefault(key) : null;
            briefs.Add(new DocumentBrief(
                row.Number, row.FormId, await titles.OfAsync(row.FormId, row.FormVersion, task?.Name, ct), row.Version,
                row.At, people.Find(row.Author)!, row.OccurredOn));
        }
        return briefs.DrainToImmutable();
    }

    /// <summary>The document, its form and its answers; null: for this reader there is none.</summary>
    public async Task<(DocumentBrief Brief, string Schema, JsonElement Content)?> FindAsync(
        Scope scope, string caseNo, int number, CancellationToken ct)
    {
        if (await reading.FindAsync(scope, caseNo, ct) is not { } found) return null;
        var listed = await ListAsync(found, ct);
        if (listed.FirstOrDefault(one => one.Number == number) is not { } brief) return null;
        await using var db = databases.Create();
        var row = (await RowsAsync(caseNo, ct)).Single(one => one.Number == number);
        // Erased on demand of the law: the file remembers that there was a document, not what it said.
        if (await file.ContentAsync(db, row, ct) is not { } content) return null;
        using var document = JsonDocument.Parse(content);
        return (brief, await SchemaAsync(scope, row, ct), document.RootElement.Clone());
    }

    /// <summary>Every document of the case this reader may see, opened, in the order of the file.</summary>
    public async Task<ImmutableArray<OpenedDocument>> OpenAllAsync(CaseContents found, CancellationToken ct)
    {
        var briefs = (await ListAsync(found, ct)).ToDictionary(brief => brief.Number);
        var rows = (await RowsAsync(found.Row.CaseNo, ct)).Where(row => briefs.ContainsKey(row.Number));
        await using var db = databases.Create();
        var opened = ImmutableArray.CreateBuilder<OpenedDocument>();
        foreach (var (row, content) in await file.ContentsAsync(db, found.Row.CaseNo, rows, ct))
        {
            using var document = JsonDocument.Parse(content);
            opened.Add(new OpenedDocument(briefs[row.Number], row, document.RootElement.Clone()));
        }
        return opened.ToImmutable();
    }

    /// <summary>The form its author had before her.</summary>
    public async Task<string> SchemaAsync(Scope scope, DocumentRow row, CancellationToken ct) =>
        await queries.FormSchemaAsync(scope, row.FormId, row.FormVersion, ct) is { } schema
            ? Encoding.UTF8.GetString(schema)
            : EmptySchema;

    /// <summary>Numbers of the documents by the task in which they were written.</summary>
    public async Task<IReadOnlyDictionary<long, int>> NumbersByTaskAsync(string caseNo, CancellationToken ct) =>
        (await RowsAsync(caseNo, ct)).Where(row => row.TaskKey is not null)
            .ToDictionary(row => row.TaskKey!.Value, row => row.Number);

    const string EmptySchema = """{"type":"default","components":[]}""";

    async Task<List<DocumentRow>> RowsAsync(string caseNo, CancellationToken ct)
    {
        await using var db = databases.Create();
        return await db.Documents.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo)
            .OrderBy(row => row.Number).ToListAsync(ct);
    }
}

/// <param name="Content">The answers to its form.</param>
public sealed record OpenedDocument(DocumentBrief Brief, DocumentRow Row, JsonElement Content);

/// <summary>One document as data: the form its author had before her and her answers.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ReadDocument(Scope Scope, string CaseNo, int Number) : IUseCase<ReadDocument.Answer>
{
    public sealed record Answer(
        int Number, string FormId, string Name, int Version, DateTimeOffset At, Person Author, DateOnly? OccurredOn,
        JsonElement Schema, JsonElement Content);

    public static UseCaseResult<T>.Refused NoDocument<T>() =>
        new(EngineRejection.NotFound, "Nie ma takiego dokumentu albo nie masz do niego dostępu.");

    public sealed class Handler(CaseDocuments documents) : IRequestHandler<ReadDocument, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ReadDocument request, CancellationToken cancellationToken)
        {
            var found = await documents.FindAsync(request.Scope, request.CaseNo, request.Number, cancellationToken);
            if (found is not var (brief, schema, content)) return NoDocument<Answer>();
            using var form = JsonDocument.Parse(schema);
            return new UseCaseResult<Answer>.Done(new Answer(
                brief.Number, brief.FormId, brief.Name, brief.Version, brief.At, brief.Author, brief.OccurredOn,
                form.RootElement.Clone(), content));
        }
    }
}

/// <summary>One document in words, for print.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record PrintDocument(Scope Scope, string CaseNo, int Number) : IUseCase<DocumentPage>
{
    public sealed class Handler(CaseDocuments documents, CaseReading reading, Settings settings)
        : IRequestHandler<PrintDocument, UseCaseResult<DocumentPage>>
    {
        public async Task<UseCaseResult<DocumentPage>> Handle(
            PrintDocument request, CancellationToken cancellationToken)
        {
            var found = await documents.FindAsync(request.Scope, request.CaseNo, request.Number, cancellationToken);
            if (found is not var (brief, schema, content)) return ReadDocument.NoDocument<DocumentPage>();
            var people = await reading.PeopleAsync(DocumentReader.StaffIn(schema, content), cancellationToken);
            return new UseCaseResult<DocumentPage>.Done(new DocumentPage(
                settings.CentreName, brief.Name, [.. FactsOf(request.CaseNo, brief)],
                DocumentReader.Read(schema, content, people.NameOf, settings.Zone)));
        }

        IEnumerable<KeyValuePair<string, string>> FactsOf(string caseNo, DocumentBrief brief)
        {
            yield return new("Znak sprawy", caseNo);
            yield return new("Dokument", $"nr {brief.Number}, wersja {brief.Version}");
            yield return new("Sporządził(a)", brief.Author.Name);
            yield return new("Data wpisu", DocumentReader.OnPaper(brief.At, settings.Zone));
            if (brief.OccurredOn is { } day) yield return new("Data zdarzenia", DocumentReader.OnPaper(day));
        }
    }
}
