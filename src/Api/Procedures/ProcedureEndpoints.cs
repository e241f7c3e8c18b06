using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.UseCases;
using MediatR;

namespace Api.Procedures;

/// <summary>The designer's side of the server: procedures, drafts, checks, publications.</summary>
public static class ProcedureEndpoints
{
    public sealed record DeadlineBody(int? Amount, string? Unit, string? Roll, DateOnly? From);

    public sealed record FeelBody(string? Expression, bool Unary = false);

    public sealed record DraftBody(
        int? Revision, int? BaseVersion, Dictionary<string, string>? Files, string? Note = null);

    public sealed record FilesBody(Dictionary<string, string>? Files);

    public sealed record BacktestBody(Dictionary<string, string>? Files, int? Max = null);

    public sealed record RunBody(Dictionary<string, string>? Files, int? Patience = null);

    public sealed record RepairBody(Dictionary<string, string>? Files, string? RuleId);

    public sealed record CompareBody(Dictionary<string, string>? Files, int? From, int? To);

    public sealed record PublicationBody(
        int? Revision, string? Reason, string? LegalBasis, DateOnly? ValidFrom, string[]? Ticks, string? Compared);

    public sealed record RollbackBody(string? Reason, string? LegalBasis);

    public sealed record SimulationBody(
        Dictionary<string, string>? Files, DateTimeOffset? Start, Dictionary<string, JsonElement>? Variables,
        ImmutableArray<SimulatedAct> Acts);

    public sealed record ScenarioBody(
        string? Name, DateTimeOffset? Start, Dictionary<string, JsonElement>? Variables,
        ImmutableArray<SimulatedAct> Acts, Dictionary<string, string>? Files = null);

    public sealed record PreviewBody(int? From, int? To, Dictionary<string, string>? Mapping, string? Terms);

    public sealed record MigrationBody(
        int? From, int? To, Dictionary<string, string>? Mapping, string? Terms, string[]? Instances, string? Reason,
        string? LegalBasis);

    public sealed record UndoBody(string[]? Instances, string? Reason);

    /// <summary>What a rehearsal needs too.</summary>
    public static void AddProcedures(this IServiceCollection services)
    {
        services.AddSingleton<ProcedureBook>();
        services.AddSingleton<ProductFolder>();
        services.AddSingleton<ProcedureCheckup>();
        services.AddSingleton<ScenarioRuns>();
        services.AddSingleton<SimulationDesk>();
        services.AddSingleton<BacktestDesk>();
        services.AddSingleton<PublicationDesk>();
        services.AddSingleton<MigrationPlanning>();
        services.AddSingleton<SinceMigration>();
        services.AddSingleton<MigrationDesk>();
        services.AddSingleton<ShippedProcedures>();
    }

    public static void AddProcedurePages(this IServiceCollection services)
    {
        services.AddScoped<ProcedureViews>();
        services.AddScoped<DraftBook>();
        services.AddScoped<PublicationReading>();
        services.AddScoped<MigrationReading>();
    }

    public static void MapProcedures(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/procedures").WithTags("Procedures");
        MapReading(api);
        MapDrafts(api);
        MapChecks(api);
        MapRuns(api);
        MapArchive(api);
        MapPublications(api, routes.MapGroup("/api/publications").WithTags("Procedures"));
        MapMigrations(api, routes.MapGroup("/api/migrations").WithTags("Procedures"));
    }

    static void MapReading(RouteGroupBuilder api)
    {
        api.MapGet("", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListProcedures(http.Scope()), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        api.MapGet("/vocabulary", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ReadVocabulary(http.Scope()), ct);
            return result.ToResult(words => Results.Ok(words));
        });
        api.MapPost("/deadline", async (
            DeadlineBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new CountDeadline(http.Scope(), body.Amount, body.Unit, body.Roll, body.From);
            return (await mediator.Send(request, ct)).ToResult(deadline => Results.Ok(deadline));
        });
        api.MapPost("/feel", async (FeelBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new CheckExpression(http.Scope(), body.Expression, body.Unary), ct);
            return result.ToResult(answer => Results.Ok(new { problem = answer.Found }));
        });
        api.MapGet("/{id}", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ShowProcedure(http.Scope(), id), ct);
            return result.ToResult(item => Results.Ok(item));
        });
        api.MapGet("/{id}/versions/{version:int}/files", async (
            string id, int version, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ReadVersion(http.Scope(), id, version), ct);
            return result.ToResult(files => Results.Ok(new { files }));
        });
        api.MapGet("/{id}/product-version/files", async (
            string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ReadProductVersion(http.Scope(), id), ct);
            return result.ToResult(files => Results.Ok(new { files }));
        });
    }

    static void MapDrafts(RouteGroupBuilder api)
    {
        api.MapGet("/{id}/draft", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ReadDraft(http.Scope(), id), ct);
            return result.ToResult(draft => Results.Ok(draft));
        });
        api.MapPut("/{id}/draft", async (
            string id, DraftBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new SaveDraft(http.Scope(), id, body.Revision, body.BaseVersion, body.Files, body.Note);
            return (await mediator.Send(request, ct)).ToResult(saved => Results.Ok(saved));
        });
        api.MapDelete("/{id}/draft", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new DiscardDraft(http.Scope(), id), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        api.MapGet("/{id}/draft/history", async (
            string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ReadDraftHistory(http.Scope(), id), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        api.MapGet("/{id}/draft/history/{revision:int}/files", async (
            string id, int revision, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ReadDraftRevision(http.Scope(), id, revision), ct);
            return result.ToResult(files => Results.Ok(new { files }));
        });
    }

    static void MapChecks(RouteGroupBuilder api)
    {
        api.MapPost("/{id}/check", async (
            string id, FilesBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new CheckProcedure(http.Scope(), id, body.Files), ct);
            return result.ToResult(answer => Results.Ok(answer));
        });
        api.MapPost("/{id}/repair", async (
            string id, RepairBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new RepairProcedure(http.Scope(), id, body.Files, body.RuleId), ct);
            return result.ToResult(files => Results.Ok(new { files }));
        });
        api.MapPost("/{id}/backtest", async (
            string id, BacktestBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new BacktestProcedure(http.Scope(), id, body.Files, body.Max), ct);
            return result.ToResult(answer => Results.Ok(answer));
        });
        api.MapPost("/{id}/compare", async (
            string id, CompareBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new CompareProcedure(http.Scope(), id, body.Files, body.From, body.To);
            return (await mediator.Send(request, ct)).ToResult(answer => Results.Ok(answer));
        });
    }

    static void MapPublications(RouteGroupBuilder api, RouteGroupBuilder publications)
    {
        api.MapPost("/{id}/publications", async (
            string id, PublicationBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new RequestPublication(
                http.Scope(), id, body.Revision, body.Reason, body.LegalBasis, body.ValidFrom, body.Ticks,
                body.Compared);
            return (await mediator.Send(request, ct)).ToResult(view => Results.Ok(view));
        });
        api.MapPost("/{id}/versions/{version:int}/rollback", async (
            string id, int version, RollbackBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new RequestRollback(http.Scope(), id, version, body.Reason, body.LegalBasis);
            return (await mediator.Send(request, ct)).ToResult(view => Results.Ok(view));
        });
        publications.MapGet("", async (string? state, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListPublications(http.Scope(), state), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        publications.MapGet("/{id}", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ShowPublication(http.Scope(), id), ct);
            return result.ToResult(view => Results.Ok(view));
        });
        publications.MapPost("/{id}/approval", async (
            string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ApprovePublication(http.Scope(), id), ct);
            return result.ToResult(view => Results.Ok(view));
        });
        publications.MapPost("/{id}/refusal", async (
            string id, AccessEndpoints.WithReason body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new RefusePublication(http.Scope(), id, body.Reason), ct);
            return result.ToResult(view => Results.Ok(view));
        });
    }

    static void MapRuns(RouteGroupBuilder api)
    {
        api.MapPost("/{id}/simulation", async (
            string id, SimulationBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new SimulateProcedure(
                http.Scope(), id, body.Files, body.Start, body.Variables, body.Acts);
            return (await mediator.Send(request, ct)).ToResult(answer => Results.Ok(answer));
        });
        api.MapGet("/{id}/scenarios", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListScenarios(http.Scope(), id), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        api.MapPost("/{id}/scenarios", async (
            string id, ScenarioBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new SaveScenario(
                http.Scope(), id, body.Files, body.Name, body.Start, body.Variables, body.Acts);
            return (await mediator.Send(request, ct)).ToResult(
                _ => Results.Ok(new { body.Name, Shipped = false }));
        });
        api.MapDelete("/{id}/scenarios/{name}", async (
            string id, string name, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new DeleteScenario(http.Scope(), id, name), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        api.MapPost("/{id}/scenarios/run", async (
            string id, RunBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new RunScenarios(http.Scope(), id, body.Files, body.Patience), ct);
            return result.ToResult(run => Results.Ok(new { run.Items, run.Total, Done = run.IsDone }));
        });
    }

    static void MapMigrations(RouteGroupBuilder api, RouteGroupBuilder migrations)
    {
        api.MapPost("/{id}/migration/preview", async (
            string id, PreviewBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new PreviewMigration(http.Scope(), id, body.From, body.To, body.Mapping, body.Terms);
            return (await mediator.Send(request, ct)).ToResult(answer => Results.Ok(answer));
        });
        api.MapPost("/{id}/migrations", async (
            string id, MigrationBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new PrepareMigration(
                http.Scope(), id, body.From, body.To, body.Mapping, body.Terms, body.Instances, body.Reason,
                body.LegalBasis);
            return (await mediator.Send(request, ct)).ToResult(view => Results.Ok(view));
        });
        api.MapGet("/{id}/migrations", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListMigrations(http.Scope(), id), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        migrations.MapGet("/{id}", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ShowMigration(http.Scope(), id), ct);
            return result.ToResult(view => Results.Ok(view));
        });
        migrations.MapPost("/{id}/undo", async (
            string id, UndoBody body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new TakeMigrationBack(http.Scope(), id, body.Instances, body.Reason);
            return (await mediator.Send(request, ct)).ToResult(view => Results.Ok(view));
        });
    }

    static void MapArchive(RouteGroupBuilder api)
    {
        api.MapGet("/{id}/archive", async (
            string id, string? version, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ExportProcedure(http.Scope(), id, version), ct);
            return result.ToResult(zip => Results.File(zip.Content, "application/zip", zip.FileName));
        });
        api.MapPost("/import", async (IFormFile file, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            using var content = new MemoryStream();
            await file.CopyToAsync(content, ct);
            var request = new ImportProcedure(http.Scope(), file.FileName, content.ToArray());
            return (await mediator.Send(request, ct)).ToResult(answer => Results.Ok(answer));
        }).DisableAntiforgery();
    }
}
