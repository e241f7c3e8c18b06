using Api.Access;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Notifications;

/// <summary>How the caller is told of her tasks.</summary>
[Policy(PolicyAttribute.CaseWork, PolicyAttribute.Administration)]
public sealed record ShowPreferences(Scope Scope) : IUseCase<NotificationPreferences>
{
    public sealed class Handler(ProductDbFactory databases, Settings settings)
        : IRequestHandler<ShowPreferences, UseCaseResult<NotificationPreferences>>
    {
        public async Task<UseCaseResult<NotificationPreferences>> Handle(
            ShowPreferences request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var row = await db.NotificationPreferences.AsNoTracking().FirstOrDefaultAsync(
                one => one.TenantId == WorkflowDb.DefaultTenant && one.UserName == request.Scope.User,
                cancellationToken);
            return new UseCaseResult<NotificationPreferences>.Done(new NotificationPreferences(
                row?.Email ?? true, row?.Teams ?? true, row?.DigestAt ?? settings.Notifications.Hours.DigestAt));
        }
    }
}

/// <param name="DigestAt">In the zone of the centre.</param>
public sealed record NotificationPreferences(bool Email, bool Teams, TimeOnly DigestAt);

/// <summary>Chooses the ways and the hour; at least one way stays.</summary>
[Policy(PolicyAttribute.CaseWork, PolicyAttribute.Administration)]
public sealed record SetPreferences(Scope Scope, bool Email, bool Teams, TimeOnly? DigestAt)
    : IUseCase<NotificationPreferences>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (!Email && !Teams)
            yield return ("email", "Zostaw choć jeden sposób: terminów ustawowych nie można wyciszyć.");
    }

    public sealed class Handler(ProductDbFactory databases, Settings settings)
        : IRequestHandler<SetPreferences, UseCaseResult<NotificationPreferences>>
    {
        public async Task<UseCaseResult<NotificationPreferences>> Handle(
            SetPreferences request, CancellationToken cancellationToken)
        {
            var hours = settings.Notifications.Hours;
            if (request.DigestAt < hours.DigestAt || request.DigestAt >= hours.To)
            {
                return new UseCaseResult<NotificationPreferences>.Invalid(new Dictionary<string, string[]>
                {
                    ["digestAt"] = [$"Zestawienie przychodzi między {hours.DigestAt:HH\\:mm} a {hours.To:HH\\:mm}."],
                });
            }
            await using var db = databases.Create();
            var row = await db.NotificationPreferences.FirstOrDefaultAsync(
                one => one.TenantId == WorkflowDb.DefaultTenant && one.UserName == request.Scope.User,
                cancellationToken);
            if (row is null)
            {
                row = new NotificationPreferenceRow
                {
                    TenantId = WorkflowDb.DefaultTenant, UserName = request.Scope.User,
                };
                db.NotificationPreferences.Add(row);
            }
            (row.Email, row.Teams, row.DigestAt) = (request.Email, request.Teams, request.DigestAt);
            await db.SaveChangesAsync(cancellationToken);
            return new UseCaseResult<NotificationPreferences>.Done(new NotificationPreferences(
                row.Email, row.Teams, row.DigestAt ?? hours.DigestAt));
        }
    }
}

public static class PreferenceEndpoints
{
    public sealed record NewPreferences(bool Email, bool Teams, TimeOnly? DigestAt);

    public static void MapPreferences(this IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup("/api/account/notifications").WithTags("Notifications");
        own.MapGet("", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ShowPreferences(http.Scope()), ct);
            return result.ToResult(wishes => Results.Ok(wishes));
        });
        own.MapPut("", async (NewPreferences body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(
                new SetPreferences(http.Scope(), body.Email, body.Teams, body.DigestAt), ct);
            return result.ToResult(wishes => Results.Ok(wishes));
        });
    }
}
