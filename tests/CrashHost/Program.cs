using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace CrashHost;

/// <summary>
/// The engine as the product runs it, under load, for crash tests: somebody outside ends this process with kill -9.
/// Standard output tells what is tried and what was answered; standard input gives back what was left open last time.
/// </summary>
static class Entry
{
    static async Task<int> Main(string[] args)
    {
        if (args is not [var provider, var database, var run, var ahead, var mode and ("load" or "finish")])
        {
            await Console.Error.WriteLineAsync("usage: Sqlite|PostgreSql CONNECTION RUN MINUTES-AHEAD load|finish   < commands to repeat");
            return 2;
        }
        var repeat = new List<string>();
        while (await Console.In.ReadLineAsync() is { Length: > 0 } line) repeat.Add(line);

        using var journal = new Journal(Console.OpenStandardOutput());
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddWorkflows(options =>
        {
            options.Provider = Enum.Parse<DatabaseProvider>(provider);
            options.ConnectionString = database;
            // Later than the run before: what a dead process has leased is free again without anybody waiting.
            options.SystemTime = new TimeAhead(TimeSpan.FromMinutes(int.Parse(ahead, CultureInfo.InvariantCulture)));
            options.JobHandlers[Processes.InProcessJob] =
                (_, _) => Task.FromResult<JobOutcome>(new JobOutcome.Complete([new("checked", "true")]));
            options.StepExtras = Clients.Notify;
            options.OutboxSender = (item, _) =>
            {
                journal.Write($"sent {item.Message.BusinessKey}");
                return Task.FromResult<SendResult>(new SendResult.Sent());
            };
        });
        using var host = builder.Build();
        await host.Services.MigrateWorkflowsAsync();
        var clients = new Clients(
            host.Services.GetRequiredService<WorkflowEngine>(), host.Services.GetRequiredService<WorkflowStore>(),
            journal, run);
        if (run == "run1") await clients.DeployAsync();     // what is deployed survives as well
        await host.StartAsync();
        journal.Write("ready");
        await clients.RepeatAsync(repeat);
        if (mode == "load") await clients.RunForeverAsync();
        await clients.FinishAsync();
        await host.StopAsync();
        journal.Write("finished");
        return 0;
    }
}
