using System.Collections.Immutable;
using System.Globalization;
using Api.Access;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Api.Team;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Notifications;

/// <summary>
/// The nightly proof that no case is silent: each open case has a step that somebody able and authorised can take by a
/// date, or waits for something named and will be looked at again on a date. What cannot be proven goes to the
/// coordinator the same night.
/// </summary>
public sealed class Silence(
    Func<WorkflowDb> workflows, ProductDbFactory databases, Assignees assignees, EngineClock clock, Settings settings)
{
    /// <summary>Cases looked at with one reading of the tables.</summary>
    const int CasesAtOnce = 200;

    /// <param name="ElementId">Where, if it is one place.</param>
    public sealed record Finding(string CaseNo, string Kind, string? ElementId);

    public const string NothingRuns = "nothing-runs";

    static readonly Dictionary<string, string> Polish = new(StringComparer.Ordinal)
    {
        [NothingRuns] = "Sprawa jest otwarta, ale nie toczy się w niej żadna procedura",
        ["stopped"] = "Procedura zatrzymała się na przeszkodzie, którą ktoś musi usunąć",
        ["not-carried-out"] = "Polecenie dla innej procedury nie zostało wykonane",
        ["no-date"] = "Krok nie ma terminu",
        ["nobody"] = "Nie ma nikogo, kto może wykonać krok",
        ["away"] = "Każdy, kto może wykonać krok, jest nieobecny i nie ma zastępcy",
        ["no-review"] = "Sprawa na coś czeka, a nie ma daty, w której ktoś do niej wróci",
    };

    public static string Words(string kind) => Polish.GetValueOrDefault(kind, kind);

    /// <summary>Everything that cannot be proven at this moment, and over how many open cases it was asked.</summary>
    public async Task<(int Cases, ImmutableArray<Finding> Findings)> ProveAsync(CancellationToken ct)
    {
        await using var db = databases.Create();
        var open = await db.Cases.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.Status == CaseStatus.Open)
            .OrderBy(row => row.CaseNo).Select(row => row.CaseNo).ToListAsync(ct);
        var staff = await StaffAsync(db, ct);
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var some in open.Chunk(CasesAtOnce)) findings.AddRange(await ProveAsync(some, staff, ct));
        return (open.Count, findings.ToImmutable());
    }

    /// <param name="Away">People who are absent today and whose tasks nobody may take in their place.</param>
    sealed record Staff(Dictionary<string, HashSet<string>> Roles, HashSet<string> Away);

    async Task<Staff> StaffAsync(ProductDb db, CancellationToken ct)
    {
        var today = LocalTime.DayOf(await clock.NowAsync(ct), settings.Zone);
        var held = await (
            from account in db.Users
            join membership in db.UserRoles on account.Id equals membership.UserId
            join role in db.Roles on membership.RoleId equals role.Id
            where !account.Disabled
            select new { account.UserName, role.Name }).AsNoTracking().ToListAsync(ct);
        var roles = held.GroupBy(one => one.UserName!, StringComparer.Ordinal).ToDictionary(
            one => one.Key, one => one.Select(role => role.Name!).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal);
        var absent = await db.Absences.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.State == AbsenceState.Accepted
                && row.From <= today && row.To >= today)
            .Select(row => new { row.UserName, row.Substitute }).ToListAsync(ct);
        return new Staff(roles, absent.Where(one => one.Substitute is null || !roles.ContainsKey(one.Substitute))
            .Select(one => one.UserName).ToHashSet(StringComparer.Ordinal));
    }

    async Task<IEnumerable<Finding>> ProveAsync(string[] caseNos, Staff staff, CancellationToken ct)
    {
        var tags = caseNos.Select(no => CaseView.TagPrefix + no).ToArray();
        await using var db = workflows();
        var instances = await (
            from tag in db.ProcessInstanceTags
            join instance in db.ProcessInstances on tag.ProcessInstanceKey equals instance.Key
            where tags.Contains(tag.Tag) && instance.State == Status.Active
            select new { tag.Tag, instance.Key }).AsNoTracking().ToListAsync(ct);
        var keys = instances.Select(one => one.Key).ToArray();
        var caseOf = instances.ToDictionary(one => one.Key, one => one.Tag[CaseView.TagPrefix.Length..]);
        var findings = new List<Finding>();
        void Find(long instance, string kind, string? element = null) =>
            findings.Add(new Finding(caseOf[instance], kind, element));

        var tasks = await db.UserTasks.AsNoTracking()
            .Where(row => keys.Contains(row.ProcessInstanceKey) && row.State == Status.Created).ToListAsync(ct);
        foreach (var task in tasks)
        {
            if (task.DueDate is null) Find(task.ProcessInstanceKey, "no-date", task.ElementId);
            if (await WhyNobodyAsync(db, task, staff, ct) is { } kind)
                Find(task.ProcessInstanceKey, kind, task.ElementId);
        }
        foreach (var incident in await db.Incidents.AsNoTracking()
            .Where(row => keys.Contains(row.ProcessInstanceKey) && row.State == Status.Active).ToListAsync(ct))
        {
            Find(incident.ProcessInstanceKey, "stopped", incident.ElementId);
        }
        foreach (var command in await db.CommandQueue.AsNoTracking()
            .Where(row => keys.Contains(row.ProcessInstanceKey) && row.State == Status.Dead)
            .Select(row => row.ProcessInstanceKey).Distinct().ToListAsync(ct))
        {
            Find(command, "not-carried-out");
        }
        // A timer on the task itself only reminds; every other brings the case back to somebody.
        var timers = await db.Timers.AsNoTracking().Where(row => keys.Contains(row.ProcessInstanceKey))
            .Select(row => new { row.ProcessInstanceKey, row.ElementId }).ToListAsync(ct);
        var reminding = tasks.Select(task => (task.ProcessInstanceKey, task.ElementId)).ToHashSet();
        var moving = tasks.Select(task => caseOf[task.ProcessInstanceKey]).Concat(
            timers.Where(one => !reminding.Contains((one.ProcessInstanceKey, one.ElementId)))
                .Select(one => caseOf[one.ProcessInstanceKey])).ToHashSet(StringComparer.Ordinal);
        var alive = caseOf.Values.ToHashSet(StringComparer.Ordinal);
        findings.AddRange(caseNos.Where(no => !alive.Contains(no)).Select(no => new Finding(no, NothingRuns, null)));
        var told = findings.Select(one => one.CaseNo).ToHashSet(StringComparer.Ordinal);
        findings.AddRange(alive.Where(no => !moving.Contains(no) && !told.Contains(no))
            .Select(no => new Finding(no, "no-review", null)));
        return findings;
    }

    async Task<string?> WhyNobodyAsync(WorkflowDb db, UserTaskRow task, Staff staff, CancellationToken ct)
    {
        var able = task.Assignee is { } assignee
            ? [assignee]
            : staff.Roles.Where(one => TaskItems.Offers(task, one.Key, one.Value)).Select(one => one.Key)
                .ToHashSet(StringComparer.Ordinal);
        able.IntersectWith(staff.Roles.Keys);
        if (await assignees.BarredAsync(task, ct) is { } barred) able.RemoveWhere(barred.Is);
        if (able.Count == 0) return "nobody";
        return able.IsSubsetOf(staff.Away) ? "away" : null;
    }

    // ---- what is kept of it -----------------------------------------------------------------------------------

    /// <summary>The rows of a night's proof and the messages to those who must look.</summary>
    public async Task<(Func<ProductDb, CancellationToken, Task> Rows, ImmutableArray<OutboxMessage> Messages)>
        NightAsync(DateTimeOffset at, CancellationToken ct)
    {
        var night = LocalTime.DayOf(at, settings.Zone);
        var (cases, findings) = await ProveAsync(ct);
        var unproven = findings.Select(one => one.CaseNo).Distinct(StringComparer.Ordinal).Count();
        await using var reader = databases.Create();
        // The head too: of cases with restricted access the coordinator is told nothing.
        var told = await Planning.HoldersAsync(reader, [CaseAccess.Coordinator, CaseAccess.Head], ct);
        ImmutableArray<OutboxMessage> messages = unproven == 0
            ? []
            :
            [
                .. told.Select(user => new OutboxMessage(
                    string.Create(CultureInfo.InvariantCulture, $"silence/{user}/{night:yyyy-MM-dd}/{Ledger.Email}"),
                    $"{NoticeKind.SilenceReport}", user, new Told(NoticeKind.SilenceReport).Write(), at)),
            ];
        return (async (db, token) =>
        {
            if (await db.SilenceProofs.AnyAsync(
                row => row.TenantId == WorkflowDb.DefaultTenant && row.Night == night, token)) return;
            db.SilenceProofs.Add(new SilenceProofRow
            {
                TenantId = WorkflowDb.DefaultTenant, Night = night, At = at, Cases = cases, Unproven = unproven,
            });
            foreach (var (caseNo, of) in findings.GroupBy(one => one.CaseNo, StringComparer.Ordinal)
                .Select(one => (one.Key, one.ToList())))
            {
                db.SilenceFindings.AddRange(of.Select((one, number) => new SilenceFindingRow
                {
                    TenantId = WorkflowDb.DefaultTenant, Night = night, CaseNo = caseNo, Number = number,
                    Kind = one.Kind, ElementId = one.ElementId,
                }));
            }
            await db.SaveChangesAsync(token);
        }, messages);
    }
}
