using System.Net;
using Api.Startup;
using Workflows.Engine.Calendar;
using Workflows.Runtime;

namespace Api.Access;

/// <summary><c>GET /api/centre</c>: what the browser application must know before anybody has signed in.</summary>
public static class Centre
{
    /// <param name="Today">The day of the engine's clock in the zone of the centre.</param>
    /// <param name="ClockPinned">Time stands still: training or a test.</param>
    public sealed record Description(
        string Name, DateOnly Today, DateTimeOffset Now, bool ClockPinned, WaysIn SignIn, int AttachmentBytesMax);

    /// <param name="Passkeys">False where the browser would refuse: a passkey belongs to a domain, never to an
    /// address of digits.</param>
    public sealed record WaysIn(bool Passkeys, bool Entra);

    public static bool OffersPasskeys(HttpContext http, Settings settings) =>
        settings.PasskeyDomain is not null || !IPAddress.TryParse(http.Request.Host.Host, out _);

    public static void MapCentre(this IEndpointRouteBuilder routes) => routes
        .MapGet("/api/centre", async (HttpContext http, Settings settings, WorkflowEngine engine) =>
        {
            var now = await engine.Clock.NowAsync(http.RequestAborted);
            return new Description(
                settings.CentreName, LocalTime.DayOf(now, settings.Zone), now, engine.Clock.IsPinned,
                new WaysIn(OffersPasskeys(http, settings), settings.Entra is not null),
                settings.Attachments.BytesMax);
        })
        .AllowAnonymous().WithTags("Session");
}
