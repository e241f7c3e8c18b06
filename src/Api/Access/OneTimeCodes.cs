using System.Collections.Immutable;
using System.Security.Cryptography;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>What is shown once; only its hash is kept.</summary>
/// <param name="Code">e.g. <c>7KQF-2XWM-9BHD-E4TN</c></param>
/// <param name="Until">System time; the last moment at which it sets a password.</param>
public sealed record OneTimeCode(string Code, DateTimeOffset Until);

/// <summary>
/// Ways into an account that an administrator asks for and a second person lets happen (docs/decisions/0013): so
/// nobody who administers accounts can sign in as somebody else.
/// </summary>
public sealed class AccountRequests(AuditLog audit, UserManager<Account> accounts, TimeProvider time)
{
    public static readonly TimeSpan ValidFor = TimeSpan.FromHours(24);

    /// <summary>
    /// An administrator who takes the role away from the last head must wait this long before she is alone.
    /// </summary>
    public static readonly TimeSpan SupervisionRemembered = TimeSpan.FromDays(30);

    /// <summary>Who hands codes over.</summary>
    public static readonly ImmutableArray<string> Supervising = [CaseAccess.Head, CaseAccess.Coordinator, "mayor"];

    const string Tenant = WorkflowDb.DefaultTenant;

    // 32 letters and digits that nobody takes for one another; 16 of them are 80 bits.
    const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    const int Length = 16;
    const int GroupLength = 4;

    public static bool Supervise(IEnumerable<string> roles) => roles.Any(role => Supervising.Contains(role));

    /// <summary>Asked for or handed over, and not used yet.</summary>
    public static IQueryable<AccountRequestRow> Open(ProductDb db) => db.AccountRequests.Where(row =>
        row.TenantId == Tenant
        && (row.State == AccountRequestState.Waiting || row.State == AccountRequestState.Shown));

    /// <summary>
    /// Notes that the account needs a code. In the first installation, while nobody else could hand it over, the
    /// administrator is shown it herself.
    /// </summary>
    public async Task<(EngineAnswer.Rejected? Refused, OneTimeCode? Code)> AskForCodeAsync(
        Scope scope, string userName, string reason, CancellationToken ct)
    {
        var made = Make();
        var alone = false;
        var refused = await audit.ChangeAsync(scope, HistoryChain.Accounts, async (db, _, token) =>
        {
            if (await AccountBook.FindAsync(db, userName, token) is not { Disabled: false } account)
                return AccountBook.Unknown(userName);
            var row = NewRow(scope, userName, AccountRequestKind.Code, reason, null);
            await EndOthersAsync(db, row, token);
            db.AccountRequests.Add(row);
            alone = await IsAloneAsync(db, userName, token);
            if (alone) Show(scope, row, account, made);
            return new Change.Done(
                alone ? "CodeShownToAdministrator" : "CodeRequested", userName, null, new { reason });
        }, ct: ct);
        return (refused, refused is null && alone ? made : null);
    }

    /// <summary>Links the account with a person of the directory, or asks a second person to.</summary>
    /// <returns>Whether it waits for her.</returns>
    public async Task<(EngineAnswer.Rejected? Refused, bool Waits)> AskForEntraAsync(
        Scope scope, string userName, string objectId, string reason, CancellationToken ct)
    {
        var waits = true;
        var refused = await audit.ChangeAsync(scope, HistoryChain.Accounts, async (db, _, token) =>
        {
            if (await AccountBook.FindAsync(db, userName, token) is not { } account)
                return AccountBook.Unknown(userName);
            var row = NewRow(scope, userName, AccountRequestKind.Entra, reason, objectId);
            await EndOthersAsync(db, row, token);
            db.AccountRequests.Add(row);
            waits = !await IsAloneAsync(db, userName, token);
            if (!waits)
            {
                row.State = AccountRequestState.Done;
                if (await Entra.WriteAsync(db, account, objectId, token) is { } taken) return taken;
            }
            return new Change.Done(
                waits ? "LoginRequested" : "LoginLinked", userName, null, new { entra = objectId, reason });
        }, ct: ct);
        return (refused, waits);
    }

    /// <summary>Shows the code, or puts the link in force: the second person's part.</summary>
    /// <returns>Null where nothing is to be shown.</returns>
    public async Task<(EngineAnswer.Rejected? Refused, OneTimeCode? Code)> LetHappenAsync(
        Scope scope, string id, AccountRequestKind kind, CancellationToken ct)
    {
        var made = Make();
        var refused = await audit.ChangeAsync(scope, HistoryChain.Accounts, async (db, _, token) =>
        {
            var row = await Open(db).FirstOrDefaultAsync(r => r.Id == id && r.Kind == kind, token);
            if (row is null
                || await AccountBook.FindAsync(db, row.UserName, token) is not { Disabled: false } account)
            {
                return new Change.Refused(
                    EngineRejection.NotFound, "Tej prośby już nie ma: kod wykorzystano albo prośbę cofnięto. Odśwież.");
            }
            if (WhyNot(scope, row) is { } why) return new Change.Refused(EngineRejection.Forbidden, why);
            if (kind == AccountRequestKind.Code)
            {
                Show(scope, row, account, made);
                return new Change.Done("CodeShown", row.UserName, null, new { made.Until, row.AskedBy, row.Reason });
            }
            row.State = AccountRequestState.Done;
            return await Entra.WriteAsync(db, account, row.ObjectId!, token) is { } taken
                ? taken
                : new Change.Done("LoginLinked", row.UserName, null, new { entra = row.ObjectId, row.AskedBy });
        }, ct: ct);
        return (refused, refused is null && kind == AccountRequestKind.Code ? made : null);
    }

    /// <summary>Why this person may not hand over what this row asks for; null when she may.</summary>
    public static string? WhyNot(Scope scope, AccountRequestRow row) =>
        scope.User == row.UserName ? "Kod do własnego konta przekazuje inna osoba."
        : scope.User == row.AskedBy ? "Kod przekazuje inna osoba niż ta, która o niego poprosiła."
        : null;

    /// <summary>As it is compared: people leave out the dashes or write small letters.</summary>
    public static string Plain(string typed) =>
        string.Concat(typed.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();

    OneTimeCode Make() => new(
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, Length).Chunk(GroupLength)
            .Select(group => new string(group))),
        time.GetUtcNow() + ValidFor);

    void Show(Scope scope, AccountRequestRow row, Account account, OneTimeCode made)
    {
        row.State = AccountRequestState.Shown;
        row.ShownTo = scope.User;
        row.ShownAt = time.GetUtcNow();
        row.Until = made.Until;
        row.CodeHash = accounts.PasswordHasher.HashPassword(account, Plain(made.Code));
        // Who forgot her password has usually tried until it was locked.
        account.LockoutEnd = null;
        account.AccessFailedCount = 0;
    }

    AccountRequestRow NewRow(Scope scope, string userName, AccountRequestKind kind, string reason, string? objectId) =>
        new()
        {
            TenantId = Tenant,
            Id = Guid.CreateVersion7().ToString("N"),
            UserName = userName,
            Kind = kind,
            State = AccountRequestState.Waiting,
            Reason = reason.Trim(),
            AskedBy = scope.User,
            AskedAt = time.GetUtcNow(),
            ObjectId = objectId,
        };

    static async Task EndOthersAsync(ProductDb db, AccountRequestRow next, CancellationToken ct)
    {
        var others = await Open(db).Where(row => row.UserName == next.UserName && row.Kind == next.Kind)
            .ToListAsync(ct);
        foreach (var row in others)
        {
            row.State = AccountRequestState.Ended;
            row.CodeHash = null;
        }
    }

    /// <summary>Nobody else leads the centre, or did lately: only then may she see a code herself.</summary>
    async Task<bool> IsAloneAsync(ProductDb db, string userName, CancellationToken ct)
    {
        var (roles, since) = (Supervising.ToArray(), time.GetUtcNow() - SupervisionRemembered);
        var led = await db.Users.AnyAsync(
            row => row.UserName != userName && row.SupervisedUntil != null && row.SupervisedUntil > since, ct);
        return !led && !await (
            from account in db.Users
            join membership in db.UserRoles on account.Id equals membership.UserId
            join role in db.Roles on membership.RoleId equals role.Id
            where account.UserName != userName && !account.Disabled && roles.Contains(role.Name)
                // Somebody who has never been able to sign in hands nothing over.
                && (account.PasswordHash != null || db.UserLogins.Any(login => login.UserId == account.Id)
                    || db.Set<IdentityUserPasskey<string>>().Any(passkey => passkey.UserId == account.Id))
                && !db.UserClaims.Any(claim => claim.UserId == account.Id && claim.ClaimType == Account.RightClaim
                    && claim.ClaimValue == Account.EngineAll)
            select account.Id).AnyAsync(ct);
    }
}

/// <summary>
/// The administrator asks that a person may set a new password; what she had before stays valid until then.
/// </summary>
[Policy(PolicyAttribute.Administration)]
public sealed record RequestCode(Scope Scope, string UserName, string? Reason)
    : IUseCase<RequestCode.Answer>, IChecked
{
    /// <param name="Code">Only in the first installation.</param>
    public sealed record Answer(OneTimeCode? Code);

    public IEnumerable<(string Field, string Message)> Problems() => Reasons.Check(Reason);

    public sealed class Handler(AccountRequests requests) : IRequestHandler<RequestCode, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(RequestCode request, CancellationToken cancellationToken)
        {
            var (refused, code) = await requests.AskForCodeAsync(
                request.Scope, request.UserName, request.Reason!, cancellationToken);
            return AccountBook.Result(refused, new Answer(code));
        }
    }
}

/// <summary>Takes back what was asked for an account; a code handed over before is void.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record WithdrawCode(Scope Scope, string UserName) : IUseCase<Unit>
{
    public sealed class Handler(AuditLog audit) : IRequestHandler<WithdrawCode, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(WithdrawCode request, CancellationToken cancellationToken)
        {
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Accounts, async (db, _, ct) =>
            {
                var rows = await AccountRequests.Open(db).Where(row => row.UserName == request.UserName)
                    .ToListAsync(ct);
                if (rows.Count == 0)
                {
                    return new Change.Refused(
                        EngineRejection.NotFound, $"Dla konta „{request.UserName}” nic nie czeka. Odśwież listę.");
                }
                foreach (var row in rows)
                {
                    row.State = AccountRequestState.Ended;
                    row.CodeHash = null;
                }
                return new Change.Done("CodeWithdrawn", request.UserName, null, null);
            }, ct: cancellationToken);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>What waits to be handed over, the oldest first.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator, "mayor")]
public sealed record ListAccountRequests(Scope Scope) : IUseCase<IReadOnlyList<ListAccountRequests.Item>>
{
    /// <param name="Person">
    /// With user name and roles: whose account it is must not hang on a display name an administrator may change.
    /// </param>
    /// <param name="Shown">Who saw the code last, and until when it is valid; null for nobody yet.</param>
    /// <param name="ObjectId">Whom of the directory the account would belong to.</param>
    /// <param name="WhyNot">Why the reader may not hand it over herself; null when she may.</param>
    public sealed record Item(
        string Id, AccountRequestKind Kind, Person Person, Person AskedBy, DateTimeOffset AskedAt, string Reason,
        Look? Shown, string? ObjectId, string? WhyNot);

    public sealed record Look(Person To, DateTimeOffset At, DateTimeOffset Until);

    public sealed class Handler(ProductDbFactory databases, People people)
        : IRequestHandler<ListAccountRequests, UseCaseResult<IReadOnlyList<Item>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Item>>> Handle(
            ListAccountRequests request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var rows = await AccountRequests.Open(db).AsNoTracking().OrderBy(row => row.AskedAt)
                .ToListAsync(cancellationToken);
            var names = await people.OfAsync(
                rows.SelectMany(row => new[] { row.UserName, row.AskedBy, row.ShownTo }), cancellationToken);
            var users = rows.ConvertAll(row => row.UserName);
            var roles = (await (
                from account in db.Users
                join membership in db.UserRoles on account.Id equals membership.UserId
                join role in db.Roles on membership.RoleId equals role.Id
                where users.Contains(account.UserName!)
                orderby role.Name
                select new { account.UserName, role.Name }).ToListAsync(cancellationToken))
                .ToLookup(row => row.UserName!, row => row.Name!, StringComparer.Ordinal);
            return new UseCaseResult<IReadOnlyList<Item>>.Done(
            [
                .. rows.Select(row => new Item(
                    row.Id, row.Kind, names.Of(row.UserName) with { Roles = [.. roles[row.UserName]] },
                    names.Of(row.AskedBy), row.AskedAt, row.Reason,
                    row.ShownTo is { } to ? new Look(names.Of(to), row.ShownAt!.Value, row.Until!.Value) : null,
                    row.ObjectId, AccountRequests.WhyNot(request.Scope, row))),
            ]);
        }
    }
}

/// <summary>Shows a code once; shown again it is another one, and the one before is void.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator, "mayor")]
public sealed record ShowCode(Scope Scope, string Id) : IUseCase<OneTimeCode>
{
    public sealed class Handler(AccountRequests requests) : IRequestHandler<ShowCode, UseCaseResult<OneTimeCode>>
    {
        public async Task<UseCaseResult<OneTimeCode>> Handle(ShowCode request, CancellationToken cancellationToken)
        {
            var (refused, code) = await requests.LetHappenAsync(
                request.Scope, request.Id, AccountRequestKind.Code, cancellationToken);
            return AccountBook.Result(refused, code!);
        }
    }
}

/// <summary>Lets an account be signed in to as the person of the directory it was asked for.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator, "mayor")]
public sealed record ConfirmLogin(Scope Scope, string Id) : IUseCase<Unit>
{
    public sealed class Handler(AccountRequests requests) : IRequestHandler<ConfirmLogin, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(ConfirmLogin request, CancellationToken cancellationToken)
        {
            var (refused, _) = await requests.LetHappenAsync(
                request.Scope, request.Id, AccountRequestKind.Entra, cancellationToken);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>Codes under <c>/api/accounts</c>, <c>/api/account-requests</c> and <c>/api/session/code</c>.</summary>
public static class OneTimeCodes
{
    public sealed record WithCode(string? UserName, string? Code, string? Password);

    const string Wrong =
        "Kod jest nieprawidłowy, już wykorzystany albo minęły 24 godziny. Sprawdź nazwę użytkownika i kod albo " +
        "poproś o nowy.";

    public static void MapOneTimeCodes(this IEndpointRouteBuilder routes)
    {
        var accounts = routes.MapGroup("/api/accounts/{userName}/code").WithTags("Accounts");
        accounts.MapPost("", async (
            string userName, AccessEndpoints.WithReason body, HttpContext http, IMediator mediator,
            CancellationToken ct) =>
        {
            var result = await mediator.Send(new RequestCode(http.Scope(), userName, body.Reason), ct);
            return result.ToResult(answer => Results.Ok(answer));
        });
        accounts.MapDelete("", async (string userName, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new WithdrawCode(http.Scope(), userName), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        var requests = routes.MapGroup("/api/account-requests").WithTags("Accounts");
        requests.MapGet("", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListAccountRequests(http.Scope()), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        requests.MapPost("/{id}/code", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ShowCode(http.Scope(), id), ct);
            return result.ToResult(code => Results.Ok(code));
        });
        requests.MapPost("/{id}/confirmation", async (
            string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ConfirmLogin(http.Scope(), id), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        routes.MapPost("/api/session/code", SignInAsync).WithTags("Session").AllowAnonymous();
    }

    /// <summary>Sets the password and signs in; every other session of hers ends. Her passkeys stay.</summary>
    static async Task<IResult> SignInAsync(
        WithCode body, HttpContext http, PasswordCheck passwords, SignInLimiter attempts, AccountBook book,
        AuditLog audit, ProductDbFactory databases, RightsReader rights, TimeProvider time)
    {
        if (!attempts.Allows(http)) return SignInLimiter.Refusal(http);
        // Before the code is looked at, and by the name as it was typed: the answer tells nothing about accounts.
        var typed = new Account { UserName = body.UserName };
        if (await book.ProblemsOfAsync(typed, body.Password) is { Length: > 0 } problems)
        {
            return Problems.Invalid(
                "Popraw wskazane pola i wyślij ponownie.",
                new Dictionary<string, string[]>(StringComparer.Ordinal) { ["password"] = [.. problems] });
        }
        await using var read = databases.Create();
        var code = AccountRequests.Plain(body.Code ?? "");
        if (body.UserName is not { Length: > 0 } || code.Length == 0
            || await passwords.VerifyCodeAsync(read, body.UserName, code, http.RequestAborted) is not { } found
            || !await UseAsync(found, book.Hash(found.Account, body.Password!), audit, http.RequestAborted))
        {
            attempts.Failed(http);
            return Problems.Of(401, "Unauthorized", Wrong, http.Request.Path);
        }
        return Results.Ok(await Session.BeginAsync(
            http, found.Account, Session.Methods.Password, databases, rights, time));
    }

    /// <summary>Of two who come with the same code at once, one finds it used.</summary>
    static async Task<bool> UseAsync(
        (Account Account, AccountRequestRow Request) found, string hash, AuditLog audit, CancellationToken ct)
    {
        var (name, stamp) = (found.Account.UserName!, Account.NewStamp());
        var refused = await audit.ChangeAsync(new Scope(name, []), HistoryChain.Accounts, async (db, _, token) =>
        {
            var row = await db.AccountRequests.FirstOrDefaultAsync(
                r => r.Id == found.Request.Id && r.State == AccountRequestState.Shown
                    && r.CodeHash == found.Request.CodeHash, token);
            if (row is null || await AccountBook.FindAsync(db, name, token) is not { Disabled: false } account)
                return AccountBook.Unknown(name);
            row.State = AccountRequestState.Done;
            row.CodeHash = null;
            account.PasswordHash = hash;
            account.SecurityStamp = stamp;
            account.LockoutEnd = null;
            account.AccessFailedCount = 0;
            return new Change.Done("CodeUsed", name, null, null);
        }, ct: ct);
        found.Account.SecurityStamp = stamp;
        return refused is null;
    }
}
