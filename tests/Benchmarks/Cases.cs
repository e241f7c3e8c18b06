using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Benchmarks;

/// <summary>
/// W2: a case with three human tasks; start, complete, complete, complete, each answered after its commit.
/// </summary>
static class Cases
{
    public const string ProcessId = "bench-case";
    static readonly Scope Client = new("bench", [], EngineAll: true);

    public static async Task RunAsync(Settings settings, Report report)
    {
        if (settings.Providers.Contains(Settings.Sqlite))
        {
            foreach (var clients in new[] { 1, 32 })
            {
                using var folder = new TemporaryFolder();
                await OnAsync(DatabaseProvider.Sqlite, $"Data Source={folder.File("w2.db")}", clients, settings.Seconds, report);
                Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            }
        }
        if (!settings.Providers.Contains(Settings.PostgreSql)) return;
        await using var server = await PostgresServer.TryStartAsync();
        if (server is null) return;     // the floors have said so
        foreach (var clients in new[] { 1, 32 })
            await OnAsync(DatabaseProvider.PostgreSql, await server.NewDatabaseAsync(), clients, settings.Seconds, report);
    }

    static async Task OnAsync(DatabaseProvider provider, string database, int clients, int seconds, Report report)
    {
        using var host = await StartAsync(provider, database);
        var engine = host.Services.GetRequiredService<WorkflowEngine>();
        var store = host.Services.GetRequiredService<WorkflowStore>();
        await using var counter = provider == DatabaseProvider.PostgreSql
            ? new PostgresCounter(database, () => store.Commits)
            : null;
        Func<Task<Counts>> counted = counter is null
            ? () => Task.FromResult(new Counts(store.Commits, store.Statements, null))
            : counter.ReadAsync;
        report.Add(provider.ToString(), "W2 in process", clients, await Load.RunAsync(
            clients, seconds, (_, watch) => CaseAsync(engine, watch), counted));
        await host.StopAsync();
    }

    /// <summary>The engine as the product runs it, with its workers.</summary>
    static async Task<IHost> StartAsync(DatabaseProvider provider, string database)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(log => log.SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddWorkflows(options =>
        {
            options.Provider = provider;
            options.ConnectionString = database;
        });
        var host = builder.Build();
        await host.Services.MigrateWorkflowsAsync();
        await host.StartAsync();
        var deployed = await host.Services.GetRequiredService<WorkflowEngine>().DeployAsync(
            Client, [new("bench-case.bpmn", Encoding.UTF8.GetBytes(Process))]);
        return deployed is DeployAnswer.Deployed ? host : throw new InvalidOperationException($"{deployed}");
    }

    static async Task CaseAsync(WorkflowEngine engine, Watch watch)
    {
        var answer = await watch.CallAsync(() => engine.CreateInstanceAsync(
            Client, new InstanceCreation(ProcessSelector.ById(ProcessId), [new("caseNo", "\"2026/1\"")])));
        for (var step = 1; step <= 3; step++)
        {
            var task = Accepted(answer).UserTaskKeys[0];
            var result = $"result{step}";
            answer = await watch.CallAsync(() => engine.CompleteUserTaskAsync(Client, task, [new(result, "true")]));
        }
        if (Accepted(answer).State != InstanceState.Completed) throw new InvalidOperationException($"{answer}");
    }

    static EngineAnswer.Accepted Accepted(EngineAnswer answer) =>
        answer as EngineAnswer.Accepted ?? throw new InvalidOperationException($"{answer}");

    public const string Process = """
        <?xml version="1.0" encoding="UTF-8"?>
        <bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="bench" targetNamespace="bench">
          <bpmn:process id="bench-case" name="Case with three tasks" isExecutable="true">
            <bpmn:startEvent id="start" />
            <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="register" />
            <bpmn:userTask id="register" name="Register">
              <bpmn:extensionElements>
                <zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="clerk" />
              </bpmn:extensionElements>
            </bpmn:userTask>
            <bpmn:sequenceFlow id="f2" sourceRef="register" targetRef="assess" />
            <bpmn:userTask id="assess" name="Assess">
              <bpmn:extensionElements>
                <zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="social_worker" />
              </bpmn:extensionElements>
            </bpmn:userTask>
            <bpmn:sequenceFlow id="f3" sourceRef="assess" targetRef="decide" />
            <bpmn:userTask id="decide" name="Decide">
              <bpmn:extensionElements>
                <zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="head" />
              </bpmn:extensionElements>
            </bpmn:userTask>
            <bpmn:sequenceFlow id="f4" sourceRef="decide" targetRef="end" />
            <bpmn:endEvent id="end" />
          </bpmn:process>
        </bpmn:definitions>
        """;
}
