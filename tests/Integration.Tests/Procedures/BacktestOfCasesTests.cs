using Api.Cases;
using Api.Commands;
using Api.Procedures;
using Api.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Procedures;

/// <summary>A whole delivered case, from the report to the end of monitoring, under changed procedures of it.</summary>
public sealed class BacktestOfCasesTests(BacktestOfCasesTests.ClosedCase closed)
    : IClassFixture<BacktestOfCasesTests.ClosedCase>
{
    public sealed class ClosedCase : IAsyncLifetime
    {
        public Rehearsal Rehearsal { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var path = Path.Combine(Locations.Repository()!, "workflows", "family-support", "scenarios", "full-path.json");
            Rehearsal = await Rehearsal.PrepareAsync(RehearseCommand.WorkflowsOf(path), TextWriter.Null);
            Assert.Null(await Rehearsal.RunAsync(Scenario.Parse(await File.ReadAllTextAsync(path))));
        }

        public ValueTask DisposeAsync() => Rehearsal.DisposeAsync();
    }

    T Get<T>() where T : notnull => closed.Rehearsal.Services.GetRequiredService<T>();

    async Task<Dictionary<string, string>> FilesAsync(string id) => new(await Get<ProcedureBook>().FilesAsync(
        (await Get<ProcedureBook>().OfAsync(id, CancellationToken.None))[0], CancellationToken.None));

    async Task<BacktestAnswer> AskAsync(string id, Dictionary<string, string> files) =>
        (await Get<BacktestDesk>().RunAsync(id, files, BacktestDesk.CasesMax, CancellationToken.None))!;

    [Fact]
    public async Task Backtest_EveryDeliveredProcedureUnchanged_AllTheSame()
    {
        foreach (var id in (string[])["family-support", "intake", "assistant-assignment", "half-year-assessment"])
        {
            var answer = await AskAsync(id, await FilesAsync(id));
            Assert.True(answer.Cases > 0 && answer.Same == answer.Cases, $"{id}: {answer}");
            Assert.All(answer.Items, item => Assert.Equal("OPS.4710.1.2026", item.CaseNo));
        }
    }

    [Fact]
    public async Task Backtest_ApprovalDropped_NamesTheCaseAndTheStep()
    {
        var answer = await AskAsync("assistant-assignment", (await FilesAsync("assistant-assignment")).With(
            """sourceRef="request-assistant" targetRef="check-request" """,
            """sourceRef="request-assistant" targetRef="request-accepted" """));
        Assert.Equal((1, 1, 1, 0), (answer.Cases, answer.ApprovalsLost, answer.OtherPath, answer.Unfinished));
        var item = Assert.Single(answer.Items);
        Assert.Equal(("OPS.4710.1.2026", 1, "request-accepted"), (item.CaseNo, item.Version, item.First!.ElementId));
        Assert.Contains(
            "Nie byłoby kroku „Sprawdź kompletność wniosku” (kierownik ośrodka), czyli zatwierdzenia.", item.Lines);
    }

    [Fact]
    public async Task Backtest_ApprovalGivenToAnotherRole_IsLostOnTheSameWay()
    {
        var files = await FilesAsync("assistant-assignment");
        var at = files["process.bpmn"].IndexOf("<bpmn:userTask id=\"decide-assignment\"", StringComparison.Ordinal);
        files["process.bpmn"] = files["process.bpmn"][..at] + files["process.bpmn"][at..].Replace(
            "candidateGroups=\"head\"", "candidateGroups=\"team_lead\"", StringComparison.Ordinal);
        var answer = await AskAsync("assistant-assignment", files);
        Assert.Equal((1, 0), (answer.ApprovalsLost, answer.OtherPath));
        Assert.Contains(
            "Krok „Przydziel asystenta” robiłby kto inny: koordynator zespołu; było: kierownik ośrodka.",
            answer.Items[0].Lines);
    }

    [Fact]
    public async Task Backtest_TableWithALongerTermOfTheLaw_IsEvaluatedAnewAndMarked()
    {
        var answer = await AskAsync("interview-analysis", (await FilesAsync("interview-analysis")).With(
            "<text>14</text>", "<text>21</text>", "interview-term.dmn"));
        Assert.Equal((1, 1, 0), (answer.LaterTerms, answer.StatutoryLater, answer.OtherPath));
        Assert.Contains("Terminu z ustawy nie wolno wydłużać.", answer.Items[0].Lines[0], StringComparison.Ordinal);
    }

    /// <summary>A year of visits, two hundred and fifty times: the part of a case with the longest history.</summary>
    [Fact]
    public async Task Backtest_Of250LongCases_CountsEachOrSaysHowManyWereLeftOut()
    {
        const int copies = 250;
        const string id = "family-work";
        var steps = await CopyAsync(id, copies - 1);
        var files = (await FilesAsync(id)).With("isExecutable=\"true\">", "isExecutable=\"true\"><!-- copied -->");
        var answer = await AskAsync(id, files);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{answer.Cases} of {copies} cases with {steps} steps each in {answer.ElapsedMs} ms");
        Assert.Equal(copies, answer.Cases + answer.LeftOut);
        Assert.Equal((answer.Cases, 0, 0), (answer.Same, answer.Failed, answer.Erased));
    }

    [Fact]
    public async Task Backtest_CaseWhoseContentIsErased_IsCountedAndNotReplayed()
    {
        await CopyAsync("monitoring", copies: 1, isErased: true);
        var answer = await AskAsync("monitoring", await FilesAsync("monitoring"));
        Assert.Equal((1, 1, 1), (answer.Cases, answer.Same, answer.Erased));
    }

    /// <returns>Steps of the history of each.</returns>
    async Task<int> CopyAsync(string id, int copies, bool isErased = false)
    {
        await using var db = Get<Func<WorkflowDb>>()();
        var rows = db.ProcessInstances.AsNoTracking().Where(row => row.ProcessId == id);
        var original = (await rows.SingleAsync()).Key;
        var history = await db.History.AsNoTracking().Where(row => row.ProcessInstanceKey == original).ToListAsync();
        for (var copy = 1; copy <= copies; copy++)
        {
            var instance = await rows.SingleAsync(row => row.Key == original);
            instance.Key += copy * 1_000_000_000L;
            db.Add(instance);
            db.AddRange(history.Select(step => new HistoryRow
            {
                Chain = instance.Key, Sequence = step.Sequence, ProcessInstanceKey = instance.Key, At = step.At,
                Actor = step.Actor, Command = step.Command, Payload = isErased ? null : step.Payload,
                PayloadHash = step.PayloadHash, Hash = step.Hash,
            }));
        }
        await db.SaveChangesAsync();
        return history.Count;
    }
}
