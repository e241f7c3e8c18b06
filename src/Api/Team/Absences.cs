using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Team;

/// <summary>An absence as the browser and the audit see it.</summary>
/// <param name="Reason">Why it was refused; null otherwise.</param>
public sealed record Absence(
    string Id, Person Person, DateOnly From, DateOnly To, Person? Substitute, AbsenceScope Scope,
    string? Authorisation, AbsenceState State, Person RegisteredBy, Person? AcceptedBy, string? Reason)
{
    public static Absence Of(AbsenceRow row, IReadOnlyDictionary<string, string> names)
    {
        return new(
            row.Id, PersonOf(row.UserName)!, row.From, row.To, PersonOf(row.Substitute), row.Scope, row.Authorisation,
            row.State, PersonOf(row.RegisteredBy)!, PersonOf(row.AcceptedBy), row.Reason);

        Person? PersonOf(string? user) =>
            user is null ? null : new Person(user, names.GetValueOrDefault(user, user));
    }
}

/// <summary>Rules of absences and substitution (docs/decisions/0009).</summary>
static class AbsenceRules
{
    public const string Tenant = WorkflowDb.DefaultTenant;
    public const int DaysMax = 366;
    public const int AuthorisationLengthMax = 200;

    /// <summary>Rights of people at the moment of the change; null for who is unknown or disabled.</summary>
    public static async Task<ImmutableArray<string>?> RolesAsync(ProductDb db, string userName, CancellationToken ct)
    {
        var id = await db.Users.Where(row => row.UserName == userName && !row.Disabled).Select(row => row.Id)
            .FirstOrDefaultAsync(ct);
        return id is null ? null : [.. await CaseAccess.RolesOf(db, id).ToListAsync(ct)];
    }

    /// <summary>
    /// Why this absence cannot be; null when it can. Looked at inside the transaction that stores it.
    /// </summary>
    public static async Task<string?> WhyNotAsync(ProductDb db, AbsenceRow row, CancellationToken ct)
    {
        if (await RolesAsync(db, row.UserName, ct) is not { } roles)
            return $"Nie ma czynnego konta „{row.UserName}”.";
        var others = await db.Absences.AsNoTracking()
            .Where(other => other.TenantId == Tenant && other.Id != row.Id
                && (other.State == AbsenceState.Requested || other.State == AbsenceState.Accepted)
                && other.From <= row.To && other.To >= row.From)
            .ToListAsync(ct);
        if (others.Exists(other => other.UserName == row.UserName))
            return "W tym czasie jest już zgłoszona nieobecność tej osoby. Zakończ ją albo zmień daty.";
        if (row.Substitute is not { } substitute) return null;
        if (substitute == row.UserName) return "Nikt nie zastępuje samego siebie. Wskaż inną osobę.";
        if (await RolesAsync(db, substitute, ct) is not { } standing)
            return $"Nie ma czynnego konta „{substitute}”. Wybierz zastępcę z listy.";
        if (others.Exists(other => other.UserName == substitute))
            return "Wskazany zastępca sam jest w tym czasie nieobecny. Wskaż inną osobę.";
        if (others.Exists(other => other.Substitute == row.UserName))
        {
            return "Ta osoba sama kogoś w tym czasie zastępuje, a zastępstw się nie łączy. Najpierw zmień tamto " +
                "zastępstwo albo zgłoś nieobecność bez zastępcy.";
        }
        if (RoleRules.Exclude([.. roles, .. standing])) return RoleRules.Why;
        if (standing is [Roles.Admin] || standing.IsEmpty)
            return "Wskazana osoba nie pracuje ze sprawami. Wskaż inną.";
        return row.Scope == AbsenceScope.All && row.Authorisation is null && roles.Except(standing).Any()
            ? "Zastępca nie ma roli osoby zastępowanej. Podaj podstawę i numer upoważnienia albo ogranicz zakres do " +
                "zadań."
            : null;
    }

    /// <summary>Who may say yes: above the absent person, and neither she nor her substitute.</summary>
    public static string? WhyNotAccept(Scope scope, AbsenceRow row, ImmutableArray<string> roles)
    {
        if (scope.User == row.UserName || scope.User == row.Substitute)
            return "Zastępstwo zatwierdza ktoś inny niż osoba nieobecna i jej zastępca.";
        if (scope.EngineAll) return null;
        var leads = roles.Contains(CaseAccess.Head) || roles.Contains(CaseAccess.Coordinator);
        return scope.Groups.Contains(CaseAccess.Head) || scope.Groups.Contains(leads ? "mayor" : CaseAccess.Coordinator)
            ? null
            : "Zastępstwo kierownika i koordynatora zatwierdza kierownik albo burmistrz, innych osób koordynator.";
    }

    /// <summary>What waits for a yes or no that this person may say; else why she says neither.</summary>
    public static async Task<(AbsenceRow? Row, Change.Refused? Refusal)> WaitingAsync(
        ProductDb db, Scope scope, string id, CancellationToken ct)
    {
        var row = await db.Absences.FirstOrDefaultAsync(r => r.TenantId == Tenant && r.Id == id, ct);
        if (row is null) return (null, EndAbsence.Unknown);
        if (row.State != AbsenceState.Requested)
        {
            return (null, new Change.Refused(
                EngineRejection.InvalidState, "Ta nieobecność nie czeka na zatwierdzenie."));
        }
        var roles = await RolesAsync(db, row.UserName, ct) ?? [];
        return WhyNotAccept(scope, row, roles) is { } forbidden
            ? (null, new Change.Refused(EngineRejection.Forbidden, forbidden))
            : (row, null);
    }

    public static async Task<Dictionary<string, string>> NamesAsync(ProductDb db, CancellationToken ct) =>
        await db.Users.AsNoTracking().ToDictionaryAsync(
            row => row.UserName!, row => row.DisplayName, StringComparer.Ordinal, ct);

    public static object Facts(AbsenceRow row) => new
    {
        row.UserName, row.From, row.To, row.Substitute, row.Scope, row.Authorisation, row.State, row.AcceptedBy,
        row.Reason,
    };
}

/// <summary>Registers an absence: one's own, or as coordinator or head that of a colleague.</summary>
/// <param name="UserName">Null: the caller's own.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record RegisterAbsence(
    Scope Scope, string? UserName, DateOnly? From, DateOnly? To, string? Substitute, AbsenceScope What,
    string? Authorisation) : IUseCase<Absence>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (From is not { } from) yield return ("from", "Podaj pierwszy dzień nieobecności.");
        else if (To is not { } to) yield return ("to", "Podaj ostatni dzień nieobecności.");
        else if (to < from) yield return ("to", "Ostatni dzień nie może być wcześniejszy niż pierwszy.");
        else if (to.DayNumber - from.DayNumber >= AbsenceRules.DaysMax)
            yield return ("to", "Nieobecność trwa najwyżej rok; dłuższą zgłoś w częściach.");
        if (Authorisation?.Length > AbsenceRules.AuthorisationLengthMax)
            yield return ("authorisation", "Podstawa i numer upoważnienia: najwyżej 200 znaków.");
    }

    public sealed class Handler(AuditLog audit, ProductDbFactory databases)
        : IRequestHandler<RegisterAbsence, UseCaseResult<Absence>>
    {
        public async Task<UseCaseResult<Absence>> Handle(RegisterAbsence request, CancellationToken cancellationToken)
        {
            var scope = request.Scope;
            var absent = request.UserName ?? scope.User;
            if (absent != scope.User && !Lead.Is(scope))
            {
                return new UseCaseResult<Absence>.Refused(
                    EngineRejection.Forbidden, "Nieobecność innej osoby zgłasza koordynator albo kierownik.");
            }
            var id = Guid.CreateVersion7().ToString("N");
            AbsenceRow? stored = null;
            var refused = await audit.ChangeAsync(scope, HistoryChain.Absences, async (db, at, ct) =>
            {
                stored = new AbsenceRow
                {
                    TenantId = AbsenceRules.Tenant,
                    Id = id,
                    UserName = absent,
                    From = request.From!.Value,
                    To = request.To!.Value,
                    Substitute = request.Substitute is { Length: > 0 } substitute ? substitute : null,
                    Scope = request.What,
                    Authorisation = request.Authorisation is { Length: > 0 } basis ? basis : null,
                    State = AbsenceState.Requested,
                    RegisteredBy = scope.User,
                    RegisteredAt = at,
                };
                if (await AbsenceRules.WhyNotAsync(db, stored, ct) is { } why)
                    return new Change.Refused(EngineRejection.InvalidState, why);
                db.Absences.Add(stored);
                return new Change.Done("AbsenceRegistered", id, null, AbsenceRules.Facts(stored));
            }, ct: cancellationToken);
            if (refused is not null) return new UseCaseResult<Absence>.Refused(refused.Code, refused.Message);
            await using var db = databases.Create();
            return new UseCaseResult<Absence>.Done(
                Absence.Of(stored!, await AbsenceRules.NamesAsync(db, cancellationToken)));
        }
    }
}

/// <summary>Puts an absence and its substitution in force.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator, "mayor")]
public sealed record AcceptAbsence(Scope Scope, string Id) : IUseCase<Unit>
{
    public sealed class Handler(AuditLog audit) : IRequestHandler<AcceptAbsence, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(AcceptAbsence request, CancellationToken cancellationToken)
        {
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Absences, async (db, at, ct) =>
            {
                var (row, refusal) = await AbsenceRules.WaitingAsync(db, request.Scope, request.Id, ct);
                if (row is null) return refusal!;
                if (await AbsenceRules.WhyNotAsync(db, row, ct) is { } why)
                    return new Change.Refused(EngineRejection.InvalidState, why);
                var before = AbsenceRules.Facts(row);
                row.State = AbsenceState.Accepted;
                row.AcceptedBy = request.Scope.User;
                row.AcceptedAt = at;
                return new Change.Done("AbsenceAccepted", row.Id, before, AbsenceRules.Facts(row));
            }, ct: cancellationToken);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>Says no to an absence that was asked for; the reason is shown to whoever asked.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator, "mayor")]
public sealed record RefuseAbsence(Scope Scope, string Id, string? Reason) : IUseCase<Unit>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems() => Reasons.Check(Reason);

    public sealed class Handler(AuditLog audit) : IRequestHandler<RefuseAbsence, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(RefuseAbsence request, CancellationToken cancellationToken)
        {
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Absences, async (db, at, ct) =>
            {
                var (row, refusal) = await AbsenceRules.WaitingAsync(db, request.Scope, request.Id, ct);
                if (row is null) return refusal!;
                var before = AbsenceRules.Facts(row);
                row.State = AbsenceState.Refused;
                row.Reason = request.Reason!.Trim();
                row.EndedBy = request.Scope.User;
                row.EndedAt = at;
                return new Change.Done("AbsenceRefused", row.Id, before, AbsenceRules.Facts(row));
            }, ct: cancellationToken);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>
/// Ends an absence at once, or takes back what was asked for. What the substitute took in the absent person's place and
/// has not finished goes back.
/// </summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record EndAbsence(Scope Scope, string Id) : IUseCase<Unit>
{
    internal static readonly Change.Refused Unknown = new(
        EngineRejection.NotFound, "Nie ma takiej nieobecności. Odśwież listę.");

    public sealed class Handler(AuditLog audit, Substitutions substitutions)
        : IRequestHandler<EndAbsence, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(EndAbsence request, CancellationToken cancellationToken)
        {
            var extras = new CommitExtras
            {
                Commands = await substitutions.GivenBackAsync(
                    request.Id, Substitutions.EndedEarly, cancellationToken),
            };
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Absences, async (db, at, ct) =>
            {
                var row = await db.Absences.FirstOrDefaultAsync(
                    r => r.TenantId == AbsenceRules.Tenant && r.Id == request.Id, ct);
                var hers = row is not null && (row.UserName == request.Scope.User
                    || row.RegisteredBy == request.Scope.User || Lead.Is(request.Scope));
                if (row is null || !hers) return Unknown;
                if (row.State is AbsenceState.Ended or AbsenceState.Refused)
                    return new Change.Refused(EngineRejection.InvalidState, "Ta nieobecność już się zakończyła.");
                if (row.State == AbsenceState.Requested && row.UserName != request.Scope.User
                    && row.RegisteredBy != request.Scope.User && !request.Scope.EngineAll)
                {
                    return new Change.Refused(
                        EngineRejection.InvalidState,
                        "Zgłoszenie może cofnąć osoba nieobecna albo ta, która je wpisała. Możesz je odrzucić z " +
                        "powodem.");
                }
                var before = AbsenceRules.Facts(row);
                row.State = AbsenceState.Ended;
                row.EndedBy = request.Scope.User;
                row.EndedAt = at;
                return new Change.Done("AbsenceEnded", row.Id, before, AbsenceRules.Facts(row));
            }, extras, cancellationToken);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>
/// Ends substitutions whose last day has passed, and gives back what was taken in the absent person's place and not
/// finished: to the group it was offered to, or by name to her.
/// </summary>
public sealed class Substitutions(
    AuditLog audit, ProductDbFactory databases, Func<WorkflowDb> workflows, Settings settings)
{
    public const string EndedEarly = "Zastępstwo zakończono przed terminem; zadania nie ukończono.";
    const string DaysOver = "Zastępstwo skończyło się z ostatnim dniem nieobecności; zadania nie ukończono.";

    /// <summary>Midnight after the last day of the absence that ends first; null when none is in force.</summary>
    public async Task<DateTimeOffset?> NextEndAsync(CancellationToken ct)
    {
        await using var db = databases.Create();
        var last = await InForce(db).MinAsync(row => (DateOnly?)row.To, ct);
        return last is { } day ? LocalTime.StartOfDay(day.AddDays(1), settings.Zone) : null;
    }

    /// <summary>Ends every absence whose last day lies before the given moment.</summary>
    public async Task EndAsync(DateTimeOffset now, CancellationToken ct)
    {
        var today = LocalTime.DayOf(now, settings.Zone);
        await using var db = databases.Create();
        var over = await InForce(db).Where(row => row.To < today).OrderBy(row => row.To).Select(row => row.Id)
            .ToListAsync(ct);
        foreach (var id in over)
        {
            var extras = new CommitExtras { Commands = await GivenBackAsync(id, DaysOver, ct) };
            // Refused: another node, or a person, was there first.
            await audit.ChangeAsync(Scope.Engine, HistoryChain.Absences, async (rows, at, token) =>
            {
                var row = await InForce(rows).FirstOrDefaultAsync(r => r.Id == id, token);
                if (row is null) return EndAbsence.Unknown;
                var before = AbsenceRules.Facts(row);
                row.State = AbsenceState.Ended;
                row.EndedBy = Scope.Engine.User;
                row.EndedAt = at;
                return new Change.Done("AbsenceEnded", row.Id, before, AbsenceRules.Facts(row));
            }, extras, ct);
        }
    }

    /// <summary>What gives every task back that the substitute took in her place and still has.</summary>
    /// <param name="why">Stands in the history of each task.</param>
    public async Task<ImmutableArray<QueuedCommand>> GivenBackAsync(string id, string why, CancellationToken ct)
    {
        await using var db = databases.Create();
        var row = await InForce(db).AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, ct);
        if (row?.Substitute is not { } substitute) return [];
        await using var engine = workflows();
        var documents = await (
            from instance in engine.ProcessInstances
            where engine.UserTasks.Any(t => t.ProcessInstanceKey == instance.Key && t.State == Status.Created
                && t.Assignee == substitute)
            select instance.StateDocument).ToListAsync(ct);
        return
        [
            .. documents.Select(document => EngineJson.ReadInstance(document)).SelectMany(instance =>
                instance.UserTasks.Values
                    .Where(task => task.Assignee == substitute && task.OnBehalfOf == row.UserName)
                    .Select(task => new QueuedCommand(instance.Key, Back(task, row.UserName, why)))),
        ];
    }

    static IQueryable<AbsenceRow> InForce(ProductDb db) => db.Absences.Where(
        row => row.TenantId == AbsenceRules.Tenant && row.State == AbsenceState.Accepted);

    // A task that nobody could take again goes to the returned person by name.
    static Command Back(UserTaskInstance task, string absent, string why) =>
        task.CandidateGroups.IsEmpty && task.CandidateUsers.IsEmpty
            ? new AssignUserTask(task.Key, absent, Reason: why)
            : new UnassignUserTask(task.Key, why);
}

/// <summary>Who leads the team: registers absences, sets limits, gives tasks and cases to others.</summary>
static class Lead
{
    public static bool Is(Scope scope) =>
        scope.EngineAll || scope.Groups.Contains(CaseAccess.Head) || scope.Groups.Contains(CaseAccess.Coordinator);
}
