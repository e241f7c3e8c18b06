using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Api.Access;
using Api.Approvals;
using Api.Cases;
using Api.Documents;
using Api.Notifications;
using Api.Orchestration;
using Api.Procedures;
using Api.Storage;
using Api.Team;
using Api.Telemetry;
using Api.UseCases;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Workflows.Engine.Calendar;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Startup;

/// <summary>
/// The composition of the product: the only place that wires things. Nothing is listened on before all is ready.
/// </summary>
public static class WorkflowHost
{
    /// <summary>Used when neither <c>ASPNETCORE_URLS</c> nor <c>--urls</c> says anything: this machine only.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <exception cref="SettingException">A setting is missing or wrong.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = Locations.ContentRoot(),
        });
        adjust?.Invoke(builder);
        if (string.IsNullOrWhiteSpace(builder.Configuration["Urls"])) builder.WebHost.UseUrls(DefaultUrl);
        // A form or a diagram is far below this; nothing larger is read into memory.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 10 * 1024 * 1024);

        var settings = Settings.Read(builder.Configuration, builder.Environment);
        var development = builder.Environment.IsDevelopment();
        builder.Services.AddProduct(settings, new Preparation.Plan(development, DeployShipped: true));
        builder.Services.AddAccess(settings, development);
        builder.Services.AddProblemDetails();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
        builder.Services.AddUseCases();
        builder.Services.AddOrchestration();
        builder.Services.AddCaseWork();
        builder.Services.AddNotificationPages();
        builder.Services.AddApprovals(settings.RateLimits);
        builder.Services.AddMeasurements();
        builder.Services.AddProcedurePages();
        // A body that cannot be read is told the same way in every environment.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        // A property nobody reads is a mistake of the caller, told by its name.
        builder.Services.ConfigureHttpJsonOptions(options =>
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow);

        var app = builder.Build();
        app.UseSecurityHeaders();
        app.UseExceptionHandler(UnexpectedErrors.Configure);
        app.UseForwardedHeaders();
        app.UseBrowserApplication();
        app.UseAccess();
        app.MapHealthChecks("/health").AllowAnonymous();
        app.MapCentre();
        app.MapSession();
        app.MapPasskeys();
        app.MapSecondFactors();
        if (settings.Entra is not null) app.MapEntra();
        app.MapCases();
        app.MapCaseRights();
        app.MapTeam();
        app.MapAccounts();
        app.MapOneTimeCodes();
        app.MapErasure();
        app.MapCasePage();
        app.MapDocuments();
        app.MapTasks();
        app.MapFamily();
        app.MapAttachments();
        app.MapLive();
        app.MapSilence();
        app.MapPreferences();
        app.MapNotifications();
        app.MapApprovals();
        app.MapProcedures();
        app.MapOrchestration();
        app.MapMetrics();
        return app;
    }

    /// <summary>Everything but the web server: what the rehearsal of a scenario needs too.</summary>
    public static void AddProduct(
        this IServiceCollection services, Settings settings, Preparation.Plan plan,
        Action<WorkflowsOptions>? adjust = null)
    {
        services.AddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(plan);
        // The first hosted service: tables exist before any other service of the host starts.
        services.AddHostedService<Preparation>();
        services.AddSingleton<DatabaseLock>();
        services.AddSingleton<ProductDbFactory>();
        services.AddScoped(provider => provider.GetRequiredService<ProductDbFactory>().Create());
        services.AddAccounts(settings);
        services.AddSingleton<AccountSeeding>();
        services.AddScoped<AccountBook>();
        services.AddScoped<AccountRequests>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<ReadLog>();
        services.AddSingleton<CaseAccess>();
        services.AddSingleton<Assignees>();
        services.AddProcedures();
        services.AddSingleton<Vault>();
        services.AddSingleton<CaseWords>();
        services.AddSingleton<CaseFile>();
        services.AddSingleton<CaseOpening>();
        services.AddSingleton<TaskCompletion>();
        services.AddSingleton<ApprovalTickets>();
        services.AddSingleton<CaseReading>();
        services.AddSingleton<Erasures>();
        services.AddSingleton<Substitutions>();
        services.AddSingleton<CaseLinks>();
        services.AddSingleton<DocumentTitles>();
        services.AddSingleton<CaseDocuments>();
        services.AddSingleton<PdfPrinter>();
        services.AddChannels(settings);
        var (steps, approvals) = (new CaseSteps(settings), new ApprovalSteps(settings));
        var migrations = new MigrationSteps(settings);
        var places = new AssistantPlaces(settings);
        services.AddSingleton(places);
        services.AddSingleton(migrations);
        var planning = new Planning(settings, BusinessCalendar.Poland);
        services.AddSingleton(BusinessCalendar.Poland);
        services.AddSingleton<StepNames>();
        services.AddSingleton<Digest>();
        services.AddSingleton<Silence>();
        services.AddSingleton<Sender>();
        services.AddSingleton<CalendarJobs>();
        services.AddSingleton<Func<WorkflowDb>>(provider => provider.GetRequiredService<WorkflowStore>().Dialect.NewDb);
        services.AddSingleton<Queries>();
        services.AddWorkflows(options =>
        {
            options.Provider = settings.Provider == StorageProvider.Sqlite
                ? DatabaseProvider.Sqlite
                : DatabaseProvider.PostgreSql;
            options.ConnectionString = settings.ConnectionString;
            options.Zone = settings.Zone;
            options.PinnableClock = settings.Clock == ClockMode.Pinnable;
            options.Quartz = true;
            options.StepExtras = step => CommitExtras.Both(
                CommitExtras.Both(steps.Of(step), approvals.Of(step)),
                CommitExtras.Both(migrations.Of(step), planning.Of(step)));
            options.JobHandlers[AssistantPlaces.ReleaseType] = places.ReleaseAsync;
            options.JobHandlers[MailAddresses.RestoreType] = MailAddresses.Restoring(settings);
            adjust?.Invoke(options);
        });
        // After the engine's services, before the web server, which the host starts last.
        services.AddHostedService<ShippedProceduresAtStart>();
    }
}

/// <summary>Migrations and accounts, before anything else of the host runs.</summary>
public sealed class Preparation(
    IServiceProvider services, Settings settings, ProductDbFactory databases, AccountSeeding accounts,
    Vault vault, Preparation.Plan plan, DatabaseLock one, ILogger<Preparation> log) : IHostedLifecycleService
{
    /// <param name="Demo">Seed the demonstration accounts: Development only, their passwords are public.</param>
    /// <param name="DeployShipped">Deploy <c>workflows/</c>.</param>
    /// <param name="Notify">Send messages and run what comes round by the calendar; a rehearsal only tells
    /// them.</param>
    public sealed record Plan(bool Demo, bool DeployShipped, bool Notify = true);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            one.Take();
            await services.MigrateWorkflowsAsync(cancellationToken);
            await using var db = databases.Create();
            await db.Database.MigrateAsync(cancellationToken);
            if (await vault.PrepareAsync(cancellationToken) is var wrapped and > 0)
            {
                log.LogInformation("{Count} keys are wrapped with the new master key", wrapped);
            }
        }
        catch (CryptographicException)
        {
            throw new SettingException(
                "Set Encryption__MasterKey to the key this database was made with; to change it, set the old one as " +
                "Encryption__PreviousMasterKey for one start.");
        }
        catch (DbException problem)
        {
            throw new SettingException(
                $"Set ConnectionStrings__Workflows to a database that can be opened and changed: {problem.Message}");
        }
        var substitutions = services.GetRequiredService<Substitutions>();
        services.GetRequiredService<WorkflowsOptions>().DueSources.Add(
            new DueSource(substitutions.NextEndAsync, substitutions.EndAsync));
        services.GetRequiredService<WorkflowsOptions>().JobHandlers[MigrationDesk.JobType] =
            services.GetRequiredService<MigrationDesk>().RunAsync;
        services.GetRequiredService<MigrationSteps>().Book = services.GetRequiredService<ProcedureBook>();
        await accounts.SeedAsync(plan.Demo, cancellationToken);
        if (settings.FirstAdmin is { } first)
        {
            await using var scope = services.CreateAsyncScope();
            await accounts.SeedFirstAdminAsync(
                first, scope.ServiceProvider.GetRequiredService<UserManager<Account>>(), cancellationToken);
        }
        if (plan.Notify) await BeginNotifyingAsync(cancellationToken);
    }

    // The engine asks these two only when its workers run, and they start after this.
    async Task BeginNotifyingAsync(CancellationToken cancellationToken)
    {
        var options = services.GetRequiredService<WorkflowsOptions>();
        var jobs = services.GetRequiredService<CalendarJobs>();
        await jobs.PrepareAsync(cancellationToken);
        options.DueSources.Add(jobs.Source);
        options.DueSources.Add(services.GetRequiredService<PublicationDesk>().Source);
        options.OutboxSender = (item, ct) => services.GetRequiredService<Sender>().SendAsync(item, ct);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Brings the product's own procedures into force when the engine runs and the port is still closed.</summary>
public sealed class ShippedProceduresAtStart(ShippedProcedures procedures, Preparation.Plan plan) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        plan.DeployShipped ? procedures.DeployAsync(cancellationToken) : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
