using System.Collections.Immutable;
using Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace Api.Access;

/// <summary>A colleague as lists and files name her.</summary>
/// <param name="Name">Name and job; the user name where there is no account any more.</param>
public sealed record Person(string UserName, string Name, IReadOnlyList<string>? Roles = null);

/// <summary>Names of many people at once.</summary>
public sealed class People(ProductDbFactory databases)
{
    public async Task<Names> OfAsync(IEnumerable<string?> userNames, CancellationToken ct)
    {
        var wanted = userNames.OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        if (wanted.Length == 0) return new Names([]);
        await using var db = databases.Create();
        return new Names(await db.Users.AsNoTracking().Where(row => wanted.Contains(row.UserName))
            .ToDictionaryAsync(row => row.UserName!, row => row.DisplayName, StringComparer.Ordinal, ct));
    }

    public sealed class Names(Dictionary<string, string> known)
    {
        public Person? this[string? userName] => userName is null ? null : Of(userName);

        public Person Of(string userName) => new(userName, NameOf(userName));

        public string NameOf(string userName) => known.GetValueOrDefault(userName, userName);

        /// <summary>Null for null and for the engine itself, which is nobody.</summary>
        public Person? Find(string? userName) =>
            userName is null || userName == Workflows.Runtime.Scope.Engine.User ? null : Of(userName);
    }
}

/// <summary>Roles in the words of the centre.</summary>
public static class RoleNames
{
    static readonly Dictionary<string, string> Polish = new(StringComparer.Ordinal)
    {
        ["social_worker"] = "pracownik socjalny",
        ["benefits_worker"] = "pracownik socjalny ds. świadczeń",
        ["assistant"] = "asystent rodziny",
        ["team_lead"] = "koordynator zespołu",
        ["head"] = "kierownik ośrodka",
        ["mayor"] = "burmistrz",
        ["specialist"] = "specjalista",
        ["accounting"] = "księgowość",
        ["clerk"] = "kancelaria",
        ["dpo"] = "inspektor ochrony danych",
        ["archivist"] = "archiwum zakładowe",
        ["admin"] = "administrator procedur",
    };

    public static string Of(string role) => Polish.GetValueOrDefault(role, role);

    public static string Of(IEnumerable<string> roles) => string.Join(" lub ", roles.Select(Of));

    /// <summary>Whom a task waits for when nobody has taken it yet.</summary>
    public static string AnyOf(ImmutableArray<string> roles) => roles.Length switch
    {
        0 => "nikt nie jest wskazany",
        > 3 => "każdy pracownik",
        _ => Of(roles),
    };
}
