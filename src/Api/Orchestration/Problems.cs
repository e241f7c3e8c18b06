using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Workflows.Runtime;

namespace Api.Orchestration;

/// <summary>Body of every refusal on <c>/v2</c> (RFC 9457), with Camunda's code as its title.</summary>
/// <param name="Detail">Never empty.</param>
/// <param name="Instance">Path of the request.</param>
/// <param name="Errors">Messages by field of a form; absent for every other refusal.</param>
public sealed record ProblemDetail(
    string Type, string Title, int Status, string Detail, string Instance,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyDictionary<string, string[]>? Errors = null);

/// <summary>A request that is refused; <see cref="Problems"/> writes it as a problem body.</summary>
sealed class ProblemException(int status, string title, string detail) : Exception(detail)
{
    public int Status => status;
    public string Title => title;
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    public static ProblemException InvalidArgument(string detail) =>
        new(StatusCodes.Status400BadRequest, "INVALID_ARGUMENT", detail);

    /// <summary>What does not exist and what the caller may not see answer alike.</summary>
    public static ProblemException NotFound(string what, object key) =>
        new(StatusCodes.Status404NotFound, "NOT_FOUND", $"Expected to find a {what} with key '{key}', but found none.");

    public static ProblemException Forbidden(string detail) => new(StatusCodes.Status403Forbidden, "FORBIDDEN", detail);

    public static ProblemException From(EngineRejection code, string message) => code switch
    {
        EngineRejection.NotFound => new(StatusCodes.Status404NotFound, "NOT_FOUND", message),
        EngineRejection.InvalidState => new(StatusCodes.Status409Conflict, "INVALID_STATE", message),
        EngineRejection.AlreadyExists => new(StatusCodes.Status409Conflict, "ALREADY_EXISTS", message),
        EngineRejection.Forbidden => Forbidden(message),
        EngineRejection.ResourceExhausted =>
            new(StatusCodes.Status503ServiceUnavailable, "RESOURCE_EXHAUSTED", message),
        EngineRejection.DeadlineExceeded => new(StatusCodes.Status504GatewayTimeout, "DEADLINE_EXCEEDED", message),
        _ => InvalidArgument(message),
    };
}

/// <summary>Makes every refusal below <c>/v2</c> a problem body, also those of routing, authentication and
/// Kestrel.</summary>
static class Problems
{
    const string ContentType = "application/problem+json";

    /// <summary>What an endpoint refuses.</summary>
    public static async ValueTask<object?> Filter(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (ProblemException problem)
        {
            return ResultOf(
                context.HttpContext, problem.Status, problem.Title, problem.Message, problem.Errors);
        }
        catch (BadHttpRequestException bad)
        {
            return ResultOf(context.HttpContext, bad.StatusCode, TitleOf(bad.StatusCode), bad.Message);
        }
    }

    /// <summary>Refusals without a body: nothing there, wrong method or content type, not signed in.</summary>
    public static async Task Middleware(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var answer = context.Response;
        if (answer is { StatusCode: >= 400, HasStarted: false, ContentType: null, ContentLength: null or 0 })
        {
            await ResultOf(context, answer.StatusCode, TitleOf(answer.StatusCode), DetailOf(context))
                .ExecuteAsync(context);
        }
    }

    static IResult ResultOf(
        HttpContext context, int status, string title, string detail,
        IReadOnlyDictionary<string, string[]>? errors = null) => Results.Json(
        new ProblemDetail("about:blank", title, status, detail, context.Request.Path, errors), Json.Options,
        ContentType, status);

    static string TitleOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "INVALID_ARGUMENT",
        StatusCodes.Status401Unauthorized => "Unauthorized",
        StatusCodes.Status403Forbidden => "FORBIDDEN",
        StatusCodes.Status404NotFound => "NOT_FOUND",
        StatusCodes.Status409Conflict => "INVALID_STATE",
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => "RESOURCE_EXHAUSTED",
        _ => ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } phrase ? phrase : "INTERNAL",
    };

    static string DetailOf(HttpContext context) =>
        Access.Problems.IsForPeople(context.Request.Path) ? WordsOf(context) : EngineWordsOf(context);

    /// <summary>For a person, or for whoever builds a page for her: what happened and what to do.</summary>
    static string WordsOf(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest =>
            "Żądania nie da się odczytać i nic nie zostało zapisane. Odśwież stronę i spróbuj ponownie.",
        StatusCodes.Status401Unauthorized => "Zaloguj się i spróbuj ponownie: sesja wygasła albo jeszcze jej nie ma.",
        StatusCodes.Status403Forbidden =>
            "Twoje uprawnienia nie obejmują tej czynności. Poproś kierownika o zmianę uprawnień.",
        StatusCodes.Status404NotFound => "Pod tym adresem nic nie ma. Odśwież stronę i wybierz jeszcze raz.",
        StatusCodes.Status405MethodNotAllowed =>
            $"Pod tym adresem tak się nie da: działa tu {context.Response.Headers.Allow}. Odśwież stronę i spróbuj " +
            "ponownie.",
        StatusCodes.Status413PayloadTooLarge => TooLarge,
        StatusCodes.Status415UnsupportedMediaType =>
            "Serwer nie czyta treści tego rodzaju i nic nie zostało zapisane. Wyślij JSON (Content-Type: " +
            "application/json), a plik jako załącznik zadania.",
        StatusCodes.Status429TooManyRequests =>
            "Zbyt wiele żądań w krótkim czasie. Odczekaj chwilę i spróbuj ponownie.",
        StatusCodes.Status503ServiceUnavailable =>
            "Serwer jest zajęty i niczego nie zapisał. Spróbuj ponownie za chwilę.",
        var status => $"Serwer odpowiedział kodem {status} i niczego nie zapisał. Spróbuj ponownie za chwilę.",
    };

    /// <summary>The words for a body above the limit, wherever it is noticed.</summary>
    public const string TooLarge =
        "Wysłana treść jest za duża i nie została zapisana. Skróć teksty albo dołącz je jako plik.";

    static string EngineWordsOf(HttpContext context)
    {
        var request = context.Request;
        return context.Response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => "Valid credentials are required to access this resource.",
            StatusCodes.Status403Forbidden => $"You are not allowed to call {request.Method} {request.Path}.",
            StatusCodes.Status404NotFound => $"There is no resource {request.Path} in this API.",
            StatusCodes.Status405MethodNotAllowed =>
                $"{request.Path} does not support {request.Method}, but {context.Response.Headers.Allow}.",
            StatusCodes.Status413PayloadTooLarge => "The request body is too large.",
            StatusCodes.Status415UnsupportedMediaType =>
                $"Content type '{request.Headers[HeaderNames.ContentType]}' is not supported here.",
            StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable =>
                "Too many calls are in flight. Try again later.",
            var status => $"{request.Method} {request.Path} was answered with {status}.",
        };
    }
}
