using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Api.Access;

/// <summary>
/// RFC 9457 problems in the words of the Camunda 8 API: <c>title</c> is its error code, <c>detail</c> is never empty.
/// </summary>
public static class Problems
{
    public static ProblemHttpResult Of(int status, string title, string detail, string? instance = null) =>
        TypedResults.Problem(detail, instance, status, title, "about:blank");

    /// <param name="facts">Further members of the problem (RFC 9457, 3.2).</param>
    public static ProblemHttpResult With(
        int status, string title, string detail, IReadOnlyDictionary<string, object?>? facts)
    {
        var problem = new ProblemDetails { Type = "about:blank", Title = title, Status = status, Detail = detail };
        foreach (var (name, value) in facts ?? new Dictionary<string, object?>(StringComparer.Ordinal))
        {
            problem.Extensions[name] = value;
        }
        return TypedResults.Problem(problem);
    }

    /// <summary>The words of <c>/api</c> are read by people; the engine's <c>/v2</c> speaks as Camunda does.</summary>
    public static bool IsForPeople(PathString path) => path.StartsWithSegments("/api", StringComparison.Ordinal);

    public static ProblemHttpResult Unauthorized(PathString path) => Of(
        StatusCodes.Status401Unauthorized, "Unauthorized",
        IsForPeople(path)
            ? "Zaloguj się i spróbuj ponownie: sesja wygasła albo jeszcze jej nie ma."
            : "Sign in first: the request carries no valid credentials.",
        path);

    /// <summary>No right to the whole address, whatever it holds.</summary>
    public static ProblemHttpResult NotCovered(PathString path) => Forbidden(
        IsForPeople(path)
            ? "Twoje uprawnienia nie obejmują tej czynności. Poproś kierownika o zmianę uprawnień."
            : "Your rights do not cover this request.",
        path);

    /// <summary>What is searched for may be a name: it is sent in the body, because addresses are logged.</summary>
    /// <param name="instead">Path of the search.</param>
    public static IResult SearchInAddress(string instead) => Invalid(
        "Szukanych słów nie wysyła się w adresie, bo adresy trafiają do dzienników. " +
            $"Wyślij je w treści POST {instead}.",
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["q"] = [$"Wyślij to pole w treści POST {instead}."],
        });

    public static ProblemHttpResult Forbidden(string detail, string? instance = null) =>
        Of(StatusCodes.Status403Forbidden, "FORBIDDEN", detail, instance);

    /// <summary>Nothing was written, and the same request may succeed in a moment.</summary>
    public static ProblemHttpResult Busy(string instance) => Of(
        StatusCodes.Status503ServiceUnavailable, "RESOURCE_EXHAUSTED",
        "Serwer jest zajęty i niczego nie zapisał. Spróbuj ponownie za chwilę.", instance);

    /// <summary>400 with one entry for each wrong field in <c>errors</c>.</summary>
    /// <param name="errors">Field key to messages a person can read.</param>
    public static ProblemHttpResult Invalid(string detail, IReadOnlyDictionary<string, string[]> errors) =>
        TypedResults.Problem(new ProblemDetails
        {
            Type = "about:blank",
            Title = "INVALID_ARGUMENT",
            Status = StatusCodes.Status400BadRequest,
            Detail = detail,
            Extensions = { ["errors"] = errors },
        });
}
