using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Integration.Tests.Notifications.Peers;

/// <summary>One request as it came.</summary>
/// <param name="Path">With its query.</param>
public sealed record GraphCall(string Method, string Path, string? ContentType, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}

/// <summary>What to answer in place of the usual.</summary>
/// <param name="After">The message is taken all the same, as a gateway that gives up too early does.</param>
public sealed record GraphReply(
    int Status, string? Code = null, string? Message = null, string? RetryAfter = null, bool After = false,
    bool Hang = false, bool Abort = false);

/// <summary>
/// Microsoft Graph on loopback, as far as the product asks it: tokens, sendMail with MIME, Sent Items, the inbox with
/// delta, sendActivityNotification, To Do, and a webhook of Teams. Real HTTP, no library of Microsoft's.
/// </summary>
public sealed class GraphPeer : IAsyncDisposable
{
    public const string Secret = "the right secret";

    readonly WebApplication app;
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentDictionary<string, string> inbox = new(StringComparer.Ordinal);
    readonly List<string> arrived = [];
    readonly Lock turn = new();
    int made;

    GraphPeer(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public string BaseUrl => new Uri(Address, "v1.0").AbsoluteUri;

    public string TokenUrl => new Uri(Address, "tenant/oauth2/v2.0/token").AbsoluteUri;

    public string WebhookUrl => new Uri(Address, "webhook?sig=secret").AbsoluteUri;

    /// <summary>Everything asked but tokens, in order.</summary>
    public ConcurrentQueue<GraphCall> Calls { get; } = new();

    /// <summary>Messages taken, as MIME.</summary>
    public ConcurrentQueue<ReceivedMail> Mails { get; } = new();

    /// <summary>Asked with each call but tokens; null: the usual answer.</summary>
    public Func<GraphCall, GraphReply?> Reply { get; set; } = _ => null;

    /// <summary>Exchange gives messages an id of its own; then only our header finds them again.</summary>
    public bool RewritesMessageIds { get; set; }

    /// <summary>A place in the inbox given out before this is refused with 410.</summary>
    public bool ForgetsPlaces { get; set; }

    public int Tokens { get; private set; }

    /// <summary>Settings of a host that works with this peer.</summary>
    public string[] Settings(string from = "sprawy@demo.invalid") =>
    [
        "--Notifications:Email:Transport=Graph", $"--Notifications:Email:From={from}",
        "--Notifications:Graph:TenantId=tenant", "--Notifications:Graph:ClientId=client",
        $"--Notifications:Graph:ClientSecret={Secret}", $"--Notifications:Graph:BaseUrl={BaseUrl}",
        $"--Notifications:Graph:TokenUrl={TokenUrl}",
    ];

    public static async Task<GraphPeer> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var peer = new GraphPeer(builder.Build());
        peer.app.Run(peer.AnswerAsync);
        await peer.app.StartAsync();
        peer.Address = new Uri(peer.app.Urls.Single());
        return peer;
    }

    /// <summary>A message arrives in the inbox of the sender.</summary>
    public void Arrive(string mime)
    {
        lock (turn)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"in-{++made}");
            inbox[id] = mime;
            arrived.Add(id);
        }
    }

    async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var call = new GraphCall(
            http.Request.Method, http.Request.Path + http.Request.QueryString.Value, http.Request.ContentType,
            await reader.ReadToEndAsync());
        if (call.Path.EndsWith("/oauth2/v2.0/token", StringComparison.Ordinal))
        {
            await TokenAsync(http, call);
            return;
        }
        Calls.Enqueue(call);
        var isWebhook = call.Path.StartsWith("/webhook", StringComparison.Ordinal);
        if (!isWebhook && http.Request.Headers.Authorization != "Bearer token-of-the-peer")
        {
            await ProblemAsync(http, new GraphReply(401, "InvalidAuthenticationToken", "No token."));
            return;
        }
        if (Reply(call) is { } other)
        {
            if (other.After) Take(call);
            await ProblemAsync(http, other);
            return;
        }
        await UsualAsync(http, call);
    }

    async Task TokenAsync(HttpContext http, GraphCall call)
    {
        Tokens++;
        var right = call.Body.Contains(Uri.EscapeDataString(Secret).Replace("%20", "+", StringComparison.Ordinal), StringComparison.Ordinal)
            || call.Body.Contains(Uri.EscapeDataString(Secret), StringComparison.Ordinal);
        http.Response.StatusCode = right ? 200 : 401;
        await http.Response.WriteAsJsonAsync<object>(right
            ? new { token_type = "Bearer", expires_in = 3599, ext_expires_in = 3599, access_token = "token-of-the-peer" }
            : new { error = "invalid_client", error_description = "AADSTS7000215: Invalid client secret provided." });
    }

    async Task ProblemAsync(HttpContext http, GraphReply reply)
    {
        if (reply.Hang)
        {
            // Until the caller gives up or the test ends.
            using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stop.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
        if (reply.Hang || reply.Abort)
        {
            http.Abort();
            return;
        }
        http.Response.StatusCode = reply.Status;
        if (reply.RetryAfter is not null) http.Response.Headers.RetryAfter = reply.RetryAfter;
        if (reply.Code is null)
        {
            // A gateway in front of Graph answers with a page.
            http.Response.ContentType = "text/html";
            await http.Response.WriteAsync("<html><body>Gateway</body></html>");
            return;
        }
        await http.Response.WriteAsJsonAsync(new { error = new { code = reply.Code, message = reply.Message ?? "" } });
    }

    Task UsualAsync(HttpContext http, GraphCall call)
    {
        var path = http.Request.Path.Value!;
        if (path.EndsWith("/sendMail", StringComparison.Ordinal))
        {
            Take(call);
            http.Response.StatusCode = 202;
            return Task.CompletedTask;
        }
        if (path.EndsWith("/sendActivityNotification", StringComparison.Ordinal))
        {
            http.Response.StatusCode = 204;
            return Task.CompletedTask;
        }
        if (path.Contains("/mailFolders/sentitems/messages", StringComparison.Ordinal)) return SentItemsAsync(http);
        if (path.EndsWith("/messages/delta", StringComparison.Ordinal)
            || path.EndsWith("/messages/delta()", StringComparison.Ordinal)) return DeltaAsync(http);
        if (path.EndsWith("/$value", StringComparison.Ordinal)) return http.Response.WriteAsync(inbox[path.Split('/')[^2]]);
        if (path.Contains("/todo/lists", StringComparison.Ordinal)) return ToDoAsync(http, call);
        http.Response.StatusCode = path == "/webhook" ? 202 : 404;
        return Task.CompletedTask;
    }

    void Take(GraphCall call)
    {
        if (!call.Path.EndsWith("/sendMail", StringComparison.Ordinal)) return;
        var mime = Encoding.UTF8.GetString(Convert.FromBase64String(call.Body));
        var mail = new ReceivedMail(call.Path.Split('/')[3], "", Tls: false, User: null, mime);
        var to = mail.Headers["To"];
        Mails.Enqueue(mail with { To = to[(to.LastIndexOf('<') + 1)..].TrimEnd('>') });
    }

    Task SentItemsAsync(HttpContext http)
    {
        var filter = http.Request.Query["$filter"].ToString();
        var found = Mails.Where(mail => filter.Length == 0
            || (!RewritesMessageIds && filter.Contains(mail.Headers["Message-ID"], StringComparison.Ordinal)));
        return http.Response.WriteAsJsonAsync(new
        {
            value = found.Select((mail, at) => new
            {
                id = $"sent-{at}",
                internetMessageHeaders = mail.Headers.Select(field => new { name = field.Key, value = field.Value }),
            }),
        });
    }

    // One message a page: the next page and the place to go on from are addresses, as in Graph.
    async Task DeltaAsync(HttpContext http)
    {
        var token = http.Request.Query["$deltatoken"].ToString();
        if (token.Length > 0 && ForgetsPlaces)
        {
            await ProblemAsync(http, new GraphReply(410, "SyncStateNotFound", "The sync state is too old."));
            return;
        }
        var from = int.TryParse(
            token.Length > 0 ? token : http.Request.Query["$skiptoken"], CultureInfo.InvariantCulture, out var place) ? place : 0;
        JsonObject answer;
        lock (turn)
        {
            var ids = arrived.Skip(from).Take(1).ToArray();
            var next = from + ids.Length;
            var address = $"{BaseUrl}{http.Request.Path.Value!["/v1.0".Length..]}";
            answer = new JsonObject { ["value"] = new JsonArray([.. ids.Select(id => (JsonNode)new JsonObject { ["id"] = id })]) };
            answer[next < arrived.Count ? "@odata.nextLink" : "@odata.deltaLink"] =
                $"{address}?{(next < arrived.Count ? "$skiptoken" : "$deltatoken")}={next.ToString(CultureInfo.InvariantCulture)}";
        }
        await http.Response.WriteAsJsonAsync(answer);
    }

    Task ToDoAsync(HttpContext http, GraphCall call)
    {
        var tasks = call.Path.Contains("/tasks", StringComparison.Ordinal);
        if (call.Method == "GET") return http.Response.WriteAsJsonAsync(new { value = Array.Empty<object>() });
        if (call.Method == "POST") http.Response.StatusCode = 201;
        return http.Response.WriteAsJsonAsync(new { id = tasks ? $"todo-{Interlocked.Increment(ref made)}" : "list-1" });
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await app.StopAsync();
        await app.DisposeAsync();
        stop.Dispose();
    }
}
