using Api.Access;
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
    public sealed class Handler(ProductDbFactory databases)
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
                row?.Email ?? true, row?.Teams ?? true, row?.DigestAt ?? WorkingHours.DigestAt));
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
        if (DigestAt < WorkingHours.DigestAt || DigestAt >= WorkingHours.To)
        {
            yield return (
                "digestAt",
                $"Zestawienie przychodzi między {WorkingHours.DigestAt:HH\\:mm} a {WorkingHours.To:HH\\:mm}.");
        }
    }

    public sealed class Handler(ProductDbFactory databases)
        : IRequestHandler<SetPreferences, UseCaseResult<NotificationPreferences>>
    {
        public async Task<UseCaseResult<NotificationPreferences>> Handle(
            SetPreferences request, CancellationToken cancellationToken)
        {
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
                row.Email, row.Teams, row.DigestAt ?? WorkingHours.DigestAt));
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
