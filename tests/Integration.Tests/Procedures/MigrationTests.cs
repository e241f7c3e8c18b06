using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Procedures;
using Api.Storage;
using Integration.Tests.Access;
using Integration.Tests.Cases;
using Integration.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using static Integration.Tests.Procedures.ProcedureClient;
using Scope = Workflows.Runtime.Scope;

namespace Integration.Tests.Procedures;

public sealed class SqliteMigrationTests(SqliteMigrationTests.Fixture host)
    : MigrationTests(host), IClassFixture<SqliteMigrationTests.Fixture>
{
    public sealed class Fixture() : Host(postgres: null);

    // What follows is decided before anything is stored: one database is enough.

    [Fact]
    public async Task Terms_CountedAnew_BecomeShorter_AndOneByStatuteNeverLonger()
    {
        var from = await DeliveredAsync();
        var one = await host.CaseAtInterviewAsync();
        var longer = await host.DeployAsync(host.Files.With(Term, "interviewTerm.amount + 5,"));
        var held = Assert.Single(Of(await PreviewAsync(from, longer, "renew"), one).GetProperty("terms").EnumerateArray());
        Assert.True(held.GetProperty("held").GetBoolean());
        Assert.Equal("STAT", held.GetProperty("kind").GetString());
        Assert.Equal(held.GetProperty("before").GetString(), held.GetProperty("after").GetString());

        var shorter = await host.DeployAsync(host.Files.With(Term, "interviewTerm.amount - 4,"));
        var kept = Assert.Single(Of(await PreviewAsync(from, shorter, "keep"), one).GetProperty("terms").EnumerateArray());
        Assert.Equal(kept.GetProperty("before").GetString(), kept.GetProperty("after").GetString());
        var term = Assert.Single(Of(await PreviewAsync(from, shorter, "renew"), one).GetProperty("terms").EnumerateArray());
        Assert.False(term.GetProperty("held").GetBoolean());
        Assert.StartsWith("2026-01-30", term.GetProperty("before").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("2026-01-26", term.GetProperty("after").GetString(), StringComparison.Ordinal);

        await AgreedAsync(await Centre.OkAsync(PrepareAsync(from, shorter, [one], "renew")));
        using var worker = host.Client("social_worker");
        var page = await Centre.OkAsync(worker.GetAsync($"/api/tasks/{one.Task}"));
        Assert.StartsWith("2026-01-26", page.GetProperty("task").GetProperty("dueDate").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_WhoseStepIsGone_IsNamedAndCannotBeChosen_UntilAPlaceIsPointedOut()
    {
        var from = await DeliveredAsync();
        var one = await host.CaseAtInterviewAsync();
        var to = await host.DeployAsync(host.Files.With("Przeprowadź wywiad\"", "Zupełnie inny krok\"").With(Interview, "other"));
        var item = Of(await PreviewAsync(from, to, "keep"), one);
        Assert.Equal(Interview, item.GetProperty("blockers")[0].GetProperty("elementId").GetString());
        Assert.Contains(
            "„Przeprowadź wywiad” nie ma odpowiednika", item.GetProperty("blockers")[0].GetProperty("message").GetString(),
            StringComparison.Ordinal);
        var refused = await AnswerAsync(PrepareAsync(from, to, [one]), 409);
        Assert.Contains(one.CaseNo, refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(one.CaseNo, refused.GetProperty("blocked")[0].GetProperty("caseNo").GetString());

        var pointed = await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/migration/preview", new
        {
            from, to, mapping = new Dictionary<string, string> { [Interview] = "other" },
        }));
        Assert.Empty(Of(pointed, one).GetProperty("blockers").EnumerateArray());
        Assert.Equal("Zupełnie inny krok", Of(pointed, one).GetProperty("places")[0].GetProperty("targetName").GetString());
        var step = pointed.GetProperty("steps").EnumerateArray().Single();
        Assert.Contains(step.GetProperty("choices").EnumerateArray(), choice =>
            choice.GetProperty("elementId").GetString() == "other");
    }
}

public sealed class PostgresMigrationTests(PostgresMigrationTests.Fixture host)
    : MigrationTests(host), IClassFixture<PostgresMigrationTests.Fixture>
{
    public sealed class Fixture() : Host(new PostgresFixture());
}

/// <summary>Running cases at their interview go over to another version, by the word of the head.</summary>
public abstract class MigrationTests(MigrationTests.Host host) : IAsyncLifetime
{
    protected const string Id = "interview-analysis";
    protected const string Interview = "conduct-interview";
    protected const string Renamed = "Przeprowadź rozmowę z rodziną";
    protected const string Term = "interviewTerm.amount,";

    public ValueTask InitializeAsync()
    {
        host.Require();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The centre on a Monday; every case began that day, its interview is due in 14 working days.</summary>
    /// <param name="postgres">A server of its own; null for a SQLite file.</param>
    public abstract class Host(PostgresFixture? postgres) : IAsyncLifetime
    {
        readonly DesignHost design = postgres is null ? new() : new(postgres);

        /// <summary>Skips the calling test where there is no such server.</summary>
        public void Require() => postgres?.Require();

        public HttpClient Admin => design.Admin;

        public HttpClient Head => design.Head;

        public Dictionary<string, string> Files { get; private set; } = null!;

        public IServiceProvider Services => design.Running.Services;

        public HttpClient Client(string user) => design.Running.Client(user);

        public Task DrainAsync() => Services.GetRequiredService<WorkflowEngine>().DrainAsync();

        public async ValueTask InitializeAsync()
        {
            if (postgres is not null)
            {
                await postgres.InitializeAsync();
                if (!postgres.IsAvailable) return;
            }
            await design.InitializeAsync();
            using var demo = Client("demo");
            var moment = DateTimeOffset.Parse("2026-01-12T08:00:00Z").ToUnixTimeMilliseconds();
            await Centre.OkAsync(demo.PutAsJsonAsync("/v2/clock", new { timestamp = moment }));
            Files = await Admin.NewestAsync(Id);
        }

        public async ValueTask DisposeAsync()
        {
            GC.SuppressFinalize(this);
            await design.DisposeAsync();
            if (postgres is not null) await postgres.DisposeAsync();
        }

        public ProductDb Product() => Services.GetRequiredService<ProductDbFactory>().Create();

        /// <summary>As a publication deploys it, without its second person and its trials.</summary>
        public async Task<int> DeployAsync(Dictionary<string, string> files)
        {
            var (book, engine) = (Services.GetRequiredService<ProcedureBook>(), Services.GetRequiredService<WorkflowEngine>());
            var all = await book.ComposedAsync(Id, files, default);
            var answer = await engine.DeployAsync(Scope.Engine with { User = "admin" }, all, ShippedProcedures.Office);
            Assert.IsType<DeployAnswer.Deployed>(answer);
            return (await book.OfAsync(Id, default))[0].Number;
        }

        public async Task<Case> CaseAtInterviewAsync()
        {
            using var clerk = Client("clerk");
            var opened = await Centre.OkAsync(clerk.PostAsJsonAsync("/api/cases", new { process = "family-support" }));
            var caseNo = opened.GetProperty("caseNo").GetString()!;
            await CompleteAsync(caseNo, "clerk", "register-report", Report);
            await CompleteAsync(caseNo, "team_lead", "triage-report", new
            {
                childInDanger = false, violenceSuspected = false, urgency = "ordinary", intakeEntry = "ordinary",
                reportFounded = true, note = "Rozmowa z pedagogiem.",
            });
            await CompleteAsync(caseNo, "clerk", "check-earlier-cases", new { earlierCase = "none" });
            await CompleteAsync(caseNo, "team_lead", "check-locality", new { livesInMunicipality = true, source = "Rejestr." });
            await CompleteAsync(caseNo, "team_lead", "name-social-worker", new { socialWorker = "social_worker" });
            await CompleteAsync(caseNo, "social_worker", "arrange-visit", new
            {
                visitAt = "2026-01-12T09:00:00+01:00", place = "home", address = "ul. Lipowa 4, Kęty", otherTimeAgreed = false,
            });
            var task = await TaskAsync(caseNo, Interview);
            return new Case(caseNo, task.GetProperty("processInstanceKey").GetString()!, task.GetProperty("userTaskKey").GetString()!);
        }

        static readonly Dictionary<string, object> Report = new(Office.Report("Anna Wilk", "ul. Lipowa 4, Kęty"))
        {
            ["receivedAt"] = "2026-01-12T09:00:00+01:00",
        };

        /// <summary>The open task of this element in this case.</summary>
        public async Task<JsonElement> TaskAsync(string caseNo, string elementId)
        {
            await DrainAsync();
            using var demo = Client("demo");
            var found = await Centre.OkAsync(demo.PostAsJsonAsync(
                "/v2/user-tasks/search", new { filter = new { elementId, state = "CREATED" } }));
            foreach (var task in found.GetProperty("items").EnumerateArray())
            {
                var instance = await Centre.OkAsync(demo.GetAsync(
                    $"/v2/process-instances/{task.GetProperty("processInstanceKey").GetString()}"));
                if (instance.GetProperty("tags").EnumerateArray().Any(tag => tag.GetString() == $"case:{caseNo}")) return task;
            }
            throw new InvalidOperationException($"Expected an open task {elementId} in {caseNo}.");
        }

        public async Task CompleteAsync(string caseNo, string by, string elementId, object form)
        {
            var key = (await TaskAsync(caseNo, elementId)).GetProperty("userTaskKey").GetString();
            using var client = Client(by);
            await Centre.OkAsync(client.PostAsJsonAsync($"/api/tasks/{key}/completion", new { form }));
            await DrainAsync();
        }
    }

    /// <param name="Task">Key of the open interview.</param>
    public sealed record Case(string CaseNo, string Instance, string Task);

    /// <summary>The delivered version in force again, whatever another test has left.</summary>
    protected Task<int> DeliveredAsync() => host.DeployAsync(host.Files);

    protected Task<HttpResponseMessage> PrepareAsync(
        int from, int to, IEnumerable<Case> cases, string terms = "keep", HttpClient? by = null, object? mapping = null) =>
        (by ?? host.Admin).PostAsJsonAsync($"/api/procedures/{Id}/migrations", new
        {
            from, to, terms, mapping, instances = cases.Select(one => one.Instance), reason = "Nowa nazwa kroku",
            legalBasis = "zarządzenie 9/2026",
        });

    protected Task<JsonElement> PreviewAsync(int from, int to, string terms) => Centre.OkAsync(
        host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/migration/preview", new { from, to, terms }));

    protected static JsonElement Of(JsonElement view, Case one) => view.GetProperty("items").EnumerateArray()
        .Single(item => item.GetProperty("instanceKey").GetString() == one.Instance);

    static string? StateOf(JsonElement view) => view.GetProperty("state").GetString();

    async Task<JsonElement> ShownAsync(JsonElement asked)
    {
        await host.DrainAsync();
        return await Centre.OkAsync(host.Head.GetAsync($"/api/migrations/{asked.GetProperty("id").GetString()}"));
    }

    async Task<HttpResponseMessage> DecideAsync(JsonElement asked, object form, HttpClient? by = null)
    {
        var key = (await ShownAsync(asked)).GetProperty("taskKey").GetString();
        return await (by ?? host.Head).PostAsJsonAsync($"/api/tasks/{key}/completion", new { form });
    }

    protected async Task<JsonElement> AgreedAsync(JsonElement asked)
    {
        await Centre.OkAsync(DecideAsync(asked, new { decision = "move" }));
        return await ShownAsync(asked);
    }

    Task<HttpResponseMessage> UndoAsync(JsonElement asked, params Case[] cases) => host.Head.PostAsJsonAsync(
        $"/api/migrations/{asked.GetProperty("id").GetString()}/undo",
        new { instances = cases.Select(one => one.Instance), reason = "Pomyłka w planie" });

    async Task<int> VersionOfAsync(Case one)
    {
        using var demo = host.Client("demo");
        var instance = await Centre.OkAsync(demo.GetAsync($"/v2/process-instances/{one.Instance}"));
        var key = long.Parse(instance.GetProperty("processDefinitionKey").GetString()!);
        var versions = await host.Services.GetRequiredService<ProcedureBook>().OfAsync(Id, default);
        return versions.Single(version => version.DefinitionKeys.Contains(key)).Number;
    }

    async Task<List<string>> ActsAsync(JsonElement asked)
    {
        var audit = await Centre.OkAsync(host.Head.GetAsync("/api/audit?area=procedures"));
        Assert.True(audit.GetProperty("verified").GetBoolean());
        return [.. audit.GetProperty("items").EnumerateArray()
            .Where(entry => entry.GetRawText().Contains(asked.GetProperty("id").GetString()!, StringComparison.Ordinal))
            .Select(entry => entry.GetProperty("act").GetString()!).Reverse()];
    }

    [Fact]
    public async Task Migration_AgreedByTheHead_RenamesTheStep_AndTaskDraftAndDateSurvive()
    {
        var from = await DeliveredAsync();
        var one = await host.CaseAtInterviewAsync();
        using var worker = host.Client("social_worker");
        await Centre.OkAsync(worker.PutAsJsonAsync(
            $"/api/tasks/{one.Task}/draft", new { content = new { findings = "Zapisane przed przeniesieniem" }, revision = 0 }));
        var to = await host.DeployAsync(host.Files.With("Przeprowadź wywiad\"", Renamed + "\"").With(Interview, "talk-to-family"));
        var mapping = new Dictionary<string, string> { [Interview] = "talk-to-family" };
        var asked = await Centre.OkAsync(PrepareAsync(from, to, [one], mapping: mapping));
        Assert.Equal("waiting", StateOf(asked));
        Assert.Contains(asked.GetProperty("lines").EnumerateArray(), line =>
            line.GetString()!.Contains(Renamed, StringComparison.Ordinal));
        Assert.DoesNotContain("Wilk", asked.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(from, await VersionOfAsync(one));
        await Centre.IsAsync(HttpStatusCode.Conflict, PrepareAsync(from, to, [one], mapping: mapping));

        var done = await AgreedAsync(asked);

        Assert.Equal("done", StateOf(done));
        Assert.Equal("head", done.GetProperty("decidedBy").GetProperty("userName").GetString());
        Assert.Equal("migrated", StateOf(Of(done, one)));
        Assert.Equal(one.CaseNo, Of(done, one).GetProperty("caseNo").GetString());
        Assert.Equal(to, await VersionOfAsync(one));
        var page = await Centre.OkAsync(worker.GetAsync($"/api/tasks/{one.Task}"));
        Assert.Equal(Renamed, page.GetProperty("task").GetProperty("name").GetString());
        Assert.StartsWith("2026-01-30", page.GetProperty("task").GetProperty("dueDate").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            "Zapisane przed przeniesieniem",
            page.GetProperty("draft").GetProperty("content").GetProperty("findings").GetString());
        Assert.Equal(
            ["MigrationPrepared", "MigrationApproved", "CaseMigrated", "MigrationDone"], await ActsAsync(asked));
    }

    [Fact]
    public async Task Decision_ByItsAuthorOrWithoutAReason_IsRefused_AndNoMeansTheCasesStay()
    {
        var from = await DeliveredAsync();
        var one = await host.CaseAtInterviewAsync();
        var to = await host.DeployAsync(host.Files.With("Przeprowadź wywiad\"", Renamed + "\""));
        var asked = await Centre.OkAsync(PrepareAsync(from, to, [one]));
        // No account is administrator and head at once, but a person may change her post in between.
        await AuthorIsAsync(asked, "head");
        var own = await AnswerAsync(DecideAsync(asked, new { decision = "move" }), 403);
        Assert.Contains("ktoś inny", own.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await AuthorIsAsync(asked, "admin");
        await AnswerAsync(DecideAsync(asked, new { }), 400);
        await AnswerAsync(DecideAsync(asked, new { decision = "stay" }), 400);
        using var demo = host.Client("demo");
        await AnswerAsync(DecideAsync(asked, new { decision = "move" }, demo), 403);
        Assert.Equal("waiting", StateOf(await ShownAsync(asked)));

        await Centre.OkAsync(DecideAsync(asked, new { decision = "stay", refusal = "Najpierw szkolenie" }));

        var refused = await ShownAsync(asked);
        Assert.Equal("refused", StateOf(refused));
        Assert.Equal("Najpierw szkolenie", refused.GetProperty("refusal").GetString());
        Assert.Equal("refused", StateOf(Of(refused, one)));
        Assert.Equal(from, await VersionOfAsync(one));
        Assert.Equal(["MigrationPrepared", "MigrationRefused"], await ActsAsync(asked));
        // What was refused is nobody's any more: the same case can be asked for again.
        await Centre.OkAsync(PrepareAsync(from, to, [one]));
    }

    async Task AuthorIsAsync(JsonElement asked, string user)
    {
        await using var product = host.Product();
        await product.Migrations.Where(row => row.Id == asked.GetProperty("id").GetString())
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Author, user));
    }

    [Fact]
    public async Task Case_ThatMovedOnBeforeTheDecision_StaysAndIsNamed_TheOthersGoOver()
    {
        var from = await DeliveredAsync();
        var (stays, goes) = (await host.CaseAtInterviewAsync(), await host.CaseAtInterviewAsync());
        var to = await host.DeployAsync(host.Files.With("Przeprowadź wywiad\"", Renamed + "\""));
        var asked = await Centre.OkAsync(PrepareAsync(from, to, [stays, goes]));
        await InterviewAsync(stays);

        var done = await AgreedAsync(asked);

        Assert.Equal("refused", StateOf(Of(done, stays)));
        Assert.Contains("poszła dalej", Of(done, stays).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("migrated", StateOf(Of(done, goes)));
        Assert.Equal((from, to), (await VersionOfAsync(stays), await VersionOfAsync(goes)));
        Assert.Equal(1, done.GetProperty("counts").GetProperty("migrated").GetInt32());
    }

    async Task InterviewAsync(Case one) => await host.CompleteAsync(one.CaseNo, "social_worker", Interview, new
    {
        interviewOutcome = "absent", interviewDate = "2026-01-12", place = "Mieszkanie rodziny",
        interviewer = "social_worker", contactNote = "Nikt nie otworzył.",
    });

    [Fact]
    public async Task Job_CarriedOutTwiceAtOnceAndAgainAfterACrash_MovesEachCaseOnce()
    {
        var from = await DeliveredAsync();
        var cases = new[] { await host.CaseAtInterviewAsync(), await host.CaseAtInterviewAsync() };
        var to = await host.DeployAsync(host.Files.With("Przeprowadź wywiad\"", Renamed + "\""));
        var asked = await Centre.OkAsync(PrepareAsync(from, to, cases));
        var (options, desk) = (host.Services.GetRequiredService<WorkflowsOptions>(), host.Services.GetRequiredService<MigrationDesk>());
        options.JobHandlers.Remove(MigrationDesk.JobType, out var handler);
        await Centre.OkAsync(DecideAsync(asked, new { decision = "move" }));
        var job = new JobContext(null!, null!, null!, default, _ => $"\"{asked.GetProperty("id").GetString()}\"");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.RunAsync(job, default)));
        Assert.All(outcomes, outcome => Assert.IsType<JobOutcome.Complete>(outcome));
        // As if the process had been killed before the last act: every case is through, the migration is not.
        await using var product = host.Product();
        await product.Migrations.Where(row => row.Id == asked.GetProperty("id").GetString())
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, MigrationState.Running));
        options.JobHandlers[MigrationDesk.JobType] = handler!;

        var done = await ShownAsync(asked);

        Assert.Equal("done", StateOf(done));
        Assert.All(cases, one => Assert.Equal("migrated", StateOf(Of(done, one))));
        await using var db = host.Services.GetRequiredService<Func<WorkflowDb>>()();
        foreach (var one in cases)
        {
            Assert.Equal(1, await db.History.CountAsync(
                row => row.ProcessInstanceKey == long.Parse(one.Instance) && row.Command == "MigrateInstance"));
        }
        Assert.Equal(2, (await ActsAsync(asked)).Count(act => act == "CaseMigrated"));
    }

    [Fact]
    public async Task Undo_RightAfter_BringsTheCaseBack_AndNotOneThatHasMovedOn()
    {
        var from = await DeliveredAsync();
        var (back, gone) = (await host.CaseAtInterviewAsync(), await host.CaseAtInterviewAsync());
        var to = await host.DeployAsync(host.Files.With("Przeprowadź wywiad\"", Renamed + "\"").With(Term, "interviewTerm.amount - 4,"));
        var asked = await Centre.OkAsync(PrepareAsync(from, to, [back, gone], "renew"));
        await AgreedAsync(asked);
        await InterviewAsync(gone);
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Head.PostAsJsonAsync(
            $"/api/migrations/{asked.GetProperty("id").GetString()}/undo", new { reason = " " }));

        var undone = await Centre.OkAsync(UndoAsync(asked, back, gone));

        Assert.Equal("undone", StateOf(Of(undone, back)));
        Assert.Equal("moved", StateOf(Of(undone, gone)));
        Assert.Contains("poszła dalej", Of(undone, gone).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((from, to), (await VersionOfAsync(back), await VersionOfAsync(gone)));
        using var worker = host.Client("social_worker");
        var task = (await Centre.OkAsync(worker.GetAsync($"/api/tasks/{back.Task}"))).GetProperty("task");
        Assert.Equal("Przeprowadź wywiad", task.GetProperty("name").GetString());
        Assert.StartsWith("2026-01-30", task.GetProperty("dueDate").GetString(), StringComparison.Ordinal);
        await Centre.IsAsync(HttpStatusCode.Conflict, UndoAsync(asked, back));
        Assert.Contains("CaseMigrationUndone", await ActsAsync(asked));
    }
}
