using Api.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>The people of the demonstration centre, and the first account of a real one.</summary>
public sealed class AccountSeeding(ProductDbFactory databases)
{
    readonly UpperInvariantLookupNormalizer normalizer = new();

    public static readonly IReadOnlyList<(string UserName, string DisplayName)> Demo =
    [
        ("social_worker", "Anna Zielińska, pracownik socjalny"),
        ("benefits_worker", "Beata Wrona, pracownik socjalny ds. świadczeń"),
        ("assistant", "Celina Maj, asystent rodziny"),
        ("team_lead", "Dorota Lis, koordynator zespołu asysty rodzinnej"),
        ("head", "Ewa Sikora, kierownik ośrodka"),
        ("mayor", "Filip Gajda, burmistrz"),
        ("specialist", "Grażyna Bąk, psycholog"),
        ("accounting", "Halina Kos, księgowość"),
        ("clerk", "Iwona Sroka, kancelaria"),
        ("dpo", "Jan Wilk, inspektor ochrony danych"),
        ("archivist", "Krystyna Dudek, archiwum zakładowe"),
        ("admin", "Leon Żak, administrator procedur"),
        ("demo", "Konto pokazowe ze wszystkimi prawami"),
    ];

    const string Everything = "demo";

    /// <summary>The rights a demo person has, without looking into a database; null for any other name.</summary>
    public static Scope? ScopeOfDemo(string userName) =>
        userName == Everything ? new Scope(userName, Roles.All, EngineAll: true)
        : Demo.Any(person => person.UserName == userName)
            ? new Scope(userName, [userName], DefinitionsOnly: userName == Roles.Admin)
            : null;

    /// <summary>
    /// The password of these accounts is their printed name: stretching it would only slow the first start.
    /// </summary>
    const int IterationsOfPublicPassword = 1_000;

    /// <summary>
    /// Adds the roles and, in Development, the demo accounts that are missing. Existing ones are left as they are.
    /// </summary>
    public async Task SeedAsync(bool demo, CancellationToken ct)
    {
        await using var db = databases.Create();
        var roles = await db.Roles.ToDictionaryAsync(role => role.Name!, StringComparer.Ordinal, ct);
        foreach (var name in Roles.All.Where(name => !roles.ContainsKey(name)))
        {
            roles[name] = new IdentityRole(name) { NormalizedName = normalizer.NormalizeName(name) };
            db.Roles.Add(roles[name]);
        }
        if (demo)
        {
            var present = await db.Users.Select(row => row.UserName!).ToHashSetAsync(StringComparer.Ordinal, ct);
            var hasher = new PasswordHasher<Account>(Options.Create(
                new PasswordHasherOptions { IterationCount = IterationsOfPublicPassword }));
            foreach (var (name, display) in Demo.Where(person => !present.Contains(person.UserName)))
            {
                var account = Make(name, display);
                account.PasswordHash = hasher.HashPassword(account, name);
                Add(db, account, name == Everything ? Roles.All : [name], roles, engineAll: name == Everything);
            }
        }
        await db.SaveChangesAsync(ct);
    }

    /// <summary>
    /// Makes the administrator named in the settings when nobody can sign in yet; the password rules hold.
    /// </summary>
    public async Task SeedFirstAdminAsync(
        (string UserName, string Password) first, UserManager<Account> accounts, CancellationToken ct)
    {
        await using var db = databases.Create();
        if (await db.Users.AnyAsync(ct)) return;
        var result = await accounts.CreateAsync(Make(first.UserName, first.UserName), first.Password);
        if (result.Succeeded)
        {
            result = await accounts.AddToRoleAsync((await accounts.FindByNameAsync(first.UserName))!, Roles.Admin);
        }
        if (!result.Succeeded)
        {
            throw new Startup.SettingException(
                "Set FirstAdmin__UserName and FirstAdmin__Password again: " +
                string.Join(" ", result.Errors.Select(error => error.Description)));
        }
    }

    Account Make(string name, string display)
    {
        var account = new Account
        {
            UserName = name,
            DisplayName = display,
            Email = $"{name}@demo.invalid",
            EmailConfirmed = true,
            LockoutEnabled = true,
            SecurityStamp = Account.NewStamp(),
        };
        account.NormalizedUserName = normalizer.NormalizeName(account.UserName);
        account.NormalizedEmail = normalizer.NormalizeEmail(account.Email);
        return account;
    }

    static void Add(
        ProductDb db, Account account, IEnumerable<string> names, Dictionary<string, IdentityRole> roles,
        bool engineAll)
    {
        db.Users.Add(account);
        foreach (var name in names)
        {
            db.UserRoles.Add(new IdentityUserRole<string> { UserId = account.Id, RoleId = roles[name].Id });
        }
        if (engineAll)
        {
            db.UserClaims.Add(new IdentityUserClaim<string>
            {
                UserId = account.Id,
                ClaimType = Account.RightClaim,
                ClaimValue = Account.EngineAll,
            });
        }
    }
}
