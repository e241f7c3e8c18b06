using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Api.Access;
using Api.Cases;
using Api.Documents;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Approvals;

/// <summary>Everything the page of a decision shows, and what it rests on.</summary>
/// <param name="TaskPath">The step in the application, for whatever cannot be decided here.</param>
/// <param name="AskedBy">Author of the proposal; null where nothing was written yet.</param>
/// <param name="Stored">What will be written besides the decision: label and value.</param>
public sealed record ApprovalView(
    string TaskPath, string Name, string? CaseNo, string? CaseLabel, string? AskedBy, DateOnly WaitingSince,
    DateOnly? DueOn, DeadlineView? Deadline, ImmutableArray<ApprovalPaper> Proposal, ApprovalChanges? Changes,
    ImmutableArray<ApprovalOption> Options, ImmutableArray<EarlierDecision> Earlier,
    ImmutableArray<ApprovalFile> Files, ImmutableArray<KeyValuePair<string, string>> Stored, string? CommentLabel,
    DateOnly Today, ContentVersion Version, ApprovalClass Class)
{
    /// <summary>Of all that is shown and does not change with the day: what was before her eyes.</summary>
    public string ContentHash() => ApprovalTickets.Digest(JsonSerializer.Serialize(
        this with { Today = default, TaskPath = "" }, AuditLog.Json));
}

/// <summary>A document in words.</summary>
public sealed record ApprovalPaper(string Title, string Author, DateTimeOffset At, ImmutableArray<DocumentPart> Parts);

/// <param name="Since">"od zwrotu 27 listopada".</param>
public sealed record ApprovalChanges(string Since, ImmutableArray<ApprovalChange> Items);

/// <param name="Before">Null where something was added.</param>
/// <param name="After">Null where something was taken away.</param>
public sealed record ApprovalChange(string What, string? Before, string? After);

/// <summary>A button, what follows it, and what stands in its way.</summary>
/// <param name="Missing">Labels of fields that must be filled in and have no value here.</param>
public sealed record ApprovalOption(
    ApprovalChoice Choice, bool CommentRequired, ImmutableArray<string> Missing, ImmutableArray<NextStep> Next)
{
    /// <summary>The form as it will be sent, without the comment.</summary>
    internal JsonObject Answer { get; init; } = [];

    public bool IsOpen => Missing.IsEmpty;
}

/// <param name="On">"22 listopada 2026".</param>
public sealed record EarlierDecision(string On, string Step, string Words, string? Comment, string Who);

/// <param name="Path">Where it opens.</param>
/// <param name="About">"PDF", or who wrote it and when.</param>
public sealed record ApprovalFile(string Path, string Name, string About);

/// <summary>Reads what a person must know to decide one task, with her own rights.</summary>
public sealed class ApprovalReader(
    Queries queries, TaskItems items, TaskCompletion completion, Prefilling prefilling, NextSteps nextSteps,
    CaseReading reading, CaseDocuments documents, Attachments attachments, DefinitionCatalog catalog, CaseAccess access,
    ApprovalTickets tickets, EngineClock clock, PolishDates dates, Settings settings)
{
    /// <summary>Earlier decisions of a case on one screen; the rest stands in its timeline.</summary>
    const int EarlierMax = 5;

    /// <summary>Null: for this person there is no such task any more.</summary>
    public async Task<ApprovalView?> ReadAsync(Scope scope, ApprovalTicketRow ticket, CancellationToken ct)
    {
        if (await queries.InboxTaskAsync(scope, ticket.TaskKey, ct) is not { Task: var task } found
            || await tickets.QuestionOfAsync(task, ct) is not { } question
            || await completion.FormOfAsync(task, ct) is not { } form) return null;
        var item = (await items.OfAsync([found], onBehalfOf: null, ct))[0];
        var now = await clock.NowAsync(ct);
        var variables = await completion.VisibleAsync(scope, task.Key, ct);
        var known = await prefilling.KnownAsync(scope, item, variables, ct);
        var prefilled = await prefilling.OfAsync(form.Form, known, ct);
        var contents = item.CaseNo is { } no ? await reading.FindAsync(scope, no, ct) : null;
        var papers = contents is null ? [] : await documents.OpenAllAsync(contents, ct);
        var proposal = Proposal(papers, question, task);
        var options = ImmutableArray.CreateBuilder<ApprovalOption>();
        foreach (var choice in question.Choices)
        {
            options.Add(await OptionAsync(
                new Asked(task, question, form.Form, variables, known, prefilled, now), choice, ct));
        }
        var today = dates.DayOf(now);
        return new ApprovalView(
            "/" + TaskItems.AddressOf(task.Key), item.Name, item.CaseNo, item.CaseLabel,
            proposal.FirstOrDefault()?.Brief.Author.Name, dates.DayOf(task.CreatedAt),
            item.Deadline?.DueOn ?? (task.DueDate is { } due ? dates.DayOf(due) : null), item.Deadline,
            await InWordsAsync(scope, proposal, ct),
            await ChangesAsync(scope, ticket, task, papers, contents, today, ct), options.ToImmutable(),
            await EarlierAsync(scope, papers, task, contents, ct), await FilesAsync(scope, contents, papers, ct),
            await StoredWordsAsync(form, options.FirstOrDefault(one => one.IsOpen), ct),
            question.CommentField is { } comment ? LabelOf(form.Form, comment) : null, today,
            await tickets.VersionAsync(task, ct), question.Class);
    }

    // ---- the buttons ----------------------------------------------------------------------------------------------

    sealed record Asked(
        UserTaskRow Task, ApprovalQuestion Question, Form Form, Dictionary<string, FeelValue> Variables,
        Dictionary<string, FeelValue> Known, JsonElement Prefilled, DateTimeOffset Now);

    /// <summary>
    /// Tries the button out on the form: what the server would refuse is told before it is pressed, by the same rules.
    /// </summary>
    async Task<ApprovalOption> OptionAsync(Asked asked, ApprovalChoice choice, CancellationToken ct)
    {
        var answer = JsonNode.Parse(asked.Prefilled.GetRawText())!.AsObject();
        var comment = asked.Question.CommentField;
        if (asked.Question.DecisionField is { } field) answer[field] = ValueOf(asked, choice, field);
        // Twice: a value that a condition hides would be refused by name, so it is not sent.
        var visible = Visible(asked, answer);
        var without = completion.Check(asked.Form, Element(visible), asked.Variables, asked.Now);
        var commentRequired = choice.NeedsReason
            || (comment is not null && without.Problems.Any(problem => problem.Path == comment));
        if (comment is not null) visible[comment] = "uzasadnienie";
        var checkedAnswer = completion.Check(asked.Form, Element(visible), asked.Variables, asked.Now);
        if (comment is not null) visible.Remove(comment);
        var missing = checkedAnswer.Problems.Where(problem => problem.Path != comment)
            .Select(problem => LabelOf(asked.Form, problem.Path)).Distinct(StringComparer.Ordinal);
        var after = new Dictionary<string, FeelValue>(asked.Variables, StringComparer.Ordinal);
        if (checkedAnswer.Answer is { } accepted)
            foreach (var (name, value) in accepted.ProcessVariables) after[name] = FeelJson.Read(value);
        return new ApprovalOption(
            choice, commentRequired, [.. missing],
            await nextSteps.AfterAsync(asked.Task, after, ct, answered: checkedAnswer.Answer is not null))
        {
            Answer = visible,
        };
    }

    /// <summary>The answer without what the form hides for this decision: nothing is sent that is not asked.</summary>
    JsonObject Visible(Asked asked, JsonObject answer)
    {
        var context = FormFeel.Context(
            new FeelEnvironment(asked.Now, settings.Zone), FeelScope.Of(asked.Variables));
        var data = Element(answer);
        var kept = JsonNode.Parse(data.GetRawText())!.AsObject();
        foreach (var field in asked.Form.Components.Where(one => one.Hide is not null && one.Path.Length > 0))
        {
            var hidden = context.Evaluate!(field.Hide!, new FormScope(data, data, null, []));
            if (hidden is { ValueKind: JsonValueKind.True }) kept.Remove(field.Path[0]);
        }
        return kept;
    }

    JsonNode? ValueOf(Asked asked, ApprovalChoice choice, string field)
    {
        if (choice.Value is ['=', .. var feel])
        {
            var environment = new FeelEnvironment(asked.Now, settings.Zone);
            var result = FeelExpression.Parse(feel).Expression?.Evaluate(FeelScope.Of(asked.Known), environment);
            return result is { Failure: null } ? JsonNode.Parse(FeelJson.Write(result.Value)) : null;
        }
        return Find(asked.Form.Components, field)?.Type == FormComponentType.Checkbox
            ? JsonValue.Create(choice.Value == "true")
            : JsonValue.Create(choice.Value);
    }

    async Task<ImmutableArray<KeyValuePair<string, string>>> StoredWordsAsync(
        TaskCompletion.BoundForm form, ApprovalOption? option, CancellationToken ct)
    {
        if (option is null) return [];
        var schema = System.Text.Encoding.UTF8.GetString(form.Schema);
        var content = Element(option.Answer);
        var people = await reading.PeopleAsync(DocumentReader.StaffIn(schema, content), ct);
        return [.. DocumentReader.Read(schema, content, people.NameOf, settings.Zone).OfType<DocumentPart.Answer>()
            .Where(answer => answer.Lines is not ["nie podano"])
            .Select(answer => KeyValuePair.Create(answer.Label, string.Join(' ', answer.Lines)))];
    }

    static FormComponent? Find(ImmutableArray<FormComponent> components, string path) => components
        .SelectMany(one => one.Type == FormComponentType.Group ? Flat(one) : [one])
        .FirstOrDefault(one => string.Join('.', one.Path) == path);

    static IEnumerable<FormComponent> Flat(FormComponent group) =>
        group.Components.SelectMany(one => one.Type == FormComponentType.Group ? Flat(one) : [one]);

    static string LabelOf(Form form, string path) =>
        Find(form.Components, path.Split('[')[0]) is { Label: { Length: > 0 } label } ? label : path;

    static JsonElement Element(JsonObject json) => JsonSerializer.SerializeToElement(json);

    // ---- the papers -----------------------------------------------------------------------------------------------

    /// <summary>What is to be decided: the documents the step names, otherwise the newest one before it.</summary>
    static ImmutableArray<OpenedDocument> Proposal(
        ImmutableArray<OpenedDocument> papers, ApprovalQuestion question, UserTaskRow task)
    {
        var others = papers.Where(paper => paper.Row.ElementId != task.ElementId).ToList();
        if (question.Shows.IsEmpty) return [.. others.TakeLast(1)];
        return [.. question.Shows.Select(form => others.LastOrDefault(paper => paper.Brief.FormId == form))
            .OfType<OpenedDocument>().OrderByDescending(paper => paper.Brief.Number)];
    }

    async Task<ImmutableArray<ApprovalPaper>> InWordsAsync(
        Scope scope, ImmutableArray<OpenedDocument> papers, CancellationToken ct)
    {
        var words = ImmutableArray.CreateBuilder<ApprovalPaper>();
        foreach (var paper in papers)
        {
            var schema = await documents.SchemaAsync(scope, paper.Row, ct);
            var people = await reading.PeopleAsync(DocumentReader.StaffIn(schema, paper.Content), ct);
            words.Add(new ApprovalPaper(
                paper.Brief.Name, paper.Brief.Author.Name, paper.Brief.At,
                DocumentReader.Read(schema, paper.Content, people.NameOf, settings.Zone)));
        }
        return words.ToImmutable();
    }

    // ---- what changed ---------------------------------------------------------------------------------------------

    /// <summary>Since her last look or the last return, whichever is later; otherwise since the message.</summary>
    async Task<ApprovalChanges?> ChangesAsync(
        Scope scope, ApprovalTicketRow ticket, UserTaskRow task, ImmutableArray<OpenedDocument> papers,
        CaseContents? contents, DateOnly today, CancellationToken ct)
    {
        if (contents is null) return null;
        var earlier = papers.LastOrDefault(paper => paper.Row.ElementId == task.ElementId);
        var look = await tickets.LastLookAsync(ticket, ct);
        var (document, at, since) = (ContentVersion.Read(ticket.TaskVersion)?.Document ?? 0, ticket.IssuedAt,
            "od wysłania wiadomości");
        if (earlier is not null && earlier.Brief.Number >= (look?.Document ?? 0))
        {
            (document, at) = (earlier.Brief.Number, earlier.Brief.At);
            since = $"od poprzedniej decyzji, {PolishDates.Plain(dates.DayOf(at), today)}";
        }
        else if (look is { } seen)
        {
            (document, at) = (seen.Document, seen.At);
            since = $"od ostatniego otwarcia, {PolishDates.Plain(dates.DayOf(at), today)}";
        }
        return await SinceAsync(scope, document, at, since, papers, contents, ct);
    }

    /// <summary>What is new since a document the person had before her; null when nothing is.</summary>
    async Task<ApprovalChanges?> SinceAsync(
        Scope scope, int document, DateTimeOffset at, string since, ImmutableArray<OpenedDocument> papers,
        CaseContents contents, CancellationToken ct)
    {
        var found = new List<ApprovalChange>();
        foreach (var paper in papers.Where(one => one.Brief.Number > document)
            .GroupBy(one => one.Brief.FormId, StringComparer.Ordinal).Select(group => group.Last()))
        {
            var before = papers.LastOrDefault(
                one => one.Brief.FormId == paper.Brief.FormId && one.Brief.Number <= document);
            if (before is null) found.Add(new ApprovalChange(paper.Brief.Name, null, paper.Brief.Author.Name));
            else found.AddRange(await DifferencesAsync(scope, before, paper, ct));
        }
        var files = await attachments.OfCaseAsync(contents, ct);
        found.AddRange(files.Where(file => file.At > at)
            .Select(file => new ApprovalChange(file.Name, null, file.By.Name)));
        return found.Count == 0 ? null : new ApprovalChanges(since, [.. found]);
    }

    async Task<IEnumerable<ApprovalChange>> DifferencesAsync(
        Scope scope, OpenedDocument before, OpenedDocument after, CancellationToken ct)
    {
        var words = (await InWordsAsync(scope, [before, after], ct)).Select(paper => Lines(paper.Parts)).ToList();
        return words[1].Keys.Union(words[0].Keys, StringComparer.Ordinal)
            .Select(label => new ApprovalChange(
                label, words[0].GetValueOrDefault(label), words[1].GetValueOrDefault(label)))
            .Where(change => change.Before != change.After);
    }

    static Dictionary<string, string> Lines(ImmutableArray<DocumentPart> parts)
    {
        var lines = new Dictionary<string, string>(StringComparer.Ordinal);
        var heading = "";
        foreach (var part in parts)
        {
            switch (part)
            {
                case DocumentPart.Heading head:
                    heading = head.Text + ": ";
                    break;
                case DocumentPart.Answer answer:
                    lines[heading + answer.Label] = string.Join(' ', answer.Lines);
                    break;
                case DocumentPart.Table table:
                    var rows = table.Rows.Select(row => string.Join(", ", row));
                    lines[heading + table.Caption] = string.Join("; ", rows);
                    break;
            }
        }
        return lines;
    }

    // ---- the record -----------------------------------------------------------------------------------------------

    async Task<ImmutableArray<EarlierDecision>> EarlierAsync(
        Scope scope, ImmutableArray<OpenedDocument> papers, UserTaskRow task, CaseContents? contents,
        CancellationToken ct)
    {
        if (contents is null) return [];
        var tasks = contents.Tasks.ToDictionary(one => one.Key);
        var found = new List<EarlierDecision>();
        foreach (var paper in papers.Reverse())
        {
            if (found.Count == EarlierMax) break;
            if (paper.Row.TaskKey is not { } key || key == task.Key || !tasks.TryGetValue(key, out var done)) continue;
            if ((await catalog.FindAsync(done.ProcessDefinitionKey, ct))?.Definition.Nodes
                .GetValueOrDefault(done.ElementId) is not { } node
                || ApprovalQuestion.Of(node) is not { } question) continue;
            found.Add(new EarlierDecision(
                dates.Day(paper.Brief.At), done.Name ?? done.ElementId, await WordsOfAsync(scope, question, paper, ct),
                CommentOf(question, paper),
                paper.Brief.Author.Name));
        }
        return [.. found];
    }

    async Task<string> WordsOfAsync(
        Scope scope, ApprovalQuestion question, OpenedDocument paper, CancellationToken ct)
    {
        if (question.DecisionField is not { } field || !paper.Content.TryGetProperty(field, out var value))
            return question.Choices.FirstOrDefault()?.Words ?? "";
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : CanonicalJson.Of(value);
        if (question.Choices.FirstOrDefault(choice => choice.Value == text) is { } choice) return choice.Words;
        var schema = await documents.SchemaAsync(scope, paper.Row, ct);
        var label = FormReader.Read(schema).Form is { } form ? LabelOf(form, field) : field;
        return DocumentReader.Read(schema, paper.Content, name => name, settings.Zone)
            .OfType<DocumentPart.Answer>().FirstOrDefault(answer => answer.Label == label)
            is { } answered ? string.Join(' ', answered.Lines) : text ?? "";
    }

    static string? CommentOf(ApprovalQuestion question, OpenedDocument paper) =>
        question.CommentField is { } field && paper.Content.TryGetProperty(field, out var text)
            && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    async Task<ImmutableArray<ApprovalFile>> FilesAsync(
        Scope scope, CaseContents? contents, ImmutableArray<OpenedDocument> papers, CancellationToken ct)
    {
        if (contents is null) return [];
        var caseNo = Uri.EscapeDataString(contents.Row.CaseNo);
        // A restricted case asks for a purpose before it opens a document; only the application can ask.
        var asks = await access.NeedsPurposeAsync(scope, contents.Relation, contents.Row.CaseNo, ct);
        var written = papers.Reverse().Select(paper => new ApprovalFile(
            asks ? $"/sprawy/{caseNo}" : string.Create(
                CultureInfo.InvariantCulture, $"/api/cases/{caseNo}/documents/{paper.Brief.Number}/print"),
            paper.Brief.Name, $"{paper.Brief.Author.Name.Split(',')[0]}, {dates.Day(paper.Brief.At)}"));
        var sent = (await attachments.OfCaseAsync(contents, ct)).Select(file => new ApprovalFile(
            asks ? $"/sprawy/{caseNo}" : $"/api/cases/{caseNo}/attachments/{file.Id}", file.Name, SizeOf(file.Size)));
        return [.. sent, .. written];
    }

    static string SizeOf(long bytes) => bytes < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, bytes / 1000)} KB")
        : (bytes / 1_000_000m).ToString("0.#", CultureInfo.GetCultureInfo("pl-PL")) + " MB";

    /// <summary>What changed while the page stood open: since the document it was made with.</summary>
    public async Task<ApprovalChanges?> SinceShownAsync(
        Scope scope, ApprovalView view, ContentVersion shown, CancellationToken ct)
    {
        if (view.CaseNo is null || await reading.FindAsync(scope, view.CaseNo, ct) is not { } contents) return null;
        var papers = await documents.OpenAllAsync(contents, ct);
        return await SinceAsync(
            scope, shown.Document, DateTimeOffset.MaxValue, "od otwarcia tej strony", papers, contents, ct);
    }
}
