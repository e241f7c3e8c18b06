using System.Collections.Immutable;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Notifications;

/// <summary>
/// What comes round by the calendar in engine time: the proof of no silence each night, the digests each working day.
/// After the engine stood still each runs once, not once for every day missed.
/// </summary>
public sealed class CalendarJobs(
    ProductDbFactory databases, IServiceProvider services, BusinessCalendar calendar, Settings settings)
{
    const string DigestJob = "digest";
    const string SilenceJob = "silence";

    /// <summary>When nobody works, and before the digests.</summary>
    static readonly TimeOnly Night = new(2, 0);

    static readonly ImmutableArray<string> Jobs = [DigestJob, SilenceJob];

    public DueSource Source => new(NextDueAsync, RunAsync, OncePerAdvance: true);

    WorkflowEngine Engine => services.GetRequiredService<WorkflowEngine>();

    /// <summary>Gives a job that has never run its first moment.</summary>
    public async Task PrepareAsync(CancellationToken ct)
    {
        var now = await Engine.Clock.NowAsync(ct);
        await using var db = databases.Create();
        foreach (var name in Jobs)
        {
            if (await Find(db, name).AnyAsync(ct)) continue;
            db.CalendarJobs.Add(new CalendarJobRow
            {
                TenantId = WorkflowDb.DefaultTenant, Name = name, NextDue = Next(name, now),
            });
        }
        await db.SaveChangesAsync(ct);
    }

    async Task<DateTimeOffset?> NextDueAsync(CancellationToken ct)
    {
        var now = await Engine.Clock.NowAsync(ct);
        await using var db = databases.Create();
        var jobs = await db.CalendarJobs.Where(row => row.TenantId == WorkflowDb.DefaultTenant).ToListAsync(ct);
        // A clock set back must not wait for the day it came from; what is told of a day is told once all the same.
        foreach (var job in jobs.Where(job => job.NextDue > Next(job.Name, now))) job.NextDue = Next(job.Name, now);
        await db.SaveChangesAsync(ct);
        return jobs.Count == 0 ? null : jobs.Min(job => job.NextDue);
    }

    async Task RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var db = databases.Create();
        var due = await db.CalendarJobs.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.NextDue <= now)
            .OrderBy(row => row.NextDue).ToListAsync(ct);
        foreach (var job in due) await RunAsync(job, now, ct);
    }

    async Task RunAsync(CalendarJobRow job, DateTimeOffset now, CancellationToken ct)
    {
        var next = Next(job.Name, now);
        var (rows, messages) = job.Name == SilenceJob
            ? await services.GetRequiredService<Silence>().NightAsync(now, ct)
            : ((_, _) => Task.CompletedTask, await services.GetRequiredService<Digest>()
                .PlanAsync(LocalTime.DayOf(now, settings.Zone), ct));
        // Another node may have been first: then the veto takes everything back.
        await Engine.RecordAsync(Scope.Engine, HistoryChain.Settings, new CommitExtras
        {
            Outbox = messages,
            HostRows = async (commit, token) =>
            {
                await using var inside = databases.On(commit.Connection, commit.Transaction);
                var moved = await Find(inside, job.Name).Where(row => row.NextDue == job.NextDue)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.NextDue, next), token);
                if (moved == 0)
                    return new EngineAnswer.Rejected(EngineRejection.InvalidState, "Another node was first.");
                await rows(inside, token);
                return null;
            },
        }, ct);
    }

    static IQueryable<CalendarJobRow> Find(ProductDb db, string name) =>
        db.CalendarJobs.Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.Name == name);

    // Digest rows are planned soon after midnight, for the hour of each person.
    DateTimeOffset Next(string name, DateTimeOffset now)
    {
        var day = LocalTime.DayOf(now, settings.Zone);
        var time = name == SilenceJob ? Night : TimeOnly.MinValue;
        bool Works(DateOnly one) => name == SilenceJob || calendar.IsWorkingDay(one);
        while (!Works(day) || WorkingHours.At(day, time, settings.Zone) <= now) day = day.AddDays(1);
        return WorkingHours.At(day, time, settings.Zone);
    }
}
