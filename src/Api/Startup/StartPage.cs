using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Api.Access;
using Api.Storage;

namespace Api.Startup;

/// <summary>What a browser sees at the address until the browser application is built.</summary>
static class StartPage
{
    const string Html = """
        <!doctype html>
        <html lang="pl">
        <head><meta charset="utf-8"><title>WorkflowHost</title></head>
        <body>
        <main>
        <h1>WorkflowHost</h1>
        <p>Serwer działa. Aplikacja dla pracowników ośrodka nie jest częścią tego wydania.</p>
        <ul>
        <li><code>/v2</code>: interfejs silnika procesów, zgodny z Camunda 8</li>
        <li><code>/api</code>: sprawy i zadania ośrodka</li>
        <li><a href="/health">/health</a>: stan serwera</li>
        </ul>
        </main>
        </body>
        </html>
        """;

    public static IResult Get() => Results.Content(Html, "text/html; charset=utf-8");
}

/// <summary>Healthy when the database answers.</summary>
sealed class DatabaseHealth(ProductDbFactory databases) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var db = databases.Create();
        return await db.Database.CanConnectAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The database does not answer.");
    }
}

/// <summary>A bug of ours, told as a problem without its inside; a body that cannot be read is the caller's.</summary>
static class UnexpectedErrors
{
    public static void Configure(IApplicationBuilder app) => app.Run(context =>
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var problem = Problems.IsForPeople(context.Request.Path)
            ? ForPeople(error, context)
            : ForMachines(error, context);
        return problem.ExecuteAsync(context);
    });

    // The reader of JSON finds half a character or a number too large only when the value is taken out.
    static bool IsUnreadable(Exception? error) => error is System.Text.Json.JsonException
        || (error is InvalidOperationException && error.Source == "System.Text.Json");

    static ProblemHttpResult ForMachines(Exception? error, HttpContext context) => error switch
    {
        BadHttpRequestException bad =>
            Problems.Of(bad.StatusCode, "INVALID_ARGUMENT", bad.Message, context.Request.Path),
        not null when IsUnreadable(error) => Problems.Of(
            StatusCodes.Status400BadRequest, "INVALID_ARGUMENT",
            $"The body holds a value that cannot be read: {error.Message}", context.Request.Path),
        _ => Problems.Of(
            StatusCodes.Status500InternalServerError, "INTERNAL_ERROR",
            $"Something unexpected happened; the log has it under {context.TraceIdentifier}.", context.Request.Path),
    };

    static ProblemHttpResult ForPeople(Exception? error, HttpContext context) => error switch
    {
        BadHttpRequestException bad => BodyProblem(bad),
        not null when IsUnreadable(error) => Problems.Of(
            StatusCodes.Status400BadRequest, "INVALID_ARGUMENT",
            "Żądanie zawiera wartość, której nie da się odczytać, i nic nie zostało zapisane. Usuń nietypowe znaki z " +
            "tekstu i spróbuj ponownie."),
        _ => Problems.Of(
            StatusCodes.Status500InternalServerError, "INTERNAL_ERROR",
            "Na serwerze wystąpił błąd i nic nie zostało zapisane. Spróbuj ponownie za chwilę. Jeśli to się " +
            $"powtórzy, podaj informatykowi numer {context.TraceIdentifier}.", context.Request.Path),
    };

    /// <summary>What a person, or the page she uses, sent and cannot be read.</summary>
    static ProblemHttpResult BodyProblem(BadHttpRequestException bad)
    {
        if (bad.StatusCode == StatusCodes.Status413PayloadTooLarge)
            return Problems.Of(bad.StatusCode, "PAYLOAD_TOO_LARGE", Orchestration.Problems.TooLarge);
        if (bad.StatusCode == StatusCodes.Status415UnsupportedMediaType)
        {
            return Problems.Of(
                bad.StatusCode, "UNSUPPORTED_MEDIA_TYPE",
                "Serwer nie czyta treści tego rodzaju i nic nie zostało zapisane. Wyślij JSON (Content-Type: " +
                "application/json), a plik jako załącznik zadania.");
        }
        if (bad.InnerException is System.Text.Json.JsonException unknown
            && UnknownProperty.Match(unknown.Message) is { Success: true } found)
        {
            var name = found.Groups["name"].Value;
            return Problems.Invalid(
                $"Nieznane pole „{name}” w treści żądania. Usuń je albo odśwież stronę.",
                new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    [name] = ["Serwer nie zna tego pola."],
                });
        }
        return Problems.Of(bad.StatusCode, "INVALID_ARGUMENT", UnreadableWords(bad));
    }

    /// <summary>Says where, as far as it is known: the place in the JSON, or the value in the address.</summary>
    static string UnreadableWords(BadHttpRequestException bad)
    {
        if (bad.InnerException is System.Text.Json.JsonException json)
        {
            var place = json.Path is { Length: > 1 } path ? $" przy „{path.TrimStart('$', '.')}”" : "";
            return $"Treści żądania nie da się odczytać{place}, nic nie zostało zapisane. Sprawdź, czy to poprawny " +
                "JSON i czy wartości są właściwego rodzaju.";
        }
        return UnboundParameter.Match(bad.Message) is { Success: true } found
            ? $"Wartości „{found.Groups["value"].Value}” w polu „{found.Groups["name"].Value}” nie da się odczytać. " +
                "Popraw ją i spróbuj ponownie."
            : "Treści żądania nie da się odczytać albo jej brakuje, nic nie zostało zapisane. Odśwież stronę i " +
                "spróbuj ponownie.";
    }

    // Both messages are the framework's; only they hold the name.
    static readonly Regex UnboundParameter = new(
        "^Failed to bind parameter \"[^ ]+ (?<name>[^\"]+)\" from \"(?<value>[^\"]*)\"",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    static readonly Regex UnknownProperty = new(
        "^The JSON property '(?<name>[^']*)' could not be mapped",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
