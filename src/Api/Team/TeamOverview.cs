using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Team;

/// <summary>
/// The people of the centre, what each has to do, who is away, and which families wait for an assistant.
/// </summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ShowTeam(Scope Scope) : IUseCase<ShowTeam.Answer>
{
    const string MonitoringProcess = "monitoring";

    /// <summary>The step of the waiting list in the procedure of assigning an assistant (P03).</summary>
    const string WaitingElement = "find-free-place";

    /// <param name="Active">Families of an assistant; 0 for others.</param>
    /// <param name="Limit">Places of an assistant: the house's, never above the law's.</param>
    /// <param name="Monitored">Families of hers whose monitoring runs (P06).</param>
    public sealed record Member(
        string UserName, string Name, IReadOnlyList<string> Roles, int Active, int Limit, int Monitored, int Overdue,
        int OpenTasks, Absence? AbsentNow);

    public sealed record Waiting(string CaseNo, string Label, int Days);

    public sealed record May(bool Manage);

    public sealed record Answer(
        IReadOnlyList<Member> People, int LimitOfLaw, IReadOnlyList<Absence> Absences, IReadOnlyList<Waiting> Waiting,
        May May);

    public sealed class Handler(
        ProductDbFactory databases, Func<WorkflowDb> workflows, WorkflowEngine engine, CaseAccess access,
        Settings settings) : IRequestHandler<ShowTeam, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ShowTeam request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            var now = await engine.Clock.NowAsync(ct);
            var today = access.DayOf(now);
            await using var db = databases.Create();
            var people = await Colleagues.OfAsync(db, null, ct);
            var names = await AbsenceRules.NamesAsync(db, ct);
            var absences = (await db.Absences.AsNoTracking()
                .Where(a => a.TenantId == AbsenceRules.Tenant && a.State != AbsenceState.Ended && a.To >= today)
                .OrderBy(a => a.From).ToListAsync(ct)).ConvertAll(row => Absence.Of(row, names));
            var places = await db.Assistants.AsNoTracking().Where(a => a.TenantId == AbsenceRules.Tenant)
                .ToDictionaryAsync(a => a.UserName, StringComparer.Ordinal, ct);
            await using var rows = workflows();
            var open = await rows.UserTasks.Where(t => t.State == Status.Created && t.Assignee != null)
                .GroupBy(t => t.Assignee!)
                .Select(g => new { User = g.Key, All = g.Count(), Late = g.Count(t => t.DueDate < now) })
                .ToDictionaryAsync(g => g.User, StringComparer.Ordinal, ct);
            var monitored = await MonitoredAsync(rows, ct);
            var members = people.Select(person => new Member(
                person.UserName, person.Name, person.Roles!,
                places.GetValueOrDefault(person.UserName)?.Active ?? 0,
                Math.Min(
                    places.GetValueOrDefault(person.UserName)?.PlacesMax ?? settings.AssistantLimit,
                    settings.AssistantLimit),
                monitored.GetValueOrDefault(person.UserName),
                open.GetValueOrDefault(person.UserName)?.Late ?? 0,
                open.GetValueOrDefault(person.UserName)?.All ?? 0,
                absences.Find(a => a.Person.UserName == person.UserName && a.State == AbsenceState.Accepted
                    && a.From <= today && a.To >= today))).ToList();
            var seen = Lead.Is(request.Scope)
                ? absences
                : absences.FindAll(a => a.State == AbsenceState.Accepted
                    || request.Scope.User == a.RegisteredBy.UserName
                    || request.Scope.User == a.Person.UserName || request.Scope.User == a.Substitute?.UserName);
            return new UseCaseResult<Answer>.Done(new Answer(
                members, AssistantRow.StatutoryLimit, seen, await WaitingAsync(rows, request.Scope, now, ct),
                new May(Lead.Is(request.Scope))));
        }

        /// <summary>Running monitorings by the assistant or social worker their instance knows.</summary>
        static async Task<Dictionary<string, int>> MonitoredAsync(WorkflowDb db, CancellationToken ct)
        {
            var values = await (
                from instance in db.ProcessInstances
                join variable in db.Variables on instance.Key equals variable.ScopeKey
                where instance.ProcessId == MonitoringProcess && instance.State == Status.Active
                    && (variable.Name == "assistant" || variable.Name == "socialWorker")
                select variable.Value).ToListAsync(ct);
            return values.Where(value => value is ['"', ..])
                .CountBy(value => JsonSerializer.Deserialize<string>(value)!, StringComparer.Ordinal)
                .ToDictionary(StringComparer.Ordinal);
        }

        static async Task<List<Waiting>> WaitingAsync(
            WorkflowDb db, Scope scope, DateTimeOffset now, CancellationToken ct)
        {
            var found = await (
                from task in db.UserTasks
                join tag in db.ProcessInstanceTags on task.ProcessInstanceKey equals tag.ProcessInstanceKey
                where task.State == Status.Created && task.ElementId == WaitingElement
                    && tag.Tag.StartsWith(CaseView.TagPrefix)
                orderby task.CreatedAt
                select new { tag.Tag, task.CreatedAt }).ToListAsync(ct);
            return
            [
                .. found.Where(row => scope.EngineAll || scope.Cases.Shows(row.Tag)).Select(row =>
                {
                    var caseNo = row.Tag[CaseView.TagPrefix.Length..];
                    return new Waiting(caseNo, caseNo, (int)(now - row.CreatedAt).TotalDays);
                }),
            ];
        }
    }
}

/// <summary>How many families an assistant may have: the house's limit, never above the law's 15.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator)]
public sealed record SetPlaces(Scope Scope, string UserName, int? Limit, string? Reason)
    : IUseCase<SetPlaces.Answer>, IChecked
{
    /// <param name="Note">What a limit below the present number means; null otherwise.</param>
    public sealed record Answer(int Limit, int Active, string? Note);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Limit is not (>= 0 and <= AssistantRow.StatutoryLimit))
        {
            yield return ("limit", string.Create(
                CultureInfo.InvariantCulture,
                $"Podaj liczbę od 0 do {AssistantRow.StatutoryLimit} (ustawa o wspieraniu rodziny, art. 15 ust. 4)."));
        }
        foreach (var problem in Reasons.Check(Reason)) yield return problem;
    }

    public sealed class Handler(AuditLog audit) : IRequestHandler<SetPlaces, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(SetPlaces request, CancellationToken cancellationToken)
        {
            var (limit, active) = (request.Limit!.Value, 0);
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Settings, async (db, _, ct) =>
            {
                if (await AbsenceRules.RolesAsync(db, request.UserName, ct) is not { } roles
                    || !roles.Contains("assistant"))
                {
                    return new Change.Refused(
                        EngineRejection.NotFound, $"Nie ma czynnego konta asystenta „{request.UserName}”.");
                }
                var row = await db.Assistants.FirstOrDefaultAsync(
                    a => a.TenantId == AbsenceRules.Tenant && a.UserName == request.UserName, ct);
                var before = row?.PlacesMax;
                if (row is null)
                {
                    row = new AssistantRow { TenantId = AbsenceRules.Tenant, UserName = request.UserName };
                    db.Assistants.Add(row);
                }
                row.PlacesMax = limit;
                active = row.Active;
                return new Change.Done(
                    "PlacesChanged", request.UserName, new { limit = before }, new { limit, request.Reason });
            }, ct: cancellationToken);
            if (refused is not null) return new UseCaseResult<Answer>.Refused(refused.Code, refused.Message);
            var note = active <= limit ? null : string.Create(
                CultureInfo.InvariantCulture,
                $"Asystent ma teraz {active} rodzin, więcej niż limit {limit}: nowych nie dostanie, obecne zostają.");
            return new UseCaseResult<Answer>.Done(new Answer(limit, active, note));
        }
    }
}

/// <summary>People who work in the centre, for pickers.</summary>
/// <param name="Role">Only who holds one of these, separated by commas; null or <c>any</c> for everybody.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record Colleagues(Scope Scope, string? Role) : IUseCase<IReadOnlyList<Person>>
{
    public sealed class Handler(ProductDbFactory databases)
        : IRequestHandler<Colleagues, UseCaseResult<IReadOnlyList<Person>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Person>>> Handle(
            Colleagues request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            return new UseCaseResult<IReadOnlyList<Person>>.Done(await OfAsync(db, request.Role, cancellationToken));
        }
    }

    /// <summary>Roles of the form property <c>staff</c> (docs/extensions.md).</summary>
    public static string[] RolesIn(string staff) =>
        staff.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Enabled accounts of persons: machine clients and administrators of procedures are no colleagues.
    /// </summary>
    internal static async Task<List<Person>> OfAsync(ProductDb db, string? role, CancellationToken ct)
    {
        var roles = role is null or FormComponent.AnyStaff ? null : RolesIn(role);
        var rows = await (
            from account in db.Users
            join membership in db.UserRoles on account.Id equals membership.UserId
            join held in db.Roles on membership.RoleId equals held.Id
            where !account.Disabled && !db.UserClaims.Any(claim =>
                claim.UserId == account.Id && claim.ClaimType == Account.RightClaim
                && claim.ClaimValue == Account.EngineAll)
            select new { account.UserName, account.DisplayName, held.Name }).AsNoTracking().ToListAsync(ct);
        return
        [
            .. rows.GroupBy(row => (row.UserName, row.DisplayName))
                .Select(group => new Person(
                    group.Key.UserName!, group.Key.DisplayName,
                    [.. group.Select(row => row.Name!).Order(StringComparer.Ordinal)]))
                .Where(person => roles is null
                    ? person.Roles is not [Roles.Admin]
                    : person.Roles!.Any(held => roles.Contains(held)))
                .OrderBy(person => person.Name, StringComparer.Ordinal),
        ];
    }
}
