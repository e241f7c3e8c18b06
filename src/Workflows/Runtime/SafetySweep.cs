using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace Workflows.Runtime;

/// <summary>The clock of the house: Quartz, in the engine's database, runs the slow sweep on one node at a
/// time.</summary>
/// <remarks>
/// Timers of cases are rows of our own. Quartz holds one trigger, so that on SQLite its writes never compete with
/// people's.
/// </remarks>
sealed class SafetySweep(WorkflowEngine engine) : IJob
{
    static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    public static void AddTo(IServiceCollection services, WorkflowsOptions options)
    {
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler => scheduler.InstanceId = "AUTO");
            quartz.UsePersistentStore(store =>
            {
                if (options.Provider == DatabaseProvider.Sqlite) store.UseSqlite(options.ConnectionString);
                else store.UsePostgres(options.ConnectionString);
                if (options.Provider == DatabaseProvider.PostgreSql) store.UseClustering();
                store.UseSystemTextJsonSerializer();
                store.ProvisionSchema();
            });
            quartz.ScheduleJob<SafetySweep>(
                trigger => trigger.WithIdentity("safety-sweep").StartNow().WithSimpleSchedule(Every),
                // Without recovery, a sweep cut off by a crash would wait for its next turn; with it, it is repeated.
                job => job.WithIdentity("safety-sweep").RequestRecovery());
        });
        services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
    }

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await engine.SweepAsync(cancellationToken);
        engine.Signals.SetAll();
    }
}
