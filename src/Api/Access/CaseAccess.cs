using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Text.Json.Serialization;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>Why somebody may look into a case; the first that holds, in this order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CaseRelation>))]
public enum CaseRelation
{
    /// <summary>Social worker or assistant of the case, or somebody with an open task assigned to her.</summary>
    [JsonStringEnumMemberName("team")]
    Team,

    /// <summary>Head of the centre; coordinator, unless the case is restricted.</summary>
    [JsonStringEnumMemberName("supervisor")]
    Supervisor,

    /// <summary>Stands in for one of those today, with everything that is theirs.</summary>
    [JsonStringEnumMemberName("substitute")]
    Substitute,

    /// <summary>With a recorded reason, for half an hour.</summary>
    [JsonStringEnumMemberName("breakGlass")]
    BreakGlass,

    /// <summary>
    /// May take an open task of it, or completed one lately: sees the task and who the case is about, nothing more.
    /// </summary>
    [JsonStringEnumMemberName("task")]
    Task,
}

/// <summary>
/// Need to know per case (docs/decisions/0009). Everything is derived from the rows of the engine and of the case:
/// there is no second list of who belongs to a case that could disagree with them.
/// </summary>
public sealed class CaseAccess(
    ProductDbFactory databases, Queries queries, WorkflowEngine engine, ReadLog readings, Settings settings,
    TimeProvider time)
{
    public const string Head = "head";
    public const string Coordinator = "team_lead";

    /// <summary>The words of whoever opens a restricted case, percent-encoded where they are not ASCII.</summary>
    public const string PurposeHeader = "X-Purpose";

    /// <summary>Roles that work with families: an open task of a case makes them part of its team.</summary>
    public static readonly ImmutableArray<string> CaseRoles =
        ["social_worker", "benefits_worker", "assistant", Coordinator, Head];

    const string Tenant = WorkflowDb.DefaultTenant;

    /// <summary>
    /// The role's rights, and with them the cases she may see at this moment and whom she stands in for.
    /// </summary>
    public async Task<Scope> WidenAsync(Scope scope, CancellationToken ct)
    {
        if (scope.EngineAll || scope.DefinitionsOnly) return scope;
        var now = await engine.Clock.NowAsync(ct);
        await using var db = databases.Create();
        var absent = await AbsentAsync(db, scope.User, DayOf(now), ct);
        ImmutableArray<Substitution> whole = [.. absent.Where(a => a.Scope == AbsenceScope.All).Select(a => a.For)];
        return scope with
        {
            ActsFor = [.. absent.Select(a => a.Scope == AbsenceScope.All ? a.For : a.For with { Groups = [] })],
            Cases = await ViewAsync(db, scope, whole, ct),
            DecidedSince = now - settings.ViewAfterDecision,
        };
    }

    /// <summary>What the case is to the caller; null when she may not know of it, or there is none.</summary>
    /// <param name="scope">As <see cref="WidenAsync"/> made it: every request has it.</param>
    public async Task<CaseRelation?> RelationAsync(Scope scope, string caseNo, CancellationToken ct = default)
    {
        if (scope.DefinitionsOnly) return null;
        await using var db = databases.Create();
        var row = await db.Cases.AsNoTracking()
            .FirstOrDefaultAsync(r => r.TenantId == Tenant && r.CaseNo == caseNo, ct);
        if (row is null) return null;
        if (scope.EngineAll) return CaseRelation.Supervisor;
        var tag = CaseView.TagPrefix + caseNo;
        if (scope.Cases.Shows(tag))
        {
            if ((await TeamCasesAsync(db, scope.User, scope.Groups, ct)).Contains(caseNo)) return CaseRelation.Team;
            if (Supervises(scope.Groups, row.Restricted)) return CaseRelation.Supervisor;
            return await IsOpenAsync(db, scope.User, caseNo, ct) && !await IsOfAbsentAsync(db, scope, row, ct)
                ? CaseRelation.BreakGlass
                : CaseRelation.Substitute;
        }
        return (await queries.TagsOfTasksAsync(scope, tag, ct)).IsEmpty ? null : CaseRelation.Task;
    }

    /// <summary>The cases that exist for the caller, for lists, counts and searches over the table of cases.</summary>
    public async Task<Expression<Func<CaseRow, bool>>> VisibleAsync(Scope scope, CancellationToken ct = default)
    {
        if (scope.EngineAll) return row => row.TenantId == Tenant;
        if (scope.DefinitionsOnly) return row => false;
        var ofTasks = await queries.TagsOfTasksAsync(scope, null, ct);
        var shown = Numbers(scope.Cases.Tags.Concat(ofTasks));
        if (!scope.Cases.All) return row => row.TenantId == Tenant && shown.Contains(row.CaseNo);
        var except = Numbers(scope.Cases.Except);
        return row => row.TenantId == Tenant && (shown.Contains(row.CaseNo) || !except.Contains(row.CaseNo));
    }

    /// <summary>
    /// The door of everything that shows a case: asks for the relation, in a restricted case for the purpose, and
    /// writes the reading log. Either the relation or the refusal is null.
    /// </summary>
    /// <param name="what">As in <see cref="ReadLog.AddAsync"/>; null where nothing is shown that must be
    /// logged.</param>
    /// <param name="content">History, documents, people: more than a relation by task shows.</param>
    public Task<(CaseRelation? Relation, IResult? Refusal)> EnterAsync(
        HttpContext http, string caseNo, string? what, bool content = true, CancellationToken ct = default) =>
        EnterAsync(http.Scope(), PurposeOf(http), caseNo, what, content, ct);

    /// <inheritdoc cref="EnterAsync(HttpContext, string, string?, bool, CancellationToken)"/>
    public async Task<(CaseRelation? Relation, IResult? Refusal)> EnterAsync(
        Scope scope, string? purpose, string caseNo, string? what, bool content, CancellationToken ct)
    {
        var relation = await RelationAsync(scope, caseNo, ct);
        if (relation is null) return (null, Unknown(caseNo));
        if (await IsErasedAsync(caseNo, ct)) return (null, Erased(caseNo));
        if (content && relation == CaseRelation.Task) return (null, Unknown(caseNo));
        if (purpose is null && await NeedsPurposeAsync(scope, relation.Value, caseNo, ct))
            return (null, PurposeRequired);
        if (what is not null) await readings.AddAsync(scope, caseNo, what, purpose, ct);
        return (relation, null);
    }

    /// <summary>Whoever only has a task in the case, or broke its glass to read it, adds nothing to the file.</summary>
    public static bool MayWrite(CaseRelation relation) =>
        relation is not (CaseRelation.Task or CaseRelation.BreakGlass);

    /// <summary>Writes into the reading log what has just been found for her and is about to be shown.</summary>
    public Task LogAsync(HttpContext http, string caseNo, string what) =>
        readings.AddAsync(http.Scope(), caseNo, what, PurposeOf(http), http.RequestAborted);

    /// <summary>When the glass she broke closes again; null when none is open.</summary>
    public async Task<DateTimeOffset?> OpenUntilAsync(Scope scope, string caseNo, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var db = databases.Create();
        return await db.BreakGlass.Where(b => b.UserName == scope.User && b.CaseNo == caseNo && b.Until > now)
            .MaxAsync(b => (DateTimeOffset?)b.Until, ct);
    }

    /// <summary>A restricted case opened by somebody who does not work in it.</summary>
    public async Task<bool> NeedsPurposeAsync(
        Scope scope, CaseRelation relation, string caseNo, CancellationToken ct = default)
    {
        if (scope.EngineAll || relation is not (CaseRelation.Supervisor or CaseRelation.Substitute)) return false;
        await using var db = databases.Create();
        return await db.Cases.AnyAsync(r => r.TenantId == Tenant && r.CaseNo == caseNo && r.Restricted, ct);
    }

    async Task<bool> IsErasedAsync(string caseNo, CancellationToken ct)
    {
        await using var db = databases.Create();
        return await db.Cases.AnyAsync(r => r.TenantId == Tenant && r.CaseNo == caseNo && r.ErasedAt != null, ct);
    }

    static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Erased(string caseNo) => Problems.Of(
        StatusCodes.Status410Gone, "GONE",
        $"Dane sprawy {caseNo} usunięto po okresie przechowywania. Został tylko jej numer.");

    /// <summary>One answer for what is not there and for what is not hers.</summary>
    public static IResult Unknown(string caseNo) =>
        Problems.Of(404, "NOT_FOUND", Refusals.WordsForUnknownCase(caseNo));

    static IResult PurposeRequired => Problems.Of(
        StatusCodes.Status428PreconditionRequired, "PURPOSE_REQUIRED",
        "To sprawa o ograniczonym dostępie. Podaj, w jakim celu ją otwierasz; cel zostanie zapisany w rejestrze " +
        "wglądów.");

    static string? PurposeOf(HttpContext http) =>
        Uri.UnescapeDataString(http.Request.Headers[PurposeHeader].ToString()).Trim() is { Length: > 0 } words
            ? words
            : null;

    /// <summary>The day in the zone of the centre.</summary>
    public DateOnly DayOf(DateTimeOffset moment) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, settings.Zone).DateTime);

    // ---- what is derived from what --------------------------------------------------------------------------------

    async Task<CaseView> ViewAsync(
        ProductDb db, Scope scope, ImmutableArray<Substitution> absent, CancellationToken ct)
    {
        var numbers = new List<string>(await TeamCasesAsync(db, scope.User, scope.Groups, ct));
        foreach (var person in absent) numbers.AddRange(await TeamCasesAsync(db, person.User, person.Groups, ct));
        var now = time.GetUtcNow();
        numbers.AddRange(await db.BreakGlass.Where(b => b.UserName == scope.User && b.Until > now)
            .Select(b => b.CaseNo).ToListAsync(ct));
        var all = Supervises(scope.Groups, restricted: false)
            || absent.Any(person => Supervises(person.Groups, restricted: false));
        var except = all && !Supervises(scope.Groups, restricted: true)
            ? await db.Cases.Where(r => r.TenantId == Tenant && r.Restricted).Select(r => r.CaseNo).ToListAsync(ct)
            : [];
        return new CaseView(all, Tags(numbers), Tags(except));
    }

    static bool Supervises(ImmutableArray<string> groups, bool restricted) =>
        groups.Contains(Head) || (!restricted && groups.Contains(Coordinator));

    static ImmutableArray<string> Tags(IEnumerable<string> numbers) =>
        [.. numbers.Distinct(StringComparer.Ordinal).Select(no => CaseView.TagPrefix + no)];

    static string[] Numbers(IEnumerable<string> tags) =>
        [.. tags.Distinct(StringComparer.Ordinal).Select(tag => tag[CaseView.TagPrefix.Length..])];

    /// <summary>
    /// Cases whose root knows the person as its social worker or assistant, and those in which a task waits for her by
    /// name. The condition on the variables is that of the index in <c>HandWrittenSchema</c>.
    /// </summary>
    static async Task<HashSet<string>> TeamCasesAsync(
        ProductDb db, string user, ImmutableArray<string> groups, CancellationToken ct)
    {
        // Who decides, pays or registers works on a task and is not therefore of the case's team.
        var byTask = groups.Any(CaseRoles.Contains);
        var value = System.Text.Json.JsonSerializer.Serialize(user);
        var numbers = await db.Database.SqlQuery<string>(
            $"""
            select c.case_no as "Value" from variables v join cases c on c.root_instance_key = v.scope_key
            where v.name in ('assistant', 'socialWorker') and length(v.value) <= 200 and v.value = {value}
            union
            select substr(g.tag, 6) as "Value" from user_tasks t
            join process_instance_tags g on g.process_instance_key = t.process_instance_key
            where {byTask} and t.state = 'CREATED' and t.assignee is not null and t.assignee = {user}
                and g.tag like 'case:%'
            """).ToListAsync(ct);
        return numbers.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Cases whose root knows the person as its social worker or assistant.</summary>
    public static async Task<List<string>> CasesOfStaffAsync(ProductDb db, string user, CancellationToken ct)
    {
        var value = System.Text.Json.JsonSerializer.Serialize(user);
        return await db.Database.SqlQuery<string>(
            $"""
            select distinct c.case_no as "Value" from variables v join cases c on c.root_instance_key = v.scope_key
            where v.name in ('assistant', 'socialWorker') and length(v.value) <= 200 and v.value = {value}
            """).ToListAsync(ct);
    }

    async Task<bool> IsOpenAsync(ProductDb db, string user, string caseNo, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await db.BreakGlass.AnyAsync(b => b.UserName == user && b.CaseNo == caseNo && b.Until > now, ct);
    }

    static async Task<bool> IsOfAbsentAsync(ProductDb db, Scope scope, CaseRow row, CancellationToken ct)
    {
        foreach (var person in scope.ActsFor.Where(person => !person.Groups.IsEmpty))
        {
            if (Supervises(person.Groups, restricted: false) && !row.Restricted) return true;
            if ((await TeamCasesAsync(db, person.User, person.Groups, ct)).Contains(row.CaseNo)) return true;
        }
        return false;
    }

    sealed record Absent(Substitution For, AbsenceScope Scope);

    static async Task<List<Absent>> AbsentAsync(ProductDb db, string substitute, DateOnly day, CancellationToken ct)
    {
        var rows = await (
            from absence in db.Absences
            join account in db.Users on absence.UserName equals account.UserName
            where absence.TenantId == Tenant && absence.Substitute == substitute
                && absence.State == AbsenceState.Accepted && absence.From <= day && absence.To >= day
                && !account.Disabled
            select new { absence.UserName, absence.Scope, account.Id }).AsNoTracking().ToListAsync(ct);
        var found = new List<Absent>();
        foreach (var row in rows)
        {
            var groups = await RolesOf(db, row.Id).ToListAsync(ct);
            found.Add(new Absent(new Substitution(row.UserName, [.. groups]), row.Scope));
        }
        return found;
    }

    /// <summary>Role keys of an account.</summary>
    public static IQueryable<string> RolesOf(ProductDb db, string accountId) =>
        from membership in db.UserRoles
        join role in db.Roles on membership.RoleId equals role.Id
        where membership.UserId == accountId
        orderby role.Name
        select role.Name!;
}
