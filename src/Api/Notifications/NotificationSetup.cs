using System.Text.Json.Serialization;
using Api.Access;
using Api.Startup;
using Api.UseCases;
using MediatR;

namespace Api.Notifications;

/// <summary>Services and endpoints of everything that leaves the house.</summary>
public static class NotificationSetup
{
    public sealed record ToDoSwitch(bool ToDo);

    /// <summary>What the sender of the outbox works with; needed where there is no web server too.</summary>
    public static void AddChannels(this IServiceCollection services, Settings settings)
    {
        services.AddHttpClient(TeamsChannel.WebhookClient, client => client.Timeout = TimeSpan.FromSeconds(30))
            .RemoveAllLoggers();    // they would write the address, and the address is the password
        services.AddSingleton<GraphAccess>();
        services.AddSingleton<MailboxGate>();
        services.AddSingleton<MailAddresses>();
        services.AddSingleton<Templates>();
        services.AddSingleton<TeamsChannel>();
        switch (settings.Notifications.Transport)
        {
            case MailTransport.Smtp:
                services.AddSingleton<IMailTransport, SmtpTransport>();
                break;
            case MailTransport.Graph:
                services.AddSingleton<IMailTransport, GraphTransport>();
                break;
            default:
                services.AddSingleton<IMailTransport, NoTransport>();
                break;
        }
    }

    /// <summary>What looks after messages while the server runs, and what the pages ask for.</summary>
    public static void AddNotificationPages(this IServiceCollection services)
    {
        services.AddSingleton<PersonChannelBook>();
        services.AddSingleton<DeliveryList>();
        services.AddSingleton<DeliveryMetrics>();
        services.AddSingleton<Bounces>();
        services.AddSingleton<ToDoMirror>();
        services.AddHostedService(provider => provider.GetRequiredService<Bounces>());
        services.AddHostedService(provider => provider.GetRequiredService<ToDoMirror>());
        services.AddHealthChecks().AddCheck<ChannelHealth>("channels");
    }

    public static void MapNotifications(this WebApplication app)
    {
        // Made once, so that whoever measures finds the gauge from the start.
        app.Services.GetRequiredService<DeliveryMetrics>();
        app.MapTeamsTab();
        app.MapDeliveries();
        app.MapTemplates();
        app.MapPersonChannels();
    }

    static void MapDeliveries(this IEndpointRouteBuilder routes)
    {
        var list = routes.MapGroup("/api/notifications").WithTags("Notifications");
        list.MapGet("", async (
            string? state, long? before, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListDeliveries(http.Scope(), state, before), ct);
            return result.ToResult(page => Results.Ok(page));
        });
        list.MapGet("/mine", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListMyDeliveries(http.Scope()), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        list.MapPost("/{key}/resend", async (
            string key, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ResendDelivery(http.Scope(), key), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        list.MapPost("/test", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new SendTestMail(http.Scope()), ct);
            return result.ToResult(outcome => Results.Ok(outcome));
        });
    }

    static void MapTemplates(this IEndpointRouteBuilder routes)
    {
        var templates = routes.MapGroup("/api/admin/templates").WithTags("Notifications");
        templates.MapGet("", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListTemplates(http.Scope()), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        templates.MapPut("/{name}", async (
            string name, TemplateBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ChangeTemplate(http.Scope(), name, body.Text), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        templates.MapDelete("/{name}", async (
            string name, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ResetTemplate(http.Scope(), name), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        templates.MapPost("/{name}/preview", async (
            string name, TemplateBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new PreviewTemplate(http.Scope(), name, body.Text), ct);
            return result.ToResult(message => Results.Ok(message));
        });
    }

    /// <summary>Fields a template does not have may be left out.</summary>
    public sealed record TemplateBody(
        string? Subject, string? Heading, string? Body, string? LinkText, string? Preview)
    {
        [JsonIgnore]
        public TemplateText Text => new(
            (Subject ?? "").Trim(), (Heading ?? "").Trim(), (Body ?? "").Trim(), (LinkText ?? "").Trim(),
            (Preview ?? "").Trim());
    }

    static void MapPersonChannels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/account/channels", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new GetMyChannels(http.Scope()), ct);
            return result.ToResult(view => Results.Ok(view));
        }).WithTags("Notifications");
        routes.MapPut("/api/account/channels", async (
            ToDoSwitch body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new SetToDo(http.Scope(), body.ToDo), ct);
            return result.ToResult(_ => Results.NoContent());
        }).WithTags("Notifications");
        routes.MapGet("/api/admin/channels", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListChannels(http.Scope()), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        }).WithTags("Notifications");
    }
}
