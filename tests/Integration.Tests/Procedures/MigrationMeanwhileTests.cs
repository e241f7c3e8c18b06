using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Procedures;
using Integration.Tests.Access;
using Integration.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using static Integration.Tests.Procedures.ProcedureClient;

namespace Integration.Tests.Procedures;

public sealed class SqliteMigrationMeanwhileTests(SqliteMigrationMeanwhileTests.Fixture fixture)
    : MigrationMeanwhileTests(fixture), IClassFixture<SqliteMigrationMeanwhileTests.Fixture>
{
    public sealed class Fixture() : MovingFixture(postgres: null);

    [Fact]
    public async Task Plan_OfFiveHundredCases_GoesThereAndBack_AndWhatOnePlanCannotHoldIsCounted()
    {
        const int count = 500;
        const int beyond = 3;
        // A version of its own, so that no case of another test is counted.
        var from = await Host.DeployAsync("see");
        var cases = await Host.CasesAsync(MigrationPlanning.CasesMax + beyond);
        var to = await Host.DeployAsync();
        var migration = "";
        await TimedAsync("preview", async () =>
        {
            var preview = await Centre.OkAsync(Host["admin"].PostAsJsonAsync(
                $"/api/procedures/{MovingHost.Id}/migration/preview", new { from, to }));
            Assert.Equal(MigrationPlanning.CasesMax, preview.GetProperty("items").GetArrayLength());
            Assert.Equal(beyond, preview.GetProperty("beyond").GetInt32());
        });
        await TimedAsync("plan", async () => migration = await Host.PlanAsync(from, to, cases.Take(count)));
        await TimedAsync("decision and move", async () =>
        {
            await Centre.OkAsync(Host.DecideAsync(migration));
            var done = await Host.ShownAsync(migration);
            Assert.Equal("done", done.GetProperty("state").GetString());
            Assert.Equal(count, done.GetProperty("counts").GetProperty("migrated").GetInt32());
        });
        await TimedAsync("undo", async () =>
        {
            var undone = await Host.UndoneAsync(migration);
            Assert.Equal(count, undone.GetProperty("counts").GetProperty("undone").GetInt32());
        });
    }

    /// <summary>Far from what it takes on a laptop; what grows with the square of the cases does not stay below.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    static async Task TimedAsync(string what, Func<Task> act)
    {
        var (begun, allocated) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
        await act();
        var took = Stopwatch.GetElapsedTime(begun);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {took.TotalMilliseconds:0} ms, {(GC.GetTotalAllocatedBytes() - allocated) >> 20} MB allocated, " +
            $"{GC.GetTotalMemory(forceFullCollection: true) >> 20} MB held"));
        Assert.True(took < Patience, $"{what} took {took}.");
    }
}

public sealed class PostgresMigrationMeanwhileTests(PostgresMigrationMeanwhileTests.Fixture fixture)
    : MigrationMeanwhileTests(fixture), IClassFixture<PostgresMigrationMeanwhileTests.Fixture>
{
    public sealed class Fixture() : MovingFixture(new PostgresFixture());
}

/// <summary>A centre with a second administrator; its clock only goes on.</summary>
public abstract class MovingFixture(PostgresFixture? postgres) : IAsyncLifetime
{
    MovingHost? host;

    public MovingHost Host
    {
        get
        {
            postgres?.Require();
            return host!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (postgres is not null)
        {
            await postgres.InitializeAsync();
            if (!postgres.IsAvailable) return;
        }
        host = await MovingHost.OpenAsync(postgres);
        await Centre.AddPersonAsync(host.Running, "second_admin", Centre.Password, "admin");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (host is not null) await host.DisposeAsync();
        if (postgres is not null) await postgres.DisposeAsync();
    }
}

/// <summary>What happens to cases, versions and people between plan, decision, move and undo.</summary>
public abstract class MigrationMeanwhileTests(MovingFixture fixture)
{
    protected MovingHost Host => fixture.Host;

    Task<JsonElement> CancelAsync(MovingHost.Case one) => Centre.OkAsync(Host["demo"].PostAsJsonAsync(
        $"/v2/process-instances/{one.Instance}/cancellation", new { }));

    [Fact]
    public async Task Plans_OfTheSameCaseByTwoAdministratorsAtOnce_OneWaitsAndTheOthersAreRefused()
    {
        var from = await Host.DeployAsync(MovingHost.Visit);
        var (one, other) = (await Host.CaseAsync(), await Host.CaseAsync());
        var to = await Host.DeployAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => Host.AskAsync(from, to, [one, other], i % 2 == 0 ? "admin" : "second_admin")));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.Conflict).ToList();
        Assert.Equal(7, refused.Count);
        var told = await refused[0].Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains(one.CaseNo, told.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await using var product = Host.Product();
        var key = long.Parse(one.Instance, CultureInfo.InvariantCulture);
        Assert.Equal(1, await product.MigrationItems.CountAsync(item => item.InstanceKey == key));
        foreach (var answer in answers) answer.Dispose();
    }

    [Fact]
    public async Task Plan_FromHostileInput_IsRefusedInWords()
    {
        var from = await Host.DeployAsync(MovingHost.Visit);
        var one = await Host.CaseAsync();
        var to = await Host.DeployAsync();
        var plan = $"/api/procedures/{MovingHost.Id}/migrations";
        foreach (var reason in new[] { "Powód\0", " ", new string('x', 5_000) })
        {
            await AnswerAsync(Host["admin"].PostAsJsonAsync(
                plan, new { from, to, instances = new[] { one.Instance }, reason, legalBasis = "zarządzenie" }), 400);
        }
        foreach (var instances in new string?[]?[] { null, [], [null], ["x"], ["99999999999999999999"] })
        {
            await AnswerAsync(Host["admin"].PostAsJsonAsync(
                plan, new { from, to, instances, reason = "x", legalBasis = "y" }), 400);
        }
        // A place that is none, and one that no version has.
        foreach (var target in new[] { null, "", "nowhere" })
        {
            var preview = await Centre.OkAsync(Host["admin"].PostAsJsonAsync(
                $"/api/procedures/{MovingHost.Id}/migration/preview",
                new { from, to, mapping = new Dictionary<string, string?> { [MovingHost.Visit] = target } }));
            var item = preview.GetProperty("items").EnumerateArray()
                .Single(item => item.GetProperty("instanceKey").GetString() == one.Instance);
            Assert.Contains("nie ma odpowiednika",
                item.GetProperty("blockers")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        var migration = await Host.PlanAsync(from, to, one);
        await AnswerAsync(Host.DecideAsync(migration, new { decision = "stay", refusal = "Nie\0" }), 400);
        await AnswerAsync(Host.DecideAsync(migration, new { decision = "perhaps" }), 400);
        await AnswerAsync(Host["head"].PostAsJsonAsync(
            $"/api/migrations/{migration}/undo", new { reason = "Nie\0" }), 400);
        Assert.Equal("waiting", (await Host.ShownAsync(migration)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Case_ThatEndedBeforeTheDecision_IsNamed_AndTheOthersGoOver()
    {
        var from = await Host.DeployAsync(MovingHost.Visit);
        var (ended, other) = (await Host.CaseAsync(), await Host.CaseAsync());
        var to = await Host.DeployAsync();
        var migration = await Host.PlanAsync(from, to, ended, other);
        await CancelAsync(ended);
        await Centre.OkAsync(Host.DecideAsync(migration));
        var done = await Host.ShownAsync(migration);
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.Equal("refused", MovingHost.Of(done, ended).State);
        Assert.Contains("zakończyła się", MovingHost.Of(done, ended).Message, StringComparison.Ordinal);
        Assert.Equal(("migrated", null), MovingHost.Of(done, other));
        Assert.Equal(to, await Host.VersionOfAsync(other));
    }

    [Fact]
    public async Task Case_TakenBackFromTheVersionOfThePlan_StaysAndHoldsUpNobody()
    {
        var first = await Host.DeployAsync(MovingHost.Visit);
        var (back, other) = (await Host.CaseAsync(), await Host.CaseAsync());
        var second = await Host.DeployAsync();
        var earlier = await Host.MovedAsync(first, second, back, other);
        var third = await Host.DeployAsync("meet");
        var later = await Host.PlanAsync(second, third, back, other);
        await Host.UndoneAsync(earlier, back);

        await Centre.OkAsync(Host.DecideAsync(later));

        var done = await Host.ShownAsync(later);
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.Equal("refused", MovingHost.Of(done, back).State);
        Assert.Contains($"zeszła z wersji {second}", MovingHost.Of(done, back).Message, StringComparison.Ordinal);
        Assert.Equal("migrated", MovingHost.Of(done, other).State);
        Assert.Equal((first, third), (await Host.VersionOfAsync(back), await Host.VersionOfAsync(other)));
    }

    [Fact]
    public async Task Case_TakenBackToAVersionWithTheSameSteps_DoesNotGoOverByAPlanFromAnother()
    {
        var first = await Host.DeployAsync(MovingHost.Visit);
        var one = await Host.CaseAsync();
        var second = await Host.DeployAsync(MovingHost.Visit, "Odwiedź dom");
        var earlier = await Host.MovedAsync(first, second, one);
        var third = await Host.DeployAsync(MovingHost.Visit, "Odwiedź mieszkanie");
        var later = await Host.PlanAsync(second, third, one);
        await Host.UndoneAsync(earlier);
        await Centre.OkAsync(Host.DecideAsync(later));
        Assert.Equal("refused", MovingHost.Of(await Host.ShownAsync(later), one).State);
        Assert.Equal(first, await Host.VersionOfAsync(one));
    }

    [Fact]
    public async Task Undo_OfAnEarlierMigration_NeverTakesTheLaterOneBack()
    {
        var first = await Host.DeployAsync(MovingHost.Visit);
        var one = await Host.CaseAsync();
        var second = await Host.DeployAsync();
        var earlier = await Host.MovedAsync(first, second, one);
        var third = await Host.DeployAsync("meet");
        var later = await Host.MovedAsync(second, third, one);

        var (state, message) = MovingHost.Of(await Host.UndoneAsync(earlier), one);

        Assert.Equal("moved", state);
        Assert.Contains("przeniesiono ją jeszcze raz (", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Zostaje na wersji", message, StringComparison.Ordinal);
        Assert.Equal(third, await Host.VersionOfAsync(one));
        Assert.Equal("migrated", MovingHost.Of(await Host.ShownAsync(later), one).State);
        Assert.Equal("undone", MovingHost.Of(await Host.UndoneAsync(later), one).State);
        Assert.Equal(second, await Host.VersionOfAsync(one));
        Assert.Equal(one.Task, await Host.TaskAsync(one.Instance, MovingHost.Talk));
    }

    [Fact]
    public async Task Undo_OfWhatHasMovedOn_TellsForEachCaseWhatHappenedAndWhen()
    {
        var from = await Host.DeployAsync(MovingHost.Visit);
        var cases = await Host.CasesAsync(5);
        var (visited, taken, ended, reminded, read) = (cases[0], cases[1], cases[2], cases[3], cases[4]);
        var to = await Host.DeployAsync();
        var migration = await Host.MovedAsync(from, to, cases);
        var now = await Host.Get<WorkflowEngine>().Clock.NowAsync();
        await Host.VisitAsync(visited);
        await Centre.OkAsync(Host["social_worker"].PostAsync($"/api/tasks/{taken.Task}/claim", null));
        await CancelAsync(ended);
        // Reading is an act and changes nothing.
        await Centre.OkAsync(Host["head"].GetAsync($"/api/cases/{read.CaseNo}"));
        Assert.Equal("undone", MovingHost.Of(await Host.UndoneAsync(migration, read), read).State);
        await Host.AtAsync(now.AddDays(10));

        var undone = await Host.UndoneAsync(migration);

        var at = At(now);
        const string went = "Sprawa poszła dalej po przeniesieniu:";
        var stays = $"Zostaje na wersji {to}.";
        Assert.Equal(
            ("moved", $"{went} zakończono krok „Odwiedź rodzinę” ({at}). {stays}"), MovingHost.Of(undone, visited));
        Assert.Equal(
            ("moved", $"{went} podjęto zadanie „Odwiedź rodzinę” ({at}). {stays}"), MovingHost.Of(undone, taken));
        Assert.Equal(("moved", $"{went} przerwano tę procedurę ({at})."), MovingHost.Of(undone, ended));
        var (state, message) = MovingHost.Of(undone, reminded);
        Assert.Equal("moved", state);
        Assert.StartsWith(
            $"{went} przyszła pora przypomnienia o kroku „Odwiedź rodzinę” (", message, StringComparison.Ordinal);
        Assert.Equal(undone.GetProperty("items").GetRawText(),
            (await Host.ShownAsync(migration)).GetProperty("items").GetRawText());
    }

    static string At(DateTimeOffset moment) => TimeZoneInfo
        .ConvertTime(moment, TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw"))
        .ToString("dd.MM.yyyy, HH:mm", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Decision_ForAVersionThatAnotherHasOvertaken_CanOnlyBeNo()
    {
        var from = await Host.DeployAsync(MovingHost.Visit);
        var one = await Host.CaseAsync();
        var to = await Host.DeployAsync();
        var migration = await Host.PlanAsync(from, to, one);
        Assert.Equal(JsonValueKind.Null, (await Host.ShownAsync(migration)).GetProperty("overtaken").ValueKind);
        await Host.AtAsync((await Host.Get<WorkflowEngine>().Clock.NowAsync()).AddMinutes(5));
        // The version of before in force again, as a rollback does it.
        var newest = await Host.DeployAsync(MovingHost.Visit);

        Assert.Equal(newest, (await Host.ShownAsync(migration)).GetProperty("overtaken").GetInt32());
        var refused = await AnswerAsync(Host.DecideAsync(migration), 409);
        Assert.Contains($"weszła w życie wersja {newest}", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("waiting", (await Host.ShownAsync(migration)).GetProperty("state").GetString());
        await Centre.OkAsync(Host.DecideAsync(migration, new { decision = "stay", refusal = "Wersja wycofana" }));
        var done = await Host.ShownAsync(migration);
        Assert.Equal("refused", done.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, done.GetProperty("overtaken").ValueKind);
        Assert.Equal(from, await Host.VersionOfAsync(one));
        await Host.MovedAsync(from, newest, one);
    }

    [Fact]
    public async Task Decision_ByAHeadWhoHasLostTheRole_IsNotHers()
    {
        var deputy = $"head_{Guid.NewGuid():N}";
        await Centre.AddPersonAsync(Host.Running, deputy, Centre.Password, "head");
        var from = await Host.DeployAsync(MovingHost.Visit);
        var one = await Host.CaseAsync();
        var to = await Host.DeployAsync();
        var migration = await Host.PlanAsync(from, to, one);
        var key = (await Host.ShownAsync(migration)).GetProperty("taskKey").GetString();
        await Centre.OkAsync(Host[deputy].GetAsync($"/api/tasks/{key}"));
        await Centre.OkAsync(Host["admin"].PutAsJsonAsync(
            $"/api/accounts/{deputy}", new { displayName = "Dawna kierowniczka", roles = new[] { "clerk" } }));

        await AnswerAsync(Host.DecideAsync(migration, by: deputy), 404);

        Assert.Equal("waiting", (await Host.ShownAsync(migration)).GetProperty("state").GetString());
        Assert.Equal(from, await Host.VersionOfAsync(one));
        await Centre.OkAsync(Host.DecideAsync(migration));
        Assert.Equal(to, await VersionOnceMovedAsync(migration, one));
    }

    async Task<int> VersionOnceMovedAsync(string migration, MovingHost.Case one)
    {
        Assert.Equal("done", (await Host.ShownAsync(migration)).GetProperty("state").GetString());
        return await Host.VersionOfAsync(one);
    }

    [Fact]
    public async Task Case_RestrictedBeforeTheDecision_GoesOver_AndItsContentStaysClosed()
    {
        var from = await Host.DeployAsync(MovingHost.Visit);
        var one = await Host.CaseAsync();
        var to = await Host.DeployAsync();
        var migration = await Host.PlanAsync(from, to, one);
        await Centre.OkAsync(Host["head"].PutAsJsonAsync(
            $"/api/cases/{one.CaseNo}/confidentiality", new { restricted = true, reason = "Niebieska Karta" }));
        await Centre.OkAsync(Host.DecideAsync(migration));
        Assert.Equal(to, await VersionOnceMovedAsync(migration, one));
        var receipt = await Centre.OkAsync(Host["admin"].GetAsync($"/api/migrations/{migration}"));
        Assert.Equal(("migrated", null), MovingHost.Of(receipt, one));
        Assert.DoesNotContain("Karta", receipt.GetRawText(), StringComparison.Ordinal);
        Assert.False((await Host["admin"].GetAsync($"/api/cases/{one.CaseNo}")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task Attachment_ToTheDecision_WhichHasNoCaseFile_IsRefusedAndNothingIsKept()
    {
        var from = await Host.DeployAsync(MovingHost.Visit);
        var one = await Host.CaseAsync();
        var migration = await Host.PlanAsync(from, await Host.DeployAsync(), one);
        var key = (await Host.ShownAsync(migration)).GetProperty("taskKey").GetString();
        var page = await Centre.OkAsync(Host["head"].GetAsync($"/api/tasks/{key}"));
        Assert.Equal(JsonValueKind.Null, page.GetProperty("task").GetProperty("caseNo").ValueKind);
        using var file = new ByteArrayContent("Uwagi do planu"u8.ToArray());
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var form = new MultipartFormDataContent { { file, "file", "uwagi.txt" } };
        var refused = await AnswerAsync(Host["head"].PostAsync($"/api/tasks/{key}/attachments", form), 409);
        Assert.Contains(
            "nie należy do żadnej sprawy", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await using var product = Host.Product();
        Assert.False(await product.Attachments.AnyAsync());
    }

    [Fact]
    public async Task Endpoints_ForEveryRole_AreOpenToWhomTheyAreMeant()
    {
        var from = await Host.DeployAsync(MovingHost.Visit);
        var one = await Host.CaseAsync();
        var to = await Host.DeployAsync();
        var migration = await Host.PlanAsync(from, to, one);
        var key = (await Host.ShownAsync(migration)).GetProperty("taskKey").GetString();
        var found = new Dictionary<string, string>();
        foreach (var user in global::Api.Access.AccountSeeding.Demo.Select(person => person.UserName))
        {
            var client = Host[user];
            // What is allowed and impossible is 409 here: the case waits in a plan, nothing has gone over.
            found[user] = string.Join(' ', new[]
            {
                await StatusAsync(client.GetAsync($"/api/procedures/{MovingHost.Id}/migrations")),
                await StatusAsync(client.GetAsync($"/api/migrations/{migration}")),
                await StatusAsync(client.PostAsJsonAsync(
                    $"/api/procedures/{MovingHost.Id}/migration/preview", new { from, to })),
                await StatusAsync(Host.AskAsync(from, to, [one], user)),
                await StatusAsync(client.PostAsJsonAsync($"/api/migrations/{migration}/undo", new { reason = "x" })),
                await StatusAsync(client.GetAsync($"/api/tasks/{key}")),
            });
        }
        const string all = "200 200 200 409 409";
        var open = new Dictionary<string, string>
        {
            ["admin"] = $"{all} 403", ["head"] = "200 200 200 403 409 200", ["demo"] = $"{all} 200",
        };
        Assert.All(found, one => Assert.Equal(
            (one.Key, open.GetValueOrDefault(one.Key, "403 403 403 403 403 404")), (one.Key, one.Value)));
        using var stranger = Host.Running.Client();
        Assert.Equal(401, await StatusAsync(stranger.GetAsync($"/api/migrations/{migration}")));
        // Machine clients see all and may prepare, but what becomes of families is decided by a person.
        await AnswerAsync(Host.DecideAsync(migration, by: "demo"), 403);
    }

    static async Task<int> StatusAsync(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        return (int)answer.StatusCode;
    }
}
