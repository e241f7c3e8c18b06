using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Claims;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>What an account may do at this moment.</summary>
/// <param name="Stamp">Changes with password, roles and disabling: credentials made under another stamp are
/// void.</param>
public sealed record Rights(Scope Scope, string Stamp);

/// <summary>
/// Rights of the accounts that are at work, read again after <see cref="FreshFor"/>: a role taken away is gone within
/// seconds
/// on every node, and a busy client costs no query for each call.
/// </summary>
public sealed class RightsReader(ProductDbFactory databases, TimeProvider time)
{
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(10);

    /// <summary>Claim that holds the security stamp the credentials were issued under.</summary>
    public const string StampClaim = "stamp";

    /// <summary>More accounts than any centre has; above it the memory starts anew.</summary>
    const int RememberedMax = 10_000;

    readonly ConcurrentDictionary<string, (Rights? Rights, long ReadAt)> remembered = new(StringComparer.Ordinal);

    /// <summary>
    /// Null when the account is gone, disabled, or its stamp is no longer the one of the credentials.
    /// </summary>
    public async ValueTask<Rights?> ForAsync(ClaimsPrincipal principal, CancellationToken ct)
    {
        if (principal.Identity is not { IsAuthenticated: true, Name: { } name }) return null;
        var rights = await OfAsync(name, ct);
        return rights is not null && rights.Stamp == principal.FindFirstValue(StampClaim) ? rights : null;
    }

    /// <summary>
    /// The rights of an account without credentials, e.g. of a colleague; null when it is gone or disabled.
    /// </summary>
    public async ValueTask<Scope?> ScopeOfAsync(string userName, CancellationToken ct) =>
        (await OfAsync(userName, ct))?.Scope;

    public void Forget(string userName) => remembered.TryRemove(userName, out _);

    async ValueTask<Rights?> OfAsync(string userName, CancellationToken ct)
    {
        if (remembered.TryGetValue(userName, out var known) && time.GetElapsedTime(known.ReadAt) < FreshFor)
        {
            return known.Rights;
        }
        var readAt = time.GetTimestamp();
        var rights = await ReadAsync(userName, ct);
        if (remembered.Count >= RememberedMax) remembered.Clear();
        remembered[userName] = (rights, readAt);
        return rights;
    }

    async Task<Rights?> ReadAsync(string userName, CancellationToken ct)
    {
        await using var db = databases.Create();
        var account = await db.Users.AsNoTracking()
            .Where(row => row.UserName == userName && !row.Disabled)
            .Select(row => new { row.Id, row.SecurityStamp })
            .SingleOrDefaultAsync(ct);
        if (account is null) return null;
        var roles = await (
            from membership in db.UserRoles
            join role in db.Roles on membership.RoleId equals role.Id
            where membership.UserId == account.Id
            orderby role.Name
            select role.Name!).ToListAsync(ct);
        var engineAll = await db.UserClaims.AnyAsync(
            claim => claim.UserId == account.Id && claim.ClaimType == Account.RightClaim
                && claim.ClaimValue == Account.EngineAll, ct);
        // Who administers procedures and nothing else sees no case content; a second role makes a person of the centre.
        var definitionsOnly = !engineAll && roles is [Roles.Admin];
        return new Rights(
            new Scope(userName, [.. roles], engineAll, definitionsOnly), account.SecurityStamp ?? "");
    }
}

/// <summary>Product role = Camunda group = candidate group, in lower case (procedures catalogue, section 1).</summary>
public static class Roles
{
    public const string Admin = "admin";

    public static readonly ImmutableArray<string> All =
    [
        "social_worker", "benefits_worker", "assistant", "team_lead", "head", "mayor", "specialist", "accounting",
        "clerk",
        "dpo", "archivist", Admin,
    ];
}
