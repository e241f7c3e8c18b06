using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.UseCases;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace Api.Cases;

/// <summary><c>/api/tasks</c>: inbox, task page, drafts, completion, attachments; and the family of a case.</summary>
public static class TaskEndpoints
{
    public sealed record Completion(JsonElement Form, string? Action);

    /// <summary>The filters of the list; a searched word travels in the body, because addresses are logged.</summary>
    public sealed record TaskQuery(
        string? View, string? Q, string? Due, string? Process, string? Sort, int? Page);

    public sealed record Draft(JsonElement Content, int Revision);

    public sealed record Family(JsonElement Content);

    /// <param name="OccurredOn">yyyy-MM-dd; the form says what is wrong with another text.</param>
    public sealed record Entry(string? OccurredOn, string? Kind, string? Text);

    /// <summary>Parts of a multipart body besides the bytes of the file.</summary>
    const int MultipartOverhead = 64 * 1024;

    public static void AddCaseWork(this IServiceCollection services)
    {
        services.AddSingleton<People>();
        services.AddSingleton<LocalMoments>();
        services.AddSingleton<TaskItems>();
        services.AddSingleton<TaskRefusals>();
        services.AddSingleton<CaseRest>();
        services.AddSingleton<Drafts>();
        services.AddSingleton<Prefilling>();
        services.AddSingleton<NextSteps>();
        services.AddSingleton<CaseBriefs>();
        services.AddSingleton<Families>();
        services.AddSingleton<Attachments>();
        services.AddSingleton<VirusScanner>();
        services.AddLive();
    }

    public static void MapTasks(this IEndpointRouteBuilder routes)
    {
        var tasks = routes.MapGroup("/api/tasks").WithTags("Tasks");
        tasks.MapGet("", async (
            HttpContext http, IMediator mediator, CancellationToken ct, string? view = null, string? q = null,
            string? due = null, string? process = null, string? sort = null, int page = 1) =>
        {
            if (q is { Length: > 0 }) return Problems.SearchInAddress("/api/tasks/search");
            var result = await mediator.Send(new ListTasks(http.Scope(), view, null, due, process, sort, page), ct);
            return result.ToResult(list => Results.Ok(list));
        });
        tasks.MapPost("/search", async (TaskQuery body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(
                new ListTasks(
                    http.Scope(), body.View, body.Q, body.Due, body.Process, body.Sort, body.Page ?? 1), ct);
            return result.ToResult(list => Results.Ok(list));
        });
        tasks.MapGet("/{key:long}", async (long key, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new OpenTaskPage(http.Scope(), key), ct);
            return result.ToResult(page => Results.Ok(page));
        });
        tasks.MapPut("/{key:long}/draft", async (
            long key, Draft body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new SaveDraft(http.Scope(), key, body.Content, body.Revision), ct);
            return result.ToResult(saved => Results.Ok(saved));
        });
        tasks.MapPost("/{key:long}/completion", async (
            long key, Completion body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(
                new CompleteTask(http.Scope(), key, body.Form, body.Action, http.KeyOfRequest()), ct);
            return result.ToResult(receipt => Results.Ok(receipt));
        });
        tasks.MapGet("/{key:long}/receipt", async (
            long key, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ReadReceipt(http.Scope(), key), ct);
            return result.ToResult(receipt => Results.Ok(receipt));
        });
        tasks.MapPost(
            "/{key:long}/claim", async (long key, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ClaimTask(http.Scope(), key), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        tasks.MapDelete(
            "/{key:long}/claim", async (long key, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new GiveTaskBack(http.Scope(), key), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        routes.MapGet("/api/procedures/startable", async (
            HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListStartable(http.Scope()), ct);
            return result.ToResult(items => Results.Ok(items));
        }).WithTags("Tasks");
    }

    public static void MapFamily(this IEndpointRouteBuilder routes)
    {
        var cases = routes.MapGroup("/api/cases/{no}").WithTags("Cases");
        cases.MapGet("/family", async (
            string no, HttpContext http, CaseAccess access, IMediator mediator, CancellationToken ct) =>
        {
            if ((await access.EnterAsync(http, no, "family", ct: ct)).Refusal is { } refusal) return refusal;
            var result = await mediator.Send(new ReadFamily(http.Scope(), no), ct);
            return result.ToResult(family => Results.Ok(family));
        });
        cases.MapPut("/family", async (
            string no, Family body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(
                new WriteFamily(http.Scope(), no, body.Content, http.KeyOfRequest()), ct);
            return result.ToResult(document => Results.Ok(document));
        });
        cases.MapPost("/entries", async (
            string no, Entry body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(
                new AddEntry(http.Scope(), no, body.OccurredOn, body.Kind, body.Text, http.KeyOfRequest()), ct);
            return result.ToResult(document => Results.Ok(document));
        });
    }

    public static void MapAttachments(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/tasks/{key:long}/attachments", AttachAsync).WithTags("Tasks");
        routes.MapGet("/api/cases/{no}/attachments/{id}", async (
            string no, string id, HttpContext http, CaseAccess access, IMediator mediator, CancellationToken ct) =>
        {
            if ((await access.EnterAsync(http, no, what: null, content: false, ct)).Refusal is { } refusal)
                return refusal;
            var result = await mediator.Send(new DownloadFile(http.Scope(), no, id), ct);
            if (result is UseCaseResult<DownloadFile.Answer>.Done { Answer.View: var shown })
                await access.LogAsync(http, no, $"file {shown.Id}");
            // Given a name, the framework says "attachment": a browser saves the file and never shows it as a page.
            return result.ToResult(file => Results.File(file.Content, file.View.Type, file.View.Name));
        }).WithTags("Cases");
    }

    static async Task<IResult> AttachAsync(
        long key, HttpContext http, IMediator mediator, Settings settings, CancellationToken ct)
    {
        var most = settings.Attachments.BytesMax;
        if (!http.Request.HasFormContentType) return AttachFile.WrongType.ToResult(_ => Results.Empty);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = most + MultipartOverhead;
        if (http.Request.ContentLength > most + MultipartOverhead)
            return AttachFile.TooLarge(most).ToResult(_ => Results.Empty);
        IFormCollection form;
        try
        {
            form = await http.Request.ReadFormAsync(
                new FormOptions { MultipartBodyLengthLimit = most + MultipartOverhead }, ct);
        }
        catch (InvalidDataException)
        {
            return AttachFile.TooLarge(most).ToResult(_ => Results.Empty);
        }
        if (form.Files is not [var file])
        {
            return Problems.Invalid(
                "Wyślij dokładnie jeden plik.",
                new Dictionary<string, string[]>(StringComparer.Ordinal) { ["file"] = ["Wybierz jeden plik."] });
        }
        if (file.Length > most) return AttachFile.TooLarge(most).ToResult(_ => Results.Empty);
        using var content = new MemoryStream((int)file.Length);
        await file.CopyToAsync(content, ct);
        var result = await mediator.Send(
            new AttachFile(http.Scope(), key, file.FileName, content.ToArray(), http.KeyOfRequest()), ct);
        return result.ToResult(attached => Results.Ok(attached));
    }
}
