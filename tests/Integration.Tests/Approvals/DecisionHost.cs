using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Api.Access;
using Api.Approvals;
using Api.Startup;
using Api.Storage;
using Integration.Tests.Cases;
using Integration.Tests.Startup;
using Integration.Tests.Support;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Approvals;

/// <summary>A host with the procedure of decisions. Links are made by the service itself, as the sender will.</summary>
public class DecisionHost : IAsyncLifetime
{
    public const string Password = "cztery zielone rowery w deszczu";

    RunningHost? running;

    public virtual RunningHost Running => running!;

    public virtual ValueTask InitializeAsync() => BeginAsync();

    protected async ValueTask BeginAsync(params string[] settings)
    {
        running = await StartAsync(settings);
        foreach (var (name, role) in new[] { ("head2", "head"), ("lead2", "team_lead") })
        {
            await Access.Centre.AddPersonAsync(running, name, Password, role);
        }
    }

    public static Task<RunningHost> StartAsync(params string[] settings) => StartAsync(adjust: null, settings);

    public static Task<RunningHost> StartAsync(Action<WebApplicationBuilder>? adjust, params string[] settings) =>
        RunningHost.StartAsync(adjust,
        [$"--Workflows:Path={DecisionProcedure.Write()}", "--RateLimits:PersonPerMinute=100000",
         "--RateLimits:DecisionsPerPerson=100000", "--RateLimits:SignInPerMinute=100000", .. settings]);

    public virtual async ValueTask DisposeAsync()
    {
        if (running is not null) await running.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same on a PostgreSQL server of its own.</summary>
public sealed class PostgresDecisionHost : DecisionHost
{
    readonly PostgresFixture postgres = new();

    public override RunningHost Running
    {
        get
        {
            postgres.Require();
            return base.Running;
        }
    }

    public override async ValueTask InitializeAsync()
    {
        await postgres.InitializeAsync();
        if (!postgres.IsAvailable) return;
        await BeginAsync(
            "--Storage:Provider=PostgreSql",
            $"--ConnectionStrings:Workflows={await postgres.CreateDatabaseAsync("decisions")}");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await postgres.DisposeAsync();
    }
}

/// <summary>A case that waits for the head's decision.</summary>
public sealed record Pending(RunningHost Host, string CaseNo, UserTaskRow Task)
{
    const string Subject = "rodzina Kwiecińskich, ul. Cicha 3";

    /// <param name="kind"><c>normal</c>, <c>high</c> or <c>letter</c>.</param>
    public static async Task<Pending> OpenAsync(RunningHost host, string kind = "normal", string worker = "Karol Wójcik")
    {
        var clerk = host.Client("clerk");
        var opened = await clerk.PostAsync("/api/cases", new { process = DecisionProcedure.Id }, 200);
        var caseNo = opened.Text("caseNo");
        await ProposeAsync(host, opened.Text("taskKey"), kind, worker);
        return new Pending(host, caseNo, await TaskOfAsync(host, caseNo));
    }

    public static Task ProposeAsync(RunningHost host, string taskKey, string kind, string worker) =>
        host.Client("clerk").PostAsync(
            $"/api/tasks/{taskKey}/completion", new { form = new { subject = Subject, worker, kind } }, 200);

    /// <summary>The one open task of the case.</summary>
    public static async Task<UserTaskRow> TaskOfAsync(RunningHost host, string caseNo)
    {
        await host.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
        var queries = host.Services.GetRequiredService<Queries>();
        var open = await queries.OpenTasksOfAsync(Scope.Engine, CaseView.TagPrefix + caseNo, 0, default);
        return Assert.Single(open).Task;
    }

    public async Task<string> IssueAsync(string user = "head", string channel = "email", long outboxKey = 1) =>
        (await Host.Services.GetRequiredService<ApprovalTickets>()
            .IssueAsync(Task, user, channel, outboxKey, default)).AbsolutePath;

    public async Task<ApprovalTicketRow> TicketAsync(string path) =>
        (await Host.Services.GetRequiredService<ApprovalTickets>().FindAsync(path["/a/".Length..], default))!;

    public async Task<bool> IsOpenAsync()
    {
        var queries = Host.Services.GetRequiredService<Queries>();
        return (await queries.UserTaskAsync(Scope.Engine, Task.Key, default))!.Task.State == Status.Created;
    }

    /// <summary>Everything a look could have changed.</summary>
    public async Task<string> TracesAsync()
    {
        await using var db = Host.Services.GetRequiredService<ProductDbFactory>().Create();
        var tickets = await db.ApprovalTickets.AsNoTracking().Where(row => row.TaskKey == Task.Key)
            .OrderBy(row => row.Id).ToListAsync();
        var documents = await db.Documents.CountAsync(row => row.CaseNo == CaseNo);
        var readings = await db.Readings.CountAsync(row => row.CaseNo == CaseNo);
        return $"{JsonSerializer.Serialize(tickets)} {documents} {readings} {await IsOpenAsync()}";
    }
}

/// <summary>A browser without script: cookies, pages, forms.</summary>
public sealed partial class Browser : IDisposable
{
    readonly HttpClient client;
    readonly CookieContainer cookies = new();

    public Browser(RunningHost host)
    {
        Host = host;
        client = new HttpClient(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false })
        {
            BaseAddress = host.Address,
        };
    }

    public RunningHost Host { get; }

    /// <param name="Text">As sent.</param>
    public sealed record Page(HttpStatusCode Status, string Text, HttpResponseMessage Answer)
    {
        public int Code => (int)Status;

        /// <summary>Without marks of the language, as a person reads it.</summary>
        public string Words => WebUtility.HtmlDecode(Tags().Replace(Styles().Replace(Text, ""), " "));

        public Dictionary<string, Form> Forms => FormPattern().Matches(Text).Select(Form.Read)
            .GroupBy(form => form.Fields.GetValueOrDefault("decision", form.Action))
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

        public IEnumerable<string> Links => HrefPattern().Matches(Text)
            .Select(match => WebUtility.HtmlDecode(match.Groups[1].Value));
    }

    public sealed record Form(string Action, Dictionary<string, string> Fields)
    {
        public static Form Read(Match match)
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (Match input in InputPattern().Matches(match.Groups["body"].Value))
            {
                var value = ValuePattern().Match(input.Value) is { Success: true } found ? found.Groups[1].Value : "";
                fields[input.Groups[1].Value] = WebUtility.HtmlDecode(value);
            }
            return new Form(WebUtility.HtmlDecode(match.Groups["action"].Value), fields);
        }
    }

    public static async Task<Browser> SignedInAsync(RunningHost host, string user)
    {
        var browser = new Browser(host);
        await browser.SignInAsync(user);
        return browser;
    }

    public async Task SignInAsync(string user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session")
        {
            Content = JsonContent.Create(new { userName = user, password = PasswordOf(user) }),
        };
        request.Headers.Add(AccessSetup.ChangeHeader, "WorkflowHost");
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(request)).StatusCode);
    }

    static string PasswordOf(string user) => user.EndsWith('2') ? DecisionHost.Password : user;

    /// <summary>A session that rests on this proof, as the server itself would have made it.</summary>
    public async Task SignInAsync(string user, Session.Proof proof)
    {
        await using var db = Host.Services.GetRequiredService<ProductDbFactory>().Create();
        var account = await db.Users.SingleAsync(row => row.UserName == user);
        var options = Host.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>()
            .Get(Session.Scheme);
        var properties = Session.Began(TimeProvider.System, proof);
        properties.IssuedUtc = DateTimeOffset.UtcNow;
        properties.ExpiresUtc = DateTimeOffset.UtcNow + Session.IdleLimit;
        var ticket = new AuthenticationTicket(Session.PrincipalOf(account, Session.Scheme), properties, Session.Scheme);
        cookies.Add(Host.Address, new Cookie(options.Cookie.Name!, options.TicketDataFormat.Protect(ticket), "/"));
    }

    public async Task<Page> GetAsync(string path) => await ReadAsync(await client.GetAsync(path));

    public async Task<Page> SendAsync(HttpMethod method, string path) =>
        await ReadAsync(await client.SendAsync(new HttpRequestMessage(method, path)));

    public async Task<Page> PostAsync(string path, Dictionary<string, string> fields, params (string, string)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(fields),
        };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await ReadAsync(await client.SendAsync(request));
    }

    /// <summary>Presses a button of the page.</summary>
    public Task<Page> PressAsync(Page page, string decision, string? comment = null, params (string, string)[] fields)
    {
        var form = page.Forms[decision];
        var sent = new Dictionary<string, string>(form.Fields, StringComparer.Ordinal);
        if (comment is not null) sent["comment"] = comment;
        foreach (var (name, value) in fields) sent[name] = value;
        return PostAsync(form.Action, sent);
    }

    static async Task<Page> ReadAsync(HttpResponseMessage answer) =>
        new(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);

    public void Dispose() => client.Dispose();

    [GeneratedRegex("""<form[^>]*action="(?<action>[^"]*)"[^>]*>(?<body>.*?)</form>""", RegexOptions.Singleline)]
    private static partial Regex FormPattern();

    [GeneratedRegex("""<(?:input|textarea)[^>]*\bname="([^"]*)"[^>]*>""")]
    private static partial Regex InputPattern();

    [GeneratedRegex("\\bvalue=\"([^\"]*)\"")]
    private static partial Regex ValuePattern();

    [GeneratedRegex("href=\"([^\"#][^\"]*)\"")]
    private static partial Regex HrefPattern();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("<(?:style|script)>.*?</(?:style|script)>", RegexOptions.Singleline)]
    private static partial Regex Styles();
}

/// <summary>Everything the host would write to its logs, with all scopes.</summary>
sealed class RecordedLog : ILoggerProvider, ISupportExternalScope, ILogger
{
    readonly ConcurrentQueue<string> lines = new();
    IExternalScopeProvider scopes = new LoggerExternalScopeProvider();

    public string Text => string.Join('\n', lines);

    public ILogger CreateLogger(string categoryName) => this;

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => scopes.Push(state);

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lines.Enqueue($"{formatter(state, exception)} {exception}");
        if (state is IEnumerable<KeyValuePair<string, object?>> values)
            foreach (var (name, value) in values) lines.Enqueue($"{name}={value}");
        scopes.ForEachScope((scope, target) =>
        {
            target.Enqueue($"scope {scope}");
            if (scope is IEnumerable<KeyValuePair<string, object?>> parts)
                foreach (var (name, value) in parts) target.Enqueue($"{name}={value}");
        }, lines);
    }

    public void Dispose()
    {
        // Lines stay readable after the host has ended.
    }
}
