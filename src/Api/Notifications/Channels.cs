using System.Diagnostics.Metrics;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Notifications;

/// <summary>How messages reach one person.</summary>
/// <param name="EmailProblem">Polish: why no e-mail reaches her; null while it does, or while e-mail is off.</param>
/// <param name="TeamsEnabled">The centre uses Teams.</param>
/// <param name="TeamsError">Polish; the last failure.</param>
/// <param name="ToDoEnabled">The centre allows copies in To Do.</param>
/// <param name="ToDo">She asked for them.</param>
public sealed record PersonChannelsView(
    string UserName, bool EmailEnabled, string? EmailProblem, bool TeamsEnabled, TeamsState Teams, string? TeamsError,
    DateTimeOffset? TeamsAt, bool ToDoEnabled, bool ToDo, string? ToDoError);

/// <summary>The caller's own channels.</summary>
[Policy(PolicyAttribute.CaseWork, PolicyAttribute.Administration)]
public sealed record GetMyChannels(Scope Scope) : IUseCase<PersonChannelsView>
{
    public sealed class Handler(PersonChannelBook book)
        : IRequestHandler<GetMyChannels, UseCaseResult<PersonChannelsView>>
    {
        public async Task<UseCaseResult<PersonChannelsView>> Handle(
            GetMyChannels request, CancellationToken cancellationToken) =>
            new UseCaseResult<PersonChannelsView>.Done(
                (await book.OfAsync([request.Scope.User], cancellationToken))[0]);
    }
}

/// <summary>The channels of everybody, for administrators of accounts.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record ListChannels(Scope Scope) : IUseCase<IReadOnlyList<PersonChannelsView>>
{
    public sealed class Handler(PersonChannelBook book, ProductDbFactory databases)
        : IRequestHandler<ListChannels, UseCaseResult<IReadOnlyList<PersonChannelsView>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<PersonChannelsView>>> Handle(
            ListChannels request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var users = await db.Users.AsNoTracking().Where(row => !row.Disabled).OrderBy(row => row.UserName)
                .Select(row => row.UserName!).ToListAsync(cancellationToken);
            return new UseCaseResult<IReadOnlyList<PersonChannelsView>>.Done(
                await book.OfAsync(users, cancellationToken));
        }
    }
}

/// <summary>Switches her own copies in To Do on or off.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record SetToDo(Scope Scope, bool On) : IUseCase<Unit>
{
    public sealed class Handler(ProductDbFactory databases, Settings settings)
        : IRequestHandler<SetToDo, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(SetToDo request, CancellationToken cancellationToken)
        {
            if (!settings.Notifications.ToDo)
            {
                return new UseCaseResult<Unit>.Refused(
                    EngineRejection.InvalidState, "Ośrodek nie korzysta z kopii zadań w Microsoft To Do.");
            }
            await using var db = databases.Create();
            var row = await PersonChannels.RowAsync(db, request.Scope.User, cancellationToken);
            (row.ToDo, row.ToDoError) = (request.On, null);
            await db.SaveChangesAsync(cancellationToken);
            return new UseCaseResult<Unit>.Done(Unit.Value);
        }
    }
}

/// <summary>Puts together what settings, accounts and rows say about people's channels.</summary>
public sealed class PersonChannelBook(ProductDbFactory databases, MailAddresses addresses, Settings settings)
{
    public async Task<IReadOnlyList<PersonChannelsView>> OfAsync(IReadOnlyList<string> userNames, CancellationToken ct)
    {
        var email = settings.Notifications.Transport != MailTransport.None;
        await using var db = databases.Create();
        var rows = await db.PersonChannels.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && userNames.Contains(row.UserName))
            .ToDictionaryAsync(row => row.UserName, StringComparer.Ordinal, ct);
        var views = new List<PersonChannelsView>(userNames.Count);
        foreach (var user in userNames)
        {
            var row = rows.GetValueOrDefault(user);
            views.Add(new PersonChannelsView(
                user, email, email ? (await addresses.OfAsync(user, ct)).Why : null,
                settings.Notifications.Teams.Enabled, row?.Teams ?? TeamsState.Unknown, row?.TeamsError, row?.TeamsAt,
                settings.Notifications.ToDo, row?.ToDo == true, row?.ToDoError));
        }
        return views;
    }
}

/// <summary>Degraded while a channel does not work; the application itself goes on.</summary>
public sealed class ChannelHealth(MailboxGate mail, TeamsChannel teams) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult((mail.Trouble ?? teams.Trouble) is { } trouble
            ? HealthCheckResult.Degraded(trouble)
            : HealthCheckResult.Healthy());
}

/// <summary>Messages by state, for whoever watches the server.</summary>
public sealed class DeliveryMetrics : IDisposable
{
    public const string MeterName = "WorkflowHost.Notifications";

    readonly Meter meter;

    public const string SilenceName = "workflowhost.silence";

    public DeliveryMetrics(Func<WorkflowDb> workflows, ProductDbFactory databases)
    {
        // The scope tells hosts of one process apart.
        meter = new Meter(new MeterOptions(MeterName) { Scope = this });
        meter.CreateObservableGauge(
            "workflowhost.notifications", () => Count(workflows), unit: "{message}", description: "Messages by state");
        meter.CreateObservableGauge(
            SilenceName, () => Unproven(databases), unit: "{case}",
            description: "Open cases the last nightly proof found without a next step, a person or a date");
    }

    static IEnumerable<Measurement<int>> Unproven(ProductDbFactory databases)
    {
        using var db = databases.Create();
        return [.. db.SilenceProofs.OrderByDescending(row => row.Night).Take(1).Select(row => row.Unproven)
            .AsEnumerable().Select(count => new Measurement<int>(count))];
    }

    static IEnumerable<Measurement<int>> Count(Func<WorkflowDb> workflows)
    {
        using var db = workflows();
        var counts = db.Outbox.GroupBy(row => row.State).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionary(group => group.Key, group => group.Count, StringComparer.Ordinal);
        return [.. Ledger.States.Select(state => new Measurement<int>(
            counts.GetValueOrDefault(state), new KeyValuePair<string, object?>("state", state)))];
    }

    public void Dispose() => meter.Dispose();
}
