using Integration.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Storage;

/// <summary>The engine living by itself: workers and Quartz in one SQLite file.</summary>
public sealed class WorkersTests : IDisposable
{
    readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("workflows-");

    [Fact]
    public async Task Host_WithWorkersAndQuartz_FiresTimersHandlesJobsAndCallsByItself()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        var sent = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        builder.Services.AddWorkflows(options =>
        {
            options.ConnectionString = $"Data Source={Path.Combine(directory.FullName, "w.db")}";
            options.Quartz = true;
            options.JobHandlers["print"] = (_, _) => Task.FromResult<JobOutcome>(new JobOutcome.Complete([]));
            options.StepExtras = step => step.Before is null && step.Accepted.Instance.ProcessId == "parent"
                ? new() { Outbox = [new("begun", "notice", "anna", "{}", step.Envelope.At)] }
                : null;
            options.OutboxSender = (item, _) =>
            {
                sent.TrySetResult(item.Message.BusinessKey);
                return Task.FromResult<SendResult>(new SendResult.Sent());
            };
        });
        using var host = builder.Build();
        await host.Services.MigrateWorkflowsAsync();
        await host.StartAsync();
        var engine = host.Services.GetRequiredService<WorkflowEngine>();
        Assert.IsType<DeployAnswer.Deployed>(await engine.DeployAsync(TestEngine.Machine, [
            Bpmn.File("child", Bpmn.Start + Bpmn.Timer("w", "PT0.3S") + Bpmn.ServiceTask("s", "print") + Bpmn.End,
                "start->w->s->end"),
            Bpmn.File("parent", Bpmn.Start + Bpmn.Call("c", "child") + Bpmn.End, "start->c->end"),
        ]));

        var answer = TestEngine.Accepted(await engine.CreateInstanceAsync(TestEngine.Machine, new(
            ProcessSelector.ById("parent"), [], AwaitCompletion: true, Timeout: TimeSpan.FromSeconds(30))));

        Assert.Equal(InstanceState.Completed, answer.State);
        Assert.Equal("begun", await sent.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        var store = host.Services.GetRequiredService<WorkflowStore>();
        var triggers = await store.ReadAsync(
            "select count(*) from QRTZ_TRIGGERS", row => row.GetInt64(0), CancellationToken.None);
        Assert.Equal([1L], triggers);
        await host.StopAsync();
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        directory.Delete(recursive: true);
    }
}
