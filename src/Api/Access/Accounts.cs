using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>An account as administrators see and the audit keeps it: never anything of a password.</summary>
/// <param name="LockedUntil">After too many wrong passwords.</param>
public sealed record AccountView(
    string UserName, string DisplayName, string? Email, IReadOnlyList<string> Roles, bool Disabled,
    DateTimeOffset? LockedUntil)
{
    public static AccountView Of(Account account, IEnumerable<string> roles) => new(
        account.UserName!, account.DisplayName, account.Email, [.. roles.Order(StringComparer.Ordinal)],
        account.Disabled, account.LockoutEnd);
}

/// <summary>Roles that no one person may have together, nor stand in for each other.</summary>
public static class RoleRules
{
    /// <summary>An assistant of families does no social work and grants no benefits (UWR art. 17).</summary>
    public static bool Exclude(IReadOnlyCollection<string> roles) =>
        roles.Contains("assistant") && (roles.Contains("social_worker") || roles.Contains("benefits_worker"));

    public const string Why =
        "Asystent rodziny nie prowadzi pracy socjalnej ani postępowań o świadczenia (ustawa o wspieraniu rodziny, " +
        "art. 17): tych ról nie można połączyć.";
}

/// <summary>What the use cases of accounts share.</summary>
public sealed partial class AccountBook(UserManager<Account> manager)
{
    [GeneratedRegex("^[a-z][a-z0-9._-]{1,63}$", RegexOptions.NonBacktracking)]
    private static partial Regex NameRule();

    public static bool IsName(string? name) => name is not null && NameRule().IsMatch(name);

    public static IEnumerable<(string Field, string Message)> Check(
        string? displayName, string? email, ImmutableArray<string> roles)
    {
        if ((displayName ?? "").Trim().Length is < 2 or > 200)
            yield return ("displayName", "Podaj imię, nazwisko i stanowisko: od 2 do 200 znaków.");
        if (email is { Length: > 0 } && !System.Net.Mail.MailAddress.TryCreate(email, out _))
            yield return ("email", "Podaj poprawny adres e-mail albo zostaw pole puste.");
        foreach (var role in roles.Where(role => !Roles.All.Contains(role)))
            yield return ("roles", $"Nie ma roli „{role}”. Wybierz z listy: {string.Join(", ", Roles.All)}.");
        if (RoleRules.Exclude(roles)) yield return ("roles", RoleRules.Why);
        if (roles.Contains(Access.Roles.Admin) && roles.Length > 1)
        {
            yield return ("roles",
                "Administrator nie ma wglądu w sprawy rodzin: tej roli nie można łączyć z inną. Załóż osobne konto.");
        }
    }

    /// <summary>Polish messages; none when the password will do.</summary>
    public async Task<ImmutableArray<string>> ProblemsOfAsync(Account account, string? password)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        foreach (var rule in manager.PasswordValidators)
        {
            var result = await rule.ValidateAsync(manager, account, password ?? "");
            problems.AddRange(result.Errors.Select(error => error.Description));
        }
        return problems.ToImmutable();
    }

    public string Hash(Account account, string password) => manager.PasswordHasher.HashPassword(account, password);

    public string Normal(string name) => manager.NormalizeName(name)!;

    public string? NormalEmail(string? email) => manager.NormalizeEmail(email);

    public static Task<Account?> FindAsync(ProductDb db, string userName, CancellationToken ct) =>
        db.Users.FirstOrDefaultAsync(row => row.UserName == userName, ct);

    public static async Task SetRolesAsync(
        ProductDb db, Account account, ImmutableArray<string> roles, CancellationToken ct)
    {
        var wanted = roles.ToArray();
        db.UserRoles.RemoveRange(await db.UserRoles.Where(row => row.UserId == account.Id).ToListAsync(ct));
        await db.SaveChangesAsync(ct);
        foreach (var id in await db.Roles.Where(role => wanted.Contains(role.Name)).Select(r => r.Id).ToListAsync(ct))
            db.UserRoles.Add(new IdentityUserRole<string> { UserId = account.Id, RoleId = id });
    }

    public static Change.Refused Unknown(string userName) =>
        new(EngineRejection.NotFound, $"Nie ma konta „{userName}”. Sprawdź nazwę użytkownika.");

    public static UseCaseResult<T> Result<T>(EngineAnswer.Rejected? refused, T done) => refused is null
        ? new UseCaseResult<T>.Done(done)
        : new UseCaseResult<T>.Refused(refused.Code, refused.Message);
}

[Policy(PolicyAttribute.Administration)]
public sealed record ListAccounts(Scope Scope) : IUseCase<IReadOnlyList<ListAccounts.Item>>
{
    /// <param name="Code">A one-time code that is asked for or handed over and not used yet; null for none.</param>
    public sealed record Item(
        string UserName, string DisplayName, string? Email, IReadOnlyList<string> Roles, bool Disabled,
        DateTimeOffset? LockedUntil, AccountRequestState? Code);

    public sealed class Handler(ProductDbFactory databases)
        : IRequestHandler<ListAccounts, UseCaseResult<IReadOnlyList<Item>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Item>>> Handle(
            ListAccounts request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var accounts = await db.Users.AsNoTracking().OrderBy(row => row.UserName).ToListAsync(cancellationToken);
            var held = (await (
                from membership in db.UserRoles
                join role in db.Roles on membership.RoleId equals role.Id
                select new { membership.UserId, role.Name }).ToListAsync(cancellationToken))
                .ToLookup(row => row.UserId, row => row.Name!, StringComparer.Ordinal);
            var codes = (await AccountRequests.Open(db).Where(row => row.Kind == AccountRequestKind.Code)
                .Select(row => new { row.UserName, row.State }).ToListAsync(cancellationToken))
                .ToLookup(row => row.UserName, row => (AccountRequestState?)row.State, StringComparer.Ordinal);
            return new UseCaseResult<IReadOnlyList<Item>>.Done(
            [
                .. accounts.Select(account => AccountView.Of(account, held[account.Id])).Select(view => new Item(
                    view.UserName, view.DisplayName, view.Email, view.Roles, view.Disabled, view.LockedUntil,
                    codes[view.UserName].FirstOrDefault())),
            ]);
        }
    }
}

/// <summary>
/// A new account; its name is final, because history and documents know the person by it. It has no password: the
/// person sets one with a one-time code (<see cref="RequestCode"/>).
/// </summary>
[Policy(PolicyAttribute.Administration)]
public sealed record CreateAccount(
    Scope Scope, string? UserName, string? DisplayName, string? Email, ImmutableArray<string> Roles)
    : IUseCase<CreateAccount.Answer>, IChecked
{
    /// <param name="Code">Only in the first installation; otherwise a second person hands it over.</param>
    public sealed record Answer(AccountView Account, OneTimeCode? Code);

    const string Reason = "Nowe konto";

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (!AccountBook.IsName(UserName))
        {
            yield return ("userName",
                "Nazwa użytkownika: od 2 do 64 małych liter bez polskich znaków, cyfr, kropek i kresek; najpierw " +
                "litera.");
        }
        foreach (var problem in AccountBook.Check(DisplayName, Email, Roles)) yield return problem;
    }

    public sealed class Handler(AuditLog audit, AccountBook book, AccountRequests requests)
        : IRequestHandler<CreateAccount, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(CreateAccount request, CancellationToken cancellationToken)
        {
            var account = new Account
            {
                UserName = request.UserName,
                NormalizedUserName = book.Normal(request.UserName!),
                DisplayName = request.DisplayName!.Trim(),
                Email = request.Email,
                NormalizedEmail = book.NormalEmail(request.Email),
                LockoutEnabled = true,
                SecurityStamp = Account.NewStamp(),
            };
            var view = AccountView.Of(account, request.Roles);
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Accounts, async (db, _, ct) =>
            {
                if (await db.Users.AnyAsync(row => row.NormalizedUserName == account.NormalizedUserName, ct))
                {
                    return new Change.Refused(
                        EngineRejection.AlreadyExists, $"Konto „{account.UserName}” już istnieje. Wybierz inną nazwę.");
                }
                db.Users.Add(account);
                await AccountBook.SetRolesAsync(db, account, request.Roles, ct);
                return new Change.Done("AccountCreated", account.UserName!, null, view);
            }, ct: cancellationToken);
            if (refused is not null) return new UseCaseResult<Answer>.Refused(refused.Code, refused.Message);
            // Interrupted here, the account has no way in yet, and the administrator asks for a code by hand.
            var (refusedCode, code) = await requests.AskForCodeAsync(
                request.Scope, account.UserName!, Reason, cancellationToken);
            return AccountBook.Result(refusedCode, new Answer(view, code));
        }
    }
}

/// <summary>
/// Name, address, roles and whether it may be used; roles taken away end the sessions made with them.
/// </summary>
[Policy(PolicyAttribute.Administration)]
public sealed record ChangeAccount(
    Scope Scope, string UserName, string? DisplayName, string? Email, ImmutableArray<string> Roles, bool Disabled)
    : IUseCase<AccountView>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        foreach (var problem in AccountBook.Check(DisplayName, Email, Roles)) yield return problem;
        // Nobody locks out the last one who could open the door again.
        if (UserName == Scope.User && (Disabled || !Roles.Contains(Access.Roles.Admin)))
            yield return ("roles", "Nie możesz odebrać sobie roli administratora ani wyłączyć własnego konta.");
    }

    public sealed class Handler(AuditLog audit, AccountBook book, RightsReader rights, TimeProvider time)
        : IRequestHandler<ChangeAccount, UseCaseResult<AccountView>>
    {
        public async Task<UseCaseResult<AccountView>> Handle(ChangeAccount request, CancellationToken cancellationToken)
        {
            AccountView? after = null;
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Accounts, async (db, _, ct) =>
            {
                if (await AccountBook.FindAsync(db, request.UserName, ct) is not { } account)
                    return AccountBook.Unknown(request.UserName);
                var roles = await CaseAccess.RolesOf(db, account.Id).ToListAsync(ct);
                var before = AccountView.Of(account, roles);
                var sameRoles = roles.ToHashSet(StringComparer.Ordinal).SetEquals(request.Roles);
                if (request.Disabled != account.Disabled || !sameRoles)
                    account.SecurityStamp = Account.NewStamp();
                if (!account.Disabled && AccountRequests.Supervise(roles)
                    && (request.Disabled || !AccountRequests.Supervise(request.Roles)))
                {
                    account.SupervisedUntil = time.GetUtcNow();
                }
                account.DisplayName = request.DisplayName!.Trim();
                account.Email = request.Email;
                account.NormalizedEmail = book.NormalEmail(request.Email);
                account.Disabled = request.Disabled;
                await AccountBook.SetRolesAsync(db, account, request.Roles, ct);
                after = AccountView.Of(account, request.Roles);
                return new Change.Done("AccountChanged", request.UserName, before, after);
            }, ct: cancellationToken);
            rights.Forget(request.UserName);
            return AccountBook.Result(refused, after!);
        }
    }
}

/// <summary>Ends every session and every remembered header of an account.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record EndSessions(Scope Scope, string UserName) : IUseCase<Unit>
{
    public sealed class Handler(AuditLog audit, RightsReader rights) : IRequestHandler<EndSessions, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(EndSessions request, CancellationToken cancellationToken)
        {
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Accounts, async (db, _, ct) =>
            {
                if (await AccountBook.FindAsync(db, request.UserName, ct) is not { } account)
                    return AccountBook.Unknown(request.UserName);
                account.SecurityStamp = Account.NewStamp();
                return new Change.Done("SessionsEnded", request.UserName, null, null);
            }, ct: cancellationToken);
            rights.Forget(request.UserName);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}
