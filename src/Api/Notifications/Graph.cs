using System.Globalization;
using System.Net.Sockets;
using Api.Startup;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.Graph;
using Microsoft.Graph.Models;
using Microsoft.Graph.Models.ODataErrors;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Abstractions.Serialization;
using Microsoft.Kiota.Http.HttpClientLibrary.Middleware.Options;
using Workflows.Runtime;

namespace Api.Notifications;

/// <summary>
/// Microsoft Graph on behalf of the application itself. Sends are never repeated by the library: one 504 repeated
/// three times gave four messages elsewhere, so only the outbox decides.
/// </summary>
public sealed class GraphAccess : IDisposable
{
    static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(30);

    readonly HttpClient? http;
    readonly HttpClient? tokens;
    readonly GraphServiceClient? client;

    public GraphAccess(Settings all)
    {
        if (all.Notifications.Graph is not { } settings) return;
        // The library insists on https for its own idea of the authority; where tokens come from is a setting.
        tokens = new HttpClient(new TokenAddress(settings.TokenUrl)) { Timeout = AnswerMax };
        var options = new ClientSecretCredentialOptions
        {
            Transport = new HttpClientTransport(tokens),
            DisableInstanceDiscovery = true,
        };
        options.Retry.MaxRetries = 0;
        var credential = new ClientSecretCredential(
            settings.TenantId, settings.ClientId, settings.ClientSecret, options);
        http = GraphClientFactory.Create([.. GraphClientFactory.CreateDefaultHandlers(), new GatewayPages()]);
        http.Timeout = AnswerMax;
        client = new GraphServiceClient(
            http, new BaseBearerTokenAuthenticationProvider(new Tokens(credential, settings.BaseUrl)),
            settings.BaseUrl.AbsoluteUri.TrimEnd('/'));
    }

    /// <summary>Graph is set up; nothing else may be asked where it is not.</summary>
    public bool IsSet => client is not null;

    public GraphServiceClient Client => client ?? throw new InvalidOperationException("Graph is not set up.");

    /// <summary>For every request that has an effect.</summary>
    public static readonly RetryHandlerOption NoRetry = new() { MaxRetry = 0, ShouldRetry = (_, _, _) => false };

    /// <summary>Posts MIME, which the generated requests cannot say.</summary>
    public Task SendMimeAsync(string mailbox, byte[] mime, CancellationToken ct)
    {
        var request = new RequestInformation
        {
            HttpMethod = Method.POST,
            UrlTemplate = "{+baseurl}/users/{user%2Did}/sendMail",
            PathParameters = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["baseurl"] = Client.RequestAdapter.BaseUrl!,
                ["user%2Did"] = mailbox,
            },
        };
        request.SetStreamContent(
            new MemoryStream(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(mime))), "text/plain");
        request.AddRequestOptions([NoRetry]);
        return Client.RequestAdapter.SendNoContentAsync(request, Errors, ct);
    }

    static readonly Dictionary<string, ParsableFactory<IParsable>> Errors = new(StringComparer.Ordinal)
    {
        ["4XX"] = ODataError.CreateFromDiscriminatorValue,
        ["5XX"] = ODataError.CreateFromDiscriminatorValue,
    };

    public void Dispose()
    {
        client?.Dispose();
        http?.Dispose();
        tokens?.Dispose();
    }

    sealed class Tokens(TokenCredential credential, Uri graph) : IAccessTokenProvider
    {
        readonly TokenRequestContext context = new([graph.Scheme == Uri.UriSchemeHttps
            ? $"https://{graph.Host}/.default"
            : "https://graph.microsoft.com/.default"]);

        // No list: the address of Graph is a setting, and no other address is ever asked with this provider.
        public AllowedHostsValidator AllowedHostsValidator { get; } = new();

        public async Task<string> GetAuthorizationTokenAsync(
            Uri uri, Dictionary<string, object>? additionalAuthenticationContext = null,
            CancellationToken cancellationToken = default) =>
            (await credential.GetTokenAsync(context, cancellationToken)).Token;
    }

    /// <summary>
    /// A gateway in front of Graph answers with a page. The library cannot read it and would throw what looks like a
    /// bug, status and all lost; without the page it tells the status.
    /// </summary>
    sealed class GatewayPages : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            var type = answer.Content.Headers.ContentType?.MediaType;
            if (!answer.IsSuccessStatusCode && type != "application/json")
            {
                answer.Content.Dispose();
                answer.Content = new ByteArrayContent([]);
            }
            return answer;
        }
    }

    sealed class TokenAddress(Uri address) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = address;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>Why a call to Graph failed, apart from what it was about.</summary>
/// <param name="Status">HTTP status; 0 when there was no answer.</param>
/// <param name="Began">The request may have reached Graph.</param>
/// <param name="Code">Graph's own code, e.g. <c>ErrorInvalidRecipients</c>.</param>
public sealed record GraphProblem(int Status, bool Began, string Code, string Message, TimeSpan? RetryAfter)
{
    /// <summary>Credentials of the application, not the person or the message.</summary>
    public bool IsSignIn => Status == 401;

    public bool IsThrottled => Status == 429 || (Status == 503 && RetryAfter is not null);

    /// <summary>Null for what is no failure of a call: a bug of ours, or the host stopping.</summary>
    public static GraphProblem? Of(Exception problem, DateTimeOffset now, CancellationToken ct) => problem switch
    {
        AuthenticationFailedException refused => new(401, Began: false, "SignIn", First(refused.Message), null),
        ODataError error => new(
            error.ResponseStatusCode, Began: true, error.Error?.Code ?? "", error.Error?.Message ?? error.Message,
            After(error, now)),
        ApiException error => new(error.ResponseStatusCode, Began: true, "", First(error.Message), After(error, now)),
        HttpRequestException error when NotConnected(error) => new(0, Began: false, "", error.Message, null),
        HttpRequestException error => new(0, Began: true, "", error.Message, null),
        OperationCanceledException when !ct.IsCancellationRequested =>
            new(0, Began: true, "", "Graph nie odpowiedział na czas.", null),
        _ => null,
    };

    static bool NotConnected(HttpRequestException error) =>
        error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError
        || error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };

    static TimeSpan? After(ApiException error, DateTimeOffset now)
    {
        var values = error.ResponseHeaders.FirstOrDefault(
            header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value;
        var text = values?.FirstOrDefault();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var at) && at > now ? at - now : null;
    }

    static string First(string message) => message.Split('\n')[0].Trim();
}

/// <summary>E-mail through a mailbox of Microsoft 365.</summary>
public sealed class GraphTransport(
    Settings settings, GraphAccess graph, MailboxGate gate, MailAddresses addresses, TimeProvider time,
    ILogger<GraphTransport> log) : IMailTransport
{
    const int RecentMax = 50;

    readonly string from = settings.Notifications.From!;

    public async Task<SendResult> SendAsync(OutgoingMail mail, CancellationToken ct)
    {
        if (MailRules.Refuse(mail.To, settings.Notifications) is { } refusal) return new SendResult.Failed(refusal);
        if (gate.Refusal() is { } pause) return pause;
        // An earlier attempt may have left although nobody heard the answer.
        if (mail.Attempt > 1 && await WasSentAsync(mail.OutboxKey, ct) == true) return new SendResult.Sent();
        try
        {
            await graph.SendMimeAsync(
                from, Mime.Write(mail, from, settings.CentreName, time.GetUtcNow()), ct);
            gate.Open();
            return new SendResult.Sent();
        }
        catch (Exception failure) when (GraphProblem.Of(failure, time.GetUtcNow(), ct) is { } problem)
        {
            return await ResultOfAsync(mail, problem, ct);
        }
    }

    /// <summary>
    /// Looks into Sent Items: by Message-ID, then by our key in the headers of the newest, because Exchange may give a
    /// message an id of its own. Null when it cannot be read.
    /// </summary>
    public async Task<bool?> WasSentAsync(long outboxKey, CancellationToken ct)
    {
        var messages = graph.Client.Users[from].MailFolders["sentitems"].Messages;
        try
        {
            var id = MailNames.MessageId(outboxKey, from);
            var byId = await messages.GetAsync(
                request =>
                {
                    request.QueryParameters.Filter = $"internetMessageId eq '{id}'";
                    request.QueryParameters.Select = ["id"];
                    request.QueryParameters.Top = 1;
                }, ct);
            if (byId?.Value is { Count: > 0 }) return true;
            var recent = await messages.GetAsync(
                request =>
                {
                    request.QueryParameters.Select = ["id", "internetMessageHeaders"];
                    request.QueryParameters.Orderby = ["sentDateTime desc"];
                    request.QueryParameters.Top = RecentMax;
                }, ct);
            return recent?.Value?.Any(message => IsOf(message, outboxKey)) == true;
        }
        catch (Exception failure) when (GraphProblem.Of(failure, time.GetUtcNow(), ct) is { } problem)
        {
            log.LogWarning("Sent Items of {Mailbox} cannot be read: {Problem}", from, problem.Message);
            return null;
        }
    }

    static bool IsOf(Message message, long outboxKey) => message.InternetMessageHeaders?.Any(header =>
        string.Equals(header.Name, MailNames.KeyHeader, StringComparison.OrdinalIgnoreCase)
        && header.Value == outboxKey.ToString(CultureInfo.InvariantCulture)) == true;

    async Task<SendResult> ResultOfAsync(OutgoingMail mail, GraphProblem problem, CancellationToken ct)
    {
        if (problem.IsThrottled)
        {
            // Exactly as long as Graph says, for every message of this mailbox: asking earlier counts against us.
            return gate.Close(
                $"Microsoft 365 prosi o przerwę w wysyłaniu ({problem.Status}).",
                problem.RetryAfter ?? MailRules.PauseAfter(mail.Attempt));
        }
        switch (problem)
        {
            case { IsSignIn: true }:
                return Close(mail, "Microsoft 365 odrzucił dane logowania aplikacji. Sprawdź " +
                    "Notifications__Graph__TenantId, __ClientId i __ClientSecret (sekret mógł wygasnąć).", problem);
            case { Status: 403 }:
                return Close(mail, $"Aplikacja nie może wysyłać ze skrzynki {from}. Nadaj jej rolę " +
                    "„Application Mail.Send” dla tej skrzynki (docs/teams.md).", problem);
            case { Began: false }:
                return Close(mail, "Nie można połączyć się z Microsoft 365.", problem);
            case { Status: 404 }:
                gate.Close($"Skrzynki nadawczej {from} nie ma.", TimeSpan.Zero);
                log.LogError("The sending mailbox {Mailbox} is not there: {Problem}", from, problem.Message);
                return new SendResult.Failed(
                    $"Skrzynki nadawczej {from} nie ma w katalogu. Popraw Notifications__Email__From.");
            case { Status: 400, Code: "ErrorInvalidRecipients" }:
                var reason = $"Microsoft 365 nie przyjął adresu {mail.To}: {problem.Message}";
                await addresses.MarkBadAsync(mail.UserName, mail.To, reason, ct);
                return new SendResult.Failed(reason);
            case { Status: >= 400 and < 500 }:
                return new SendResult.Failed(
                    $"Microsoft 365 odmówił ({problem.Status} {problem.Code}): {problem.Message}");
            default:
                return new SendResult.Unknown(problem.Status == 0
                    ? "Microsoft 365 nie odpowiedział na czas po przyjęciu wiadomości: mogła dotrzeć."
                    : $"Microsoft 365 odpowiedział {problem.Status} po przyjęciu wiadomości: mogła dotrzeć.");
        }
    }

    SendResult.Retry Close(OutgoingMail mail, string why, GraphProblem problem)
    {
        log.LogError("E-mail through Graph does not work: {Why} ({Error})", why, problem.Message);
        gate.Close(why, MailRules.PauseAfter(1));
        return new SendResult.Retry(why, MailRules.PauseAfter(mail.Attempt));
    }
}
