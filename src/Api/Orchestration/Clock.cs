using Workflows.Runtime;

namespace Api.Orchestration;

/// <param name="Timestamp">Milliseconds since 1970-01-01T00:00:00Z.</param>
public sealed record ClockPinRequest(long? Timestamp);

/// <summary>The engine's clock, where it may be pinned: test and training installations. Elsewhere these paths do not
/// exist.</summary>
static class Clock
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var clock = v2.MapGroup("/clock").WithTags("Clock");
        clock.MapPut("", Pin).Body<ClockPinRequest>().AnswersNothing()
            .Operation(
                "pinClock", "Pins the clock; answers when everything due up to then has happened.", 400, 403, 404);
        clock.MapPost("/reset", Reset).AnswersNothing()
            .Operation("resetClock", "Lets the clock run with the system's again.", 403, 404);
    }

    static async Task<IResult> Pin(HttpContext http, WorkflowEngine engine)
    {
        RefuseUnlessPinnable(http, engine);
        http.EngineScope();
        var body = await Json.ReadAsync<ClockPinRequest>(http.Request);
        var timestamp = body.Timestamp ?? throw ProblemException.InvalidArgument("No timestamp provided.");
        if (timestamp < 0 || timestamp > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            throw ProblemException.InvalidArgument(
                $"The value for timestamp is '{timestamp}' but must be milliseconds since 1970, not negative.");
        }
        await engine.Clock.PinAsync(DateTimeOffset.FromUnixTimeMilliseconds(timestamp), http.RequestAborted);
        return Results.NoContent();
    }

    static async Task<IResult> Reset(HttpContext http, WorkflowEngine engine)
    {
        RefuseUnlessPinnable(http, engine);
        http.EngineScope();
        await engine.Clock.ResetAsync(http.RequestAborted);
        return Results.NoContent();
    }

    static void RefuseUnlessPinnable(HttpContext http, WorkflowEngine engine)
    {
        if (engine.Clock.IsPinnable) return;
        throw new ProblemException(
            StatusCodes.Status404NotFound, "NOT_FOUND",
            $"There is no resource {http.Request.Path} in this installation.");
    }
}
