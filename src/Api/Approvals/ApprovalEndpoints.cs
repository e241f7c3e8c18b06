using System.Threading.RateLimiting;
using Api.Access;
using Api.Startup;
using Api.UseCases;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Identity;
using Workflows.Runtime;
using Scope = Workflows.Runtime.Scope;

namespace Api.Approvals;

/// <summary>
/// <c>/a/{ticket}</c>: a decision straight from a message (docs/decisions/0015). GET shows, POST decides, and neither
/// does anything for whoever has no session.
/// </summary>
public static class ApprovalEndpoints
{
    /// <summary>Pages below it change things by forms that carry a token.</summary>
    public const string Prefix = "/a";

    /// <summary>Field of the anti-forgery token.</summary>
    public const string TokenField = "token";

    const int FormBytesMax = 64 * 1024;

    public static void AddApprovals(this IServiceCollection services, RateLimitSettings limits)
    {
        services.AddSingleton<IHttpContextFactory, WithoutTickets>();
        services.AddSingleton(new ApprovalLimits(limits));
        services.AddSingleton<PolishDates>();
        services.AddSingleton<ApprovalReader>();
        services.AddSingleton<ApprovalPage>();
        services.AddSingleton<ApprovalDesk>();
        services.AddScoped<ProofOfPerson>();
        services.AddScoped<Visit>();
    }

    public static void MapApprovals(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup(Prefix + "/" + WithoutTickets.InPlaceOfTicket).AllowAnonymous()
            .ExcludeFromDescription();
        pages.MapMethods("", [HttpMethods.Get, HttpMethods.Head], (HttpContext http, Visit visit) =>
            visit.ShowAsync(http));
        pages.MapMethods("", [HttpMethods.Options], (HttpContext http) =>
        {
            http.Response.Headers.Allow = "GET, HEAD, POST, OPTIONS";
            return Results.NoContent();
        });
        pages.MapPost("", async (HttpContext http, Visit visit) =>
            await FormAsync(http) is { } form ? await visit.DecideAsync(http, form) : Results.BadRequest());
        pages.MapPost("/sign-in", async (HttpContext http, Visit visit) =>
            await FormAsync(http) is { } form ? await visit.SignInAsync(http, form) : Results.BadRequest());
    }

    static async Task<IFormCollection?> FormAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType || http.Request.ContentLength > FormBytesMax) return null;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = FormBytesMax;
        try
        {
            return await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}

/// <summary>
/// The value of a ticket never reaches a log, a trace or an error report: it is taken out of the address before the
/// server notes that a request began, and lies beside the request for those pages only.
/// </summary>
public sealed class WithoutTickets(IServiceProvider services) : IHttpContextFactory
{
    public const string InPlaceOfTicket = "ticket";

    readonly DefaultHttpContextFactory inner = new(services);

    public sealed record Ticket(string Value);

    public HttpContext Create(IFeatureCollection featureCollection)
    {
        const string prefix = ApprovalEndpoints.Prefix + "/";
        if (featureCollection.Get<IHttpRequestFeature>() is { } request
            && request.Path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            var rest = request.Path[prefix.Length..];
            var end = rest.IndexOf('/', StringComparison.Ordinal);
            featureCollection.Set(new Ticket(end < 0 ? rest : rest[..end]));
            request.Path = prefix + InPlaceOfTicket + (end < 0 ? "" : rest[end..]);
            request.RawTarget = request.Path;
        }
        return inner.Create(featureCollection);
    }

    public void Dispose(HttpContext httpContext) => inner.Dispose(httpContext);
}

/// <summary>Limits of their own, besides those of every request (notifications, T13).</summary>
public sealed class ApprovalLimits(RateLimitSettings settings) : IDisposable
{
    readonly PartitionedRateLimiter<string> perTicket = PerMinute(settings.DecisionsPerTicket);
    readonly PartitionedRateLimiter<string> perPerson = PerMinute(settings.DecisionsPerPerson);
    readonly PartitionedRateLimiter<string> unknown = PerMinute(settings.UnknownLinksPerMinute);

    public bool AllowsDecision(string ticketId, string userName) =>
        Acquire(perTicket, ticketId) && Acquire(perPerson, userName);

    /// <summary>Whoever tries addresses is stopped; whoever has a link is never counted.</summary>
    public bool AllowsUnknown(HttpContext http) =>
        Acquire(unknown, http.Connection.RemoteIpAddress?.ToString() ?? "unknown");

    static bool Acquire(PartitionedRateLimiter<string> limiter, string key)
    {
        using var lease = limiter.AttemptAcquire(key);
        return lease.IsAcquired;
    }

    static PartitionedRateLimiter<string> PerMinute(int permits) => PartitionedRateLimiter.Create<string, string>(
        key => RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = permits,
            Window = TimeSpan.FromMinutes(1),
        }));

    public void Dispose()
    {
        perTicket.Dispose();
        perPerson.Dispose();
        unknown.Dispose();
    }
}

/// <summary>One request behind a link: who is there, what may be shown, what is done.</summary>
public sealed class Visit(
    IMediator mediator, ApprovalTickets tickets, ApprovalLimits limits, ApprovalPage page, PolishDates dates,
    IAntiforgery antiforgery, PasswordCheck passwords, SecondFactor factor, SignInLimiter attempts, People people,
    UserManager<Account> accounts, RightsReader rights, ProofOfPerson proofs, Settings settings, TimeProvider time)
{
    const string WrongPassword = "Nazwa użytkownika lub hasło są nieprawidłowe. Wpisz je jeszcze raz.";

    public async Task<IResult> ShowAsync(HttpContext http)
    {
        var value = ValueOf(http);
        if (await IsGuessingAsync(http, value)) return await TooManyAsync(http, comment: null);
        if (ScopeOf(http) is not { } scope) return await SignInPageAsync(http, 200, error: null, null, comment: null);
        var result = await mediator.Send(new OpenApproval(scope, value), http.RequestAborted);
        return await PageAsync(http, scope, result, error: null);
    }

    public async Task<IResult> DecideAsync(HttpContext http, IFormCollection form)
    {
        var value = ValueOf(http);
        var comment = Field(form, "comment");
        if (await IsGuessingAsync(http, value)) return await TooManyAsync(http, comment);
        // Nothing is read from the form of a stranger but her own words, which she gets back.
        if (ScopeOf(http) is not { } scope) return await SignInPageAsync(http, 401, error: null, null, comment);
        var ticket = await tickets.FindAsync(value, http.RequestAborted);
        if (ticket is not null && !limits.AllowsDecision(ticket.Id, scope.User))
            return await TooManyAsync(http, comment);
        var ours = await antiforgery.IsRequestValidAsync(http);
        var proof = Session.ProofOf(http)!;
        string? error = null;
        if (ours) (proof, error) = await ProveAsync(http, form, scope, proof);
        var result = await mediator.Send(
            new Decide(
                scope, value, Field(form, "decision"), Field(form, "version"), comment, ours,
                new Circumstances(proof.At, proof.Method, http.Connection.RemoteIpAddress?.ToString())),
            http.RequestAborted);
        return await PageAsync(http, scope, result, error);
    }

    /// <summary>A password or a code that came with the decision: the proof grows, and the session with it.</summary>
    async Task<(Session.Proof Proof, string? Error)> ProveAsync(
        HttpContext http, IFormCollection form, Scope scope, Session.Proof proof)
    {
        var (password, code) = (Field(form, "password"), Field(form, "code"));
        if (password is null && code is null) return (proof, null);
        if (!attempts.Allows(http)) return (proof, "Za dużo prób. Odczekaj minutę.");
        var account = password is null
            ? proofs.IsFresh(proof.At) ? await accounts.FindByNameAsync(scope.User) : null
            : await passwords.VerifyAsync(scope.User, password);
        if (account is null || code is null || !await factor.VerifyAsync(account, code))
        {
            attempts.Failed(http);
            return (proof, "Hasło albo kod są nieprawidłowe. Kod zmienia się co 30 sekund i działa raz.");
        }
        var proved = password is null
            ? new Session.Proof(proof.At, Session.Methods.WithCode(proof.Method))
            : new Session.Proof(time.GetUtcNow(), Session.Methods.PasswordAndCode);
        await Session.BeginAsync(http, account, proved, rights, time);
        return (proved, null);
    }

    public async Task<IResult> SignInAsync(HttpContext http, IFormCollection form)
    {
        var value = ValueOf(http);
        var (comment, userName) = (Field(form, "comment"), Field(form, "userName"));
        if (await IsGuessingAsync(http, value) || !attempts.Allows(http)) return await TooManyAsync(http, comment);
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return await SignInPageAsync(
                http, 400, "Ta strona była otwarta zbyt długo. Zaloguj się jeszcze raz.", userName, comment);
        }
        if (userName is null || Field(form, "password") is not { } password
            || await passwords.VerifyAsync(userName, password) is not { } account)
        {
            attempts.Failed(http);
            return await SignInPageAsync(http, 401, WrongPassword, userName, comment);
        }
        var proof = new Session.Proof(time.GetUtcNow(), Session.Methods.Password);
        var scope = await Session.BeginAsync(http, account, proof, rights, time);
        // Back to where she came from, which is the address of this very link and never one that somebody sent along.
        if (comment is null) return Results.Redirect(PathOf(http), permanent: false, preserveMethod: false);
        http.User = Session.PrincipalOf(account, Session.Scheme);
        var result = await mediator.Send(
            new Decide(scope, value, null, null, comment, FromOurForm: false, new Circumstances(null, "", null)),
            http.RequestAborted);
        return await PageAsync(http, scope, result, error: null);
    }

    // ---- what is answered -----------------------------------------------------------------------------------------

    async Task<IResult> PageAsync(
        HttpContext http, Scope scope, UseCaseResult<ApprovalAnswer> result, string? error)
    {
        var name = (await people.OfAsync([scope.User], http.RequestAborted)).NameOf(scope.User).Split(',')[0];
        var frame = FrameOf(http, name);
        // Who may see no cases at all is told what everybody is told whose link it is not.
        var answer = result is UseCaseResult<ApprovalAnswer>.Done done ? done.Answer : new ApprovalAnswer.NotForYou();
        return answer switch
        {
            ApprovalAnswer.Question question => Html(
                http, page.Question(frame, question, http.Request.Query["d"]),
                question.Notice is null && !question.LacksReason ? 200 : 409),
            ApprovalAnswer.ProveAgain again => Html(http, page.ProveAgain(frame, again, error), 403),
            ApprovalAnswer.Receipt receipt => Html(http, page.Receipt(frame, receipt, dates), 200),
            ApprovalAnswer.Over over => Html(http, page.Over(frame, over), 200),
            ApprovalAnswer.OwnWay own => Results.Redirect(own.TaskPath, permanent: false, preserveMethod: false),
            _ => Html(http, page.NotForYou(frame), 403),
        };
    }

    Task<IResult> SignInPageAsync(HttpContext http, int status, string? error, string? userName, string? comment) =>
        Task.FromResult(Html(
            http, page.SignIn(
                FrameOf(http, name: null), error, userName, comment, Centre.OffersPasskeys(http, settings),
                settings.Entra is not null),
            status));

    Task<IResult> TooManyAsync(HttpContext http, string? comment)
    {
        http.Response.Headers.RetryAfter = "60";
        return Task.FromResult(Html(http, page.TooMany(FrameOf(http, name: null), comment), 429));
    }

    static IResult Html(HttpContext http, string html, int status)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = "no-store";
        headers["X-Robots-Tag"] = "noindex";
        headers.ContentSecurityPolicy = ApprovalPage.ContentSecurityPolicy;
        return Results.Content(html, "text/html; charset=utf-8", statusCode: status);
    }

    ApprovalPage.Frame FrameOf(HttpContext http, string? name) =>
        new(PathOf(http), antiforgery.GetAndStoreTokens(http).RequestToken ?? "", name);

    async Task<bool> IsGuessingAsync(HttpContext http, string value) =>
        await tickets.FindAsync(value, http.RequestAborted) is null && !limits.AllowsUnknown(http);

    /// <summary>Only a session counts here: a decision is taken by a person before her browser.</summary>
    static Scope? ScopeOf(HttpContext http) =>
        http.User.Identity?.AuthenticationType == Session.Scheme ? http.ScopeOrNull() : null;

    static string ValueOf(HttpContext http) => http.Features.Get<WithoutTickets.Ticket>()?.Value ?? "";

    static string PathOf(HttpContext http) =>
        ApprovalEndpoints.Prefix + "/" + Uri.EscapeDataString(ValueOf(http));

    static string? Field(IFormCollection form, string name) =>
        form[name].ToString() is { Length: > 0 } text ? text : null;
}
