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
        var problem = error switch
        {
            BadHttpRequestException bad
                when context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) =>
                BodyProblem(bad),
            BadHttpRequestException bad =>
                Problems.Of(bad.StatusCode, "INVALID_ARGUMENT", bad.Message, context.Request.Path),
            // The reader of JSON finds half a character or a number too large only when the value is taken out.
            InvalidOperationException or System.Text.Json.JsonException when error.Source == "System.Text.Json"
                || error is System.Text.Json.JsonException => Problems.Of(
                    StatusCodes.Status400BadRequest, "INVALID_ARGUMENT",
                    $"The body holds a value that cannot be read: {error.Message}", context.Request.Path),
            _ => Problems.Of(
                StatusCodes.Status500InternalServerError, "INTERNAL_ERROR",
                $"Something unexpected happened; the log has it under {context.TraceIdentifier}.",
                context.Request.Path),
        };
        return problem.ExecuteAsync(context);
    });

    /// <summary>What a person, or the page she uses, sent and cannot be read.</summary>
    static ProblemHttpResult BodyProblem(BadHttpRequestException bad)
    {
        if (bad.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Problems.Of(
                bad.StatusCode, "PAYLOAD_TOO_LARGE",
                "Wysłana treść jest za duża i nie została zapisana. Skróć teksty albo dołącz je jako plik.");
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
        return Problems.Of(
            bad.StatusCode, "INVALID_ARGUMENT",
            $"Treści żądania nie da się odczytać: {bad.InnerException?.Message ?? bad.Message}");
    }

    // The reader tells the name in its message only.
    static readonly Regex UnknownProperty = new(
        "^The JSON property '(?<name>[^']*)' could not be mapped",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
