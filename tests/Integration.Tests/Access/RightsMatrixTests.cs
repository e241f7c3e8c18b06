using System.Net.Http.Json;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Api.Access;
using Integration.Tests.Api;
using Microsoft.Extensions.DependencyInjection;

namespace Integration.Tests.Access;

/// <summary>
/// Who may do what with which case, asked over HTTP for every person and every operation and compared with the one table
/// people read, docs/rights.md. After a wanted change: UPDATE_DOCS=1.
/// </summary>
public sealed class RightsMatrixTests
{
    /// <param name="Name">Head of the column.</param>
    /// <param name="Restricted">The case is restricted.</param>
    /// <param name="Enter">What she does first, e.g. breaking the glass.</param>
    sealed record Caller(
        string Name, string User, bool Restricted = false, Func<Centre, string, Task>? Enter = null);

    sealed record Subject(string CaseNo, string Root, string Decide, string Visit, string Interview);

    /// <param name="Try">What the table says: "yes", "no", or a word.</param>
    sealed record Operation(string Name, Func<HttpClient, Subject, Task<string>> Try);

    static readonly Caller[] Callers =
    [
        new("social worker of the case", "social_worker"),
        new("assistant of the case", "assistant"),
        new("social worker, task of her group", "other_worker"),
        new("benefits worker, no relation", "benefits_worker"),
        new("her substitute", "deputy"),
        new("after break-glass", "urgent", Enter: (centre, no) => Centre.OkAsync(
            centre["urgent"].PostAsJsonAsync($"/api/cases/{no}/break-glass", new { reason = "dziecko w szpitalu" }))),
        new("mayor, candidate of a task", "mayor"),
        new("clerk, completed a task", "clerk"),
        new("accounting, no task", "accounting"),
        new("coordinator", "team_lead"),
        new("coordinator, restricted case", "team_lead", Restricted: true),
        new("head", "head"),
        new("head, restricted case", "head", Restricted: true),
        new("data protection officer", "dpo"),
        new("archivist", "archivist"),
        new("administrator", "admin"),
        new("machine client", "demo"),
    ];

    // One line for each operation. What changes the case stands last; each caller has a case of her own.
    static readonly Operation[] Operations =
    [
        new("list tasks of the case (/v2)", (c, s) => Found(c, "/v2/user-tasks/search", s)),
        new("count tasks of the case (/v2)", (c, s) => Counted(c, "/v2/user-tasks/search", s)),
        new("find the instance (/v2)", (c, s) => Found(c, "/v2/process-instances/search", s)),
        new("open the instance (/v2)", (c, s) => Opened(c.GetAsync($"/v2/process-instances/{s.Root}"))),
        new("steps of the instance (/v2)", (c, s) => Found(c, "/v2/element-instances/search", s)),
        new("variables of the instance (/v2)", (c, s) => Found(c, "/v2/variables/search", s)),
        new("open the mayor's task (/v2)", (c, s) => Opened(c.GetAsync($"/v2/user-tasks/{s.Decide}"))),
        new("open the assistant's task (/v2)", (c, s) => Opened(c.GetAsync($"/v2/user-tasks/{s.Visit}"))),
        new("case in the list of cases", async (c, s) => await ListedAsync(c, s)),
        new("open the case", (c, s) => Opened(c.GetAsync($"/api/cases/{s.CaseNo}"))),
        new("timeline of the case", (c, s) => Opened(c.GetAsync($"/api/cases/{s.CaseNo}/timeline"))),
        new("diagram of the case", (c, s) => Opened(c.GetAsync($"/api/cases/{s.CaseNo}/diagram/{s.Root}"))),
        new("the report, a document", (c, s) => Opened(c.GetAsync($"/api/cases/{s.CaseNo}/documents/1"))),
        new("the report on paper", (c, s) => Opened(c.GetAsync($"/api/cases/{s.CaseNo}/documents/1/print"))),
        new("who read the case", (c, s) => Opened(c.GetAsync($"/api/cases/{s.CaseNo}/readers"))),
        new("audit of accounts", (c, _) => Opened(c.GetAsync("/api/audit?area=accounts"))),
        new("audit of absences", (c, _) => Opened(c.GetAsync("/api/audit?area=absences"))),
        new("audit of reading", (c, _) => Opened(c.GetAsync("/api/audit?area=reading"))),
        new("list accounts", (c, _) => Opened(c.GetAsync("/api/accounts"))),
        new("ask for a one-time code", (c, _) => Opened(c.PostAsJsonAsync(
            "/api/accounts/locked_out/code", new { reason = "zapomniane hasło" }))),
        new("see which codes wait", (c, _) => Opened(c.GetAsync("/api/account-requests"))),
        new("list colleagues", (c, _) => Opened(c.GetAsync("/api/colleagues"))),
        new("team and workload", (c, _) => Opened(c.GetAsync("/api/team"))),
        new("families of an assistant", (c, _) => Opened(c.GetAsync("/api/cases?person=assistant"))),
        new("house limit of an assistant", (c, _) => Opened(c.PutAsJsonAsync(
            "/api/team/assistant/limit", new { limit = 15, reason = "rok szkolny" }))),
        new("claim the mayor's task", async (c, s) =>
        {
            var claimed = await Opened(c.PostAsync($"/api/tasks/{s.Decide}/claim", null));
            if (claimed == Yes) await Centre.OkAsync(c.DeleteAsync($"/api/tasks/{s.Decide}/claim"));
            return claimed;
        }),
        new("give the assistant's task to another", (c, s) => Opened(c.PostAsJsonAsync(
            $"/api/tasks/{s.Visit}/assignment", new { assignee = "assistant", reason = "urlop asystenta" }))),
        new("whom it may be given to", (c, s) => Opened(c.GetAsync($"/api/tasks/{s.Visit}/assignees"))),
        new("give it to another (/v2)", (c, s) => Opened(c.PostAsJsonAsync(
            $"/v2/user-tasks/{s.Visit}/assignment", new { assignee = "assistant" }))),
        new("change the assistant of the case", (c, s) => Opened(c.PutAsJsonAsync($"/api/cases/{s.CaseNo}/team",
            new { relation = "assistant", userName = "second_assistant", reason = "choroba asystenta" }))),
        new("complete the mayor's task", (c, s) => Opened(c.PostAsJsonAsync(
            $"/api/tasks/{s.Decide}/completion", new { form = new { } }))),
        new("complete the social worker's task", (c, s) => Opened(c.PostAsJsonAsync(
            $"/api/tasks/{s.Interview}/completion", new { form = new { } }))),
        new("list procedures and their versions", (c, _) => Opened(c.GetAsync("/api/procedures"))),
        new("draft of a procedure", (c, _) => Opened(c.GetAsync($"/api/procedures/{RightsProcedure.Id}/draft"))),
        new("publications that wait for a second person", (c, _) => Opened(
            c.GetAsync("/api/publications?state=waiting"))),
        new("running cases on their way to another version", (c, _) => Opened(
            c.GetAsync($"/api/procedures/{RightsProcedure.Id}/migrations"))),
        new("audit of erasures", (c, _) => Opened(c.GetAsync("/api/audit?area=erasures"))),
        new("restrict the case", (c, s) => Opened(c.PutAsJsonAsync(
            $"/api/cases/{s.CaseNo}/confidentiality", new { restricted = true, reason = "Niebieska Karta" }))),
        new("break the glass", (c, s) => Opened(c.PostAsJsonAsync(
            $"/api/cases/{s.CaseNo}/break-glass", new { reason = "zagrożenie życia" }))),
    ];

    const string Yes = "yes";
    const string No = "no";

    [Fact]
    public async Task Matrix_OfEveryPersonAndOperation_IsTheOneInTheDocumentation()
    {
        await using var centre = await Centre.OpenAsync();
        await centre.AddPersonAsync("other_worker", "social_worker");
        await centre.AddPersonAsync("deputy", "social_worker");
        await centre.AddPersonAsync("urgent", "benefits_worker");
        await centre.AddPersonAsync("second_assistant", "assistant");
        await centre.AddPersonAsync("locked_out", "clerk");
        await centre.AbsentAsync("social_worker", "deputy");
        var cells = new Dictionary<(string Operation, string Caller), string>();
        foreach (var caller in Callers)
        {
            var subject = await SubjectAsync(centre, caller);
            cells[("relation", caller.Name)] = await RelationAsync(centre, caller.User, subject.CaseNo);
            foreach (var operation in Operations)
                cells[(operation.Name, caller.Name)] = await operation.Try(centre[caller.User], subject);
        }
        var file = Path.Combine(ApiServer.Source(), "../../../docs/rights.md");
        var text = Render(cells);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") await File.WriteAllTextAsync(file, text);
        Assert.Equal(await File.ReadAllTextAsync(file), text);
    }

    static async Task<Subject> SubjectAsync(Centre centre, Caller caller)
    {
        var (caseNo, root) = await centre.CaseAsync();
        if (caller.Restricted)
        {
            await Centre.OkAsync(centre["head"].PutAsJsonAsync(
                $"/api/cases/{caseNo}/confidentiality", new { restricted = true, reason = "Niebieska Karta" }));
        }
        if (caller.Enter is { } enter) await enter(centre, caseNo);
        return new Subject(
            caseNo, root, await centre.TaskAsync(root, "decide"), await centre.TaskAsync(root, "visit"),
            await centre.TaskAsync(root, "interview"));
    }

    // Which relation the server derives; the endpoints of cases show it, too.
    static async Task<string> RelationAsync(Centre centre, string user, string caseNo)
    {
        var access = centre.Host.Services.GetRequiredService<CaseAccess>();
        var scope = await centre.Host.Services.GetRequiredService<RightsReader>().ScopeOfAsync(user, default);
        var relation = await access.RelationAsync(await access.WidenAsync(scope!, default), caseNo);
        return relation is { } word ? JsonSerializer.Serialize(word).Trim('"') : "none";
    }

    static async Task<string> Opened(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        var status = (int)answer.StatusCode;
        // Anything else is neither an answer nor a refusal, and the table would lie.
        Assert.True(
            answer.IsSuccessStatusCode || status is 403 or 404 or 428 || (status == 409 && await IsTakenAsync(answer)),
            $"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri}: {status} " +
            await answer.Content.ReadAsStringAsync());
        return answer.IsSuccessStatusCode ? Yes : status == 428 ? "purpose" : No;
    }

    // She sees the task, and it is somebody else's.
    static async Task<bool> IsTakenAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).TryGetProperty("claimedBy", out _);

    static async Task<string> ListedAsync(HttpClient client, Subject subject)
    {
        using var answer = await client.PostAsJsonAsync("/api/cases/search", new { q = subject.CaseNo });
        if (answer.StatusCode == System.Net.HttpStatusCode.Forbidden) return No;
        var page = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(page.GetProperty("items").GetArrayLength(), page.GetProperty("total").GetInt32());
        return page.GetProperty("total").GetInt32() > 0 ? Yes : No;
    }

    static async Task<string> Found(HttpClient client, string path, Subject subject) =>
        (await SearchAsync(client, path, subject)).GetProperty("items").GetArrayLength() > 0 ? Yes : No;

    static async Task<string> Counted(HttpClient client, string path, Subject subject) =>
        (await SearchAsync(client, path, subject)).GetProperty("page").GetProperty("totalItems").GetInt32() > 0 ? Yes : No;

    static Task<JsonElement> SearchAsync(HttpClient client, string path, Subject subject) => Centre.OkAsync(
        client.PostAsJsonAsync(path, new { filter = new { processInstanceKey = subject.Root } }));

    static string Render(Dictionary<(string Operation, string Caller), string> cells)
    {
        var text = new StringBuilder("""
            # Rights: who may do what with a case

            Made by `RightsMatrixTests` over HTTP against the real host; a test fails when the server does anything else. The
            rules and their reasons are in [decision 0009](decisions/0009-need-to-know.md). Each column is a person with one
            relation to the case: social worker and assistant named in it, her substitute during an accepted absence, somebody
            who broke the glass, and so on. "no" is 404 wherever the case or task would otherwise be betrayed.


            """);
        foreach (var part in Callers.Chunk(6))
        {
            text.Append("| operation |");
            foreach (var caller in part) text.Append($" {caller.Name} |");
            text.Append("\n| --- |").Insert(text.Length, " --- |", part.Length).Append('\n');
            foreach (var name in Operations.Select(operation => operation.Name).Prepend("relation"))
            {
                text.Append($"| {name} |");
                foreach (var caller in part) text.Append($" {cells[(name, caller.Name)]} |");
                text.Append('\n');
            }
            text.Append('\n');
        }
        return text.ToString().TrimEnd() + "\n";
    }
}
