using Api.Cases;
using Api.Procedures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Cases;

/// <summary>
/// What a backtest rests on: every instance of a rehearsal, replayed from its stored history with its own definition,
/// takes the same steps in the same order and gives the same tasks until the same moments.
/// </summary>
static class RecordedRuns
{
    public static async Task AssertReplayedAsync(Rehearsal rehearsal)
    {
        var desk = rehearsal.Services.GetRequiredService<BacktestDesk>();
        var catalog = rehearsal.Services.GetRequiredService<WorkflowEngine>().Catalog;
        await using var db = rehearsal.Services.GetRequiredService<Func<WorkflowDb>>()();
        var instances = await db.ProcessInstances.AsNoTracking().ToListAsync();
        Assert.NotEmpty(instances);
        foreach (var instance in instances)
        {
            var recorded = (await desk.FactsAsync(instance.Key, CancellationToken.None))!.Facts;
            var release = (await catalog.FindAsync(instance.ProcessDefinitionKey))!;
            var replay = Backtest.Play(recorded, release);
            var told = $"{instance.ProcessId} {replay.Unfinished}\n{string.Join(' ', recorded.Trace.Path)}\n" +
                string.Join(' ', replay.Trace.Path);
            var isOpen = instance.State == Status.Active;
            // Of a case that still runs the recorded part: its timers go on falling due in the replay.
            Assert.True(recorded.Trace.Path.SequenceEqual(
                isOpen ? replay.Trace.Path.Take(recorded.Trace.Path.Length) : replay.Trace.Path), told);
            Assert.True(isOpen || replay.Unfinished is null, told);
            if (isOpen) continue;
            Assert.Equal(recorded.Trace.Tasks.Select(Words), replay.Trace.Tasks.Select(Words));
            Assert.True(Backtest.Compare(recorded, release.Definition, release).IsNone, told);
        }
    }

    static string Words(TaskSeen task) => $"{task.Place} {task.DueDate:O} {task.Deadline?.Kind} {task.IsAnswered}";
}
