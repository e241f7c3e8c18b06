using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Graph.Models;
using Microsoft.Graph.Users.Item.Teamwork.SendActivityNotification;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Notifications;

/// <summary>What Teams made of a notification.</summary>
public abstract record TeamsAnswer
{
    public sealed record Done(SendResult Result) : TeamsAnswer;

    /// <summary>Teams does not reach this person: she gets an e-mail instead.</summary>
    public sealed record NotInstalled(string Reason) : TeamsAnswer;
}

/// <summary>
/// The activity feed of Teams through Graph, for people who have the app, and pings for the whole team through a
/// webhook.
/// </summary>
public sealed class TeamsChannel(
    Settings settings, GraphAccess graph, ProductDbFactory databases, TimeProvider time, IHttpClientFactory clients,
    ILogger<TeamsChannel> log)
{
    /// <summary>Declared in the manifest (teams-app/manifest.json) with the one parameter <c>title</c>.</summary>
    public const string ActivityType = "taskNotice";

    /// <summary>Id of the personal tab in the manifest.</summary>
    public const string TabId = "sprawy";

    /// <summary>A longer one fails with an answer that does not say why.</summary>
    const int WebUrlLengthMax = 1024;

    public const string WebhookClient = "teams-webhook";

    // Limits of this API are its own: a pause here does not hold up the mail.
    readonly MailboxGate gate = new(time);

    public bool Enabled => settings.Notifications.Teams.Enabled && graph.IsSet;

    /// <summary>The last failure that was not about one person; null since the last success.</summary>
    public string? Trouble => gate.Trouble;

    /// <param name="chainKey">A later notification with the same one takes the place of this one in her feed.</param>
    public async Task<TeamsAnswer> SendAsync(
        long outboxKey, string userName, Notice notice, RenderedNotice content, string chainKey, CancellationToken ct)
    {
        if (!Enabled) return new TeamsAnswer.NotInstalled("Powiadomienia w Teams są wyłączone.");
        if (gate.Refusal() is { } pause) return new TeamsAnswer.Done(pause);
        if (await DirectoryIdAsync(userName, ct) is not { } person)
        {
            const string why = "Konto nie jest połączone z Microsoft 365 i nie ma adresu e-mail.";
            await RememberAsync(userName, TeamsState.NotInstalled, why, ct);
            return new TeamsAnswer.NotInstalled(why);
        }
        try
        {
            await graph.Client.Users[person].Teamwork.SendActivityNotification.PostAsync(
                Body(notice, content, chainKey), request => request.Options.Add(GraphAccess.NoRetry), ct);
            gate.Open();
            await RememberAsync(userName, TeamsState.Installed, null, ct);
            return new TeamsAnswer.Done(new SendResult.Sent());
        }
        catch (Exception failure) when (GraphProblem.Of(failure, time.GetUtcNow(), ct) is { } problem)
        {
            return await AnswerOfAsync(outboxKey, userName, problem, ct);
        }
    }

    SendActivityNotificationPostRequestBody Body(Notice notice, RenderedNotice content, string chainKey) => new()
    {
        Topic = new TeamworkActivityTopic
        {
            Source = TeamworkActivityTopicSource.Text,
            Value = content.Subject,
            WebUrl = DeepLink(notice.Link),
        },
        ActivityType = ActivityType,
        ChainId = ChainId(chainKey),
        PreviewText = new ItemBody { Content = content.Preview },
        TeamsAppId = settings.Notifications.Teams.AppId,
        TemplateParameters = [new Microsoft.Graph.Models.KeyValuePair { Name = "title", Value = content.Subject }],
    };

    /// <summary>Teams opens nothing but Teams: the link goes to our tab, which leads on to the page.</summary>
    public string DeepLink(Uri link)
    {
        var app = Uri.EscapeDataString(settings.Notifications.Teams.AppId!);
        var tab = $"https://teams.microsoft.com/l/entity/{app}/{TabId}";
        var path = settings.PublicBaseUrl.IsBaseOf(link) ? "/" + settings.PublicBaseUrl.MakeRelativeUri(link) : "/";
        var context = JsonSerializer.Serialize(new { subEntityId = path });
        // With webUrl a client that cannot show the tab opens the page itself.
        var whole = $"{tab}?webUrl={Uri.EscapeDataString(link.AbsoluteUri)}&context={Uri.EscapeDataString(context)}";
        return whole.Length <= WebUrlLengthMax ? whole : tab;
    }

    public static long ChainId(string chainKey) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(chainKey))) & long.MaxValue;

    async Task<TeamsAnswer> AnswerOfAsync(
        long outboxKey, string userName, GraphProblem problem, CancellationToken ct)
    {
        if (problem.IsThrottled)
        {
            return new TeamsAnswer.Done(gate.Close(
                $"Teams prosi o przerwę w wysyłaniu ({problem.Status}).",
                problem.RetryAfter ?? MailRules.PauseAfter(1)));
        }
        switch (problem)
        {
            case { Status: 403 or 404 } when problem.Message.Contains("install", StringComparison.OrdinalIgnoreCase)
                || problem.Message.Contains("custom text notifications", StringComparison.OrdinalIgnoreCase):
                const string missing = "Aplikacja nie jest zainstalowana w Teams tej osoby.";
                await RememberAsync(userName, TeamsState.NotInstalled, missing, ct);
                return new TeamsAnswer.NotInstalled(missing);
            case { Status: 404 }:
                const string gone = "Tej osoby nie ma w katalogu Microsoft 365.";
                await RememberAsync(userName, TeamsState.Error, gone, ct);
                return new TeamsAnswer.NotInstalled(gone);
            case { Status: >= 400 and < 500 } when !problem.IsSignIn:
                var refused = $"Teams odmówił ({problem.Status} {problem.Code}): {problem.Message}";
                log.LogWarning("Teams refused {Key} for {User}: {Problem}", outboxKey, userName, problem.Message);
                await RememberAsync(userName, TeamsState.Error, refused, ct);
                return new TeamsAnswer.NotInstalled(refused);
            default:
                // A repetition takes the place of what may have arrived, so it does no harm.
                var why = problem.IsSignIn
                    ? "Microsoft 365 odrzucił dane logowania aplikacji. Sprawdź Notifications__Graph__ClientSecret."
                    : "Teams nie odpowiedział tak, jak powinien.";
                log.LogError("Teams does not work: {Why} ({Error})", why, problem.Message);
                await RememberAsync(userName, TeamsState.Error, why, ct);
                return new TeamsAnswer.Done(gate.Close(why, MailRules.PauseAfter(1)));
        }
    }

    /// <summary>Object id of the linked directory account, else the address, which names her there too.</summary>
    public async Task<string?> DirectoryIdAsync(string userName, CancellationToken ct)
    {
        await using var db = databases.Create();
        var account = await db.Users.AsNoTracking().Where(row => row.UserName == userName && !row.Disabled)
            .Select(row => new { row.Id, row.Email }).SingleOrDefaultAsync(ct);
        if (account is null) return null;
        return await db.UserLogins.Where(row => row.UserId == account.Id && row.LoginProvider == Entra.Provider)
            .Select(row => row.ProviderKey).FirstOrDefaultAsync(ct) ?? account.Email;
    }

    async Task RememberAsync(string userName, TeamsState state, string? error, CancellationToken ct)
    {
        await using var db = databases.Create();
        var row = await PersonChannels.RowAsync(db, userName, ct);
        (row.Teams, row.TeamsError, row.TeamsAt) = (state, error, time.GetUtcNow());
        await db.SaveChangesAsync(ct);
    }

    /// <summary>
    /// A card in the team's channel: numbers only, because everybody there reads it and nobody is asked who he is.
    /// </summary>
    public async Task<SendResult> PingTeamAsync(int newTasks, int overdue, CancellationToken ct)
    {
        if (settings.Notifications.Teams.WebhookUrl is not { } address)
            return new SendResult.Suppressed("Kanał zespołu w Teams nie jest ustawiony.");
        using var client = clients.CreateClient(WebhookClient);
        try
        {
            using var content = new StringContent(Card(newTasks, overdue), Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(address, content, ct);
            if (answer.IsSuccessStatusCode) return new SendResult.Sent();
            var after = answer.Headers.RetryAfter?.Delta ?? MailRules.PauseAfter(1);
            var why = $"Kanał zespołu w Teams odpowiedział {(int)answer.StatusCode}.";
            return answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Unauthorized
                or HttpStatusCode.Forbidden
                ? new SendResult.Failed(why + " Utwórz przepływ od nowa i popraw Notifications__Teams__WebhookUrl.")
                : new SendResult.Retry(why, after);
        }
        catch (HttpRequestException)
        {
            return new SendResult.Retry("Kanał zespołu w Teams nie odpowiada.", MailRules.PauseAfter(1));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new SendResult.Unknown("Kanał zespołu w Teams nie odpowiedział na czas.");
        }
    }

    string Card(int newTasks, int overdue) => JsonSerializer.Serialize(new
    {
        type = "message",
        attachments = new[]
        {
            new
            {
                contentType = "application/vnd.microsoft.card.adaptive",
                contentUrl = (string?)null,
                content = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
                    ["type"] = "AdaptiveCard",
                    ["version"] = "1.4",
                    ["lang"] = "pl",
                    ["body"] = new object[]
                    {
                        new { type = "TextBlock", text = "Zadania zespołu", weight = "bolder", wrap = true },
                        new
                        {
                            type = "FactSet",
                            facts = new[]
                            {
                                new { title = "Do podjęcia", value = Digits(newTasks) },
                                new { title = "Po terminie", value = Digits(overdue) },
                            },
                        },
                    },
                    ["actions"] = new object[]
                    {
                        new
                        {
                            type = "Action.OpenUrl",
                            title = "Otwórz listę zadań",
                            url = settings.PublicBaseUrl.AbsoluteUri,
                        },
                    },
                },
            },
        },
    });

    static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Rows of people's channels.</summary>
static class PersonChannels
{
    /// <summary>The person's row, added to the context when there is none.</summary>
    public static async Task<PersonChannelRow> RowAsync(ProductDb db, string userName, CancellationToken ct)
    {
        var row = await db.PersonChannels.FirstOrDefaultAsync(
            one => one.TenantId == WorkflowDb.DefaultTenant && one.UserName == userName, ct);
        if (row is not null) return row;
        row = new PersonChannelRow { TenantId = WorkflowDb.DefaultTenant, UserName = userName };
        db.PersonChannels.Add(row);
        return row;
    }
}

/// <summary>
/// The page inside Teams: the one page others may frame, and therefore one that shows nothing and does nothing but
/// lead to the real page in a window of its own.
/// </summary>
static class TeamsTab
{
    const string Ancestors =
        "https://teams.microsoft.com https://*.teams.microsoft.com https://teams.cloud.microsoft " +
        "https://*.cloud.microsoft";

    public static void MapTeamsTab(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/teams", (string? go, HttpContext http, Settings settings) =>
        {
            http.Response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {Ancestors}";
            http.Response.Headers.CacheControl = "no-store";
            return Results.Content(Page(Target(go, settings)), "text/html; charset=utf-8");
        }).AllowAnonymous();

    /// <summary>A page of ours, whatever somebody wrote into the address.</summary>
    public static Uri Target(string? go, Settings settings) =>
        go is ['/', ..] && !go.StartsWith("//", StringComparison.Ordinal)
            && !go.Contains('\\', StringComparison.Ordinal)
            && Uri.TryCreate(settings.PublicBaseUrl, go[1..], out var target) && settings.PublicBaseUrl.IsBaseOf(target)
            ? target
            : settings.PublicBaseUrl;

    static string Page(Uri target) => $"""
        <!doctype html>
        <html lang="pl">
        <head>
        <meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sprawy ośrodka</title>
        </head>
        <body>
        <main>
        <h1>Sprawy ośrodka</h1>
        <p><a href="{WebUtility.HtmlEncode(target.AbsoluteUri)}" target="_blank"
            rel="noopener noreferrer">Otwórz w systemie spraw</a></p>
        <p>Strona otworzy się w przeglądarce, po zalogowaniu.</p>
        </main>
        </body>
        </html>
        """;
}
