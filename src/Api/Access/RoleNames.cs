using System.Collections.Immutable;

namespace Api.Access;

/// <summary>Roles as people call them, for sentences the server writes.</summary>
public static class RoleNames
{
    static readonly Dictionary<string, string> Polish = new(StringComparer.Ordinal)
    {
        ["social_worker"] = "pracownik socjalny",
        ["benefits_worker"] = "pracownik socjalny ds. świadczeń",
        ["assistant"] = "asystent rodziny",
        ["team_lead"] = "koordynator",
        ["head"] = "kierownik",
        ["mayor"] = "burmistrz",
        ["specialist"] = "specjalista",
        ["accounting"] = "księgowość",
        ["clerk"] = "kancelaria",
        ["dpo"] = "inspektor ochrony danych",
        ["archivist"] = "archiwum zakładowe",
        [Roles.Admin] = "administrator",
    };

    public static string Of(string role) => Polish.GetValueOrDefault(role, role);

    /// <summary>Whom a task waits for when nobody has taken it yet.</summary>
    public static string AnyOf(ImmutableArray<string> roles) => roles.Length switch
    {
        0 => "nikt nie jest wskazany",
        > 3 => "każdy pracownik",
        _ => string.Join(" lub ", roles.Select(Of)),
    };
}
