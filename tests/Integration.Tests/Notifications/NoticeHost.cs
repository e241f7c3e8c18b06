using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using Api.Notifications;
using Integration.Tests.Access;
using Integration.Tests.Notifications.Peers;
using Integration.Tests.Startup;
using Integration.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Engine.Calendar;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Notifications;

/// <summary>
/// The real host with its workers, a mail server on loopback, a pinned clock, and a procedure that begins with a report,
/// gives a visit to the assistant and asks the head for a decision.
/// </summary>
public sealed partial class NoticeHost : IAsyncDisposable
{
    public static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");

    public const string FamilyName = "Brzęczyszczykiewicz";

    readonly string folder;
    readonly string[] settings;

    NoticeHost(string folder, SmtpPeer peer, string[] settings)
    {
        this.folder = folder;
        this.settings = settings;
        Peer = peer;
    }

    public SmtpPeer Peer { get; }

    public RunningHost Host { get; private set; } = null!;

    /// <param name="at">Local time of the centre at which the clock stands.</param>
    /// <param name="ladder">Of the visit.</param>
    /// <param name="postgres">Connection to an empty database; null for a SQLite file.</param>
    public static async Task<NoticeHost> OpenAsync(
        string at, SmtpPeer? peer = null, string ladder = "std", string? postgres = null)
    {
        peer ??= SmtpPeer.Start();
        var kept = Directory.CreateTempSubdirectory("notices-").FullName;
        var made = new NoticeHost(kept, peer,
        [
            $"--Storage:Provider={(postgres is null ? "Sqlite" : "PostgreSql")}",
            $"--ConnectionStrings:Workflows={postgres ?? $"Data Source={Path.Combine(kept, "kept.db")};Pooling=False"}",
            $"--Workflows:Path={Procedure(ladder)}", "--Cases:NumberPattern=OPS.{no}.{year}",
            "--RateLimits:PersonPerMinute=100000", "--Notifications:Email:Transport=Smtp",
            "--Notifications:Email:From=sprawy@demo.invalid", "--Notifications:Email:Smtp:Host=127.0.0.1",
            $"--Notifications:Email:Smtp:Port={peer.Port.ToString(CultureInfo.InvariantCulture)}",
            "--Notifications:Email:Smtp:Security=None", "--PublicBaseUrl=https://sprawy.example.pl",
        ]);
        await made.BeginAsync();
        await made.AtAsync(at);
        return made;
    }

    /// <summary>Starts the host, also again over the same database.</summary>
    public async Task BeginAsync() => Host = await RunningHost.StartAsync(settings);

    /// <summary>The product over the same database as a process of its own, which can be killed.</summary>
    public Process BeginProcess() => Process.Start(new ProcessStartInfo(
        "dotnet", [typeof(Program).Assembly.Location, .. RunningHost.Arguments(folder, settings)])
    {
        RedirectStandardOutput = true,
        UseShellExecute = false,
    })!;

    public HttpClient this[string user] => Host.Client(user);

    /// <summary>Turns the clock: what falls due on the way happens in its order.</summary>
    public async Task AtAsync(string local) => await Centre.OkAsync(this["demo"].PutAsJsonAsync(
        "/v2/clock", new { timestamp = Instant(local).ToUnixTimeMilliseconds() }));

    public static DateTimeOffset Instant(string local) =>
        LocalTime.ToInstant(DateTime.Parse(local, CultureInfo.InvariantCulture), Warsaw);

    /// <summary>A case whose report names the assistant; the visit is hers, the decision waits for the head.</summary>
    public async Task<(string CaseNo, string Root)> CaseAsync(int days = 10)
    {
        var opened = await Centre.OkAsync(this["clerk"].PostAsJsonAsync("/api/cases", new { process = ProcessId }));
        var root = opened.GetProperty("instanceKey").GetString()!;
        await Centre.OkAsync(this["clerk"].PostAsJsonAsync(
            $"/api/tasks/{await TaskAsync(root, "report")}/completion",
            new { form = new { assistant = "assistant", familyNames = FamilyName, days } }));
        return (opened.GetProperty("caseNo").GetString()!, root);
    }

    /// <summary>Many of them, all on the same step.</summary>
    public async Task CasesAsync(int count, int days = 10)
    {
        using var clerk = this["clerk"];
        for (var i = 0; i < count; i++)
        {
            var opened = await Centre.OkAsync(clerk.PostAsJsonAsync("/api/cases", new { process = ProcessId }));
            await Centre.OkAsync(clerk.PostAsJsonAsync(
                $"/api/tasks/{opened.GetProperty("taskKey").GetString()}/completion",
                new { form = new { assistant = "assistant", familyNames = FamilyName, days } }));
        }
    }

    public async Task<string> TaskAsync(string root, string elementId)
    {
        await Host.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
        var filter = new { processInstanceKey = root, elementId, state = "CREATED" };
        var found = await Centre.OkAsync(this["demo"].PostAsJsonAsync("/v2/user-tasks/search", new { filter }));
        return Assert.Single(found.GetProperty("items").EnumerateArray()).GetProperty("userTaskKey").GetString()!;
    }

    /// <summary>Waits until the ledger has nothing to send at the moment of the clock.</summary>
    public async Task SentAsync()
    {
        var engine = Host.Services.GetRequiredService<WorkflowEngine>();
        for (var round = 0; round < 3_600; round++)
        {
            var now = await engine.Clock.NowAsync();
            await using (var db = Host.Services.GetRequiredService<Func<WorkflowDb>>()())
            {
                var waiting = await db.Outbox.CountAsync(row => row.DueAt <= now
                    && row.Purpose != OutboxMessage.DigestLine
                    && (row.State == Status.Planned || row.State == Status.Sending) && row.NotBefore == null);
                var sending = await db.Outbox.CountAsync(row => row.State == Status.Sending);
                if (waiting + sending == 0) return;
            }
            await Task.Delay(50);
        }
        Assert.Fail("Three minutes were not enough to send what is due.");
    }

    /// <summary>The clock goes on while nothing runs; the host must be stopped.</summary>
    public async Task SleepUntilAsync(string local)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "kept.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "update engine_clock set pinned_at = $at";
        command.Parameters.AddWithValue("$at", Instant(local).UtcTicks);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    /// <summary>Waits until timers, routines and messages of a restarted host have caught up.</summary>
    public async Task SettledAsync()
    {
        await Host.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
        var now = await Host.Services.GetRequiredService<WorkflowEngine>().Clock.NowAsync();
        // A digest waits until the timers of the downtime have fired.
        for (var round = 0; round < 3_600; round++)
        {
            await SentAsync();
            await using var db = Host.Services.GetRequiredService<Func<WorkflowDb>>()();
            if (!await db.Outbox.AnyAsync(row => row.DueAt <= now && row.Purpose == nameof(NoticeKind.Digest)
                && (row.State == Status.Planned || row.State == Status.Sending))) return;
            await Task.Delay(50);
        }
        Assert.Fail("Three minutes were not enough for the digests of a downtime.");
    }

    public async Task<List<OutboxRow>> LedgerAsync()
    {
        await using var db = Host.Services.GetRequiredService<Func<WorkflowDb>>()();
        return await db.Outbox.AsNoTracking().OrderBy(row => row.Key).ToListAsync();
    }

    /// <summary>What came for somebody: subject and text.</summary>
    public List<(string Subject, string Text)> MailsTo(string user) =>
    [
        .. Peer.Mails.Where(mail => mail.To.Contains($"{user}@", StringComparison.Ordinal))
            .Select(mail => (Decoded(mail.Headers["Subject"]), TextOf(mail.Raw))),
    ];

    static string Decoded(string header) => EncodedWord().Replace(
        header.Replace("?= =?", "?==?", StringComparison.Ordinal), word => word.Groups[2].Value is "B" or "b"
            ? Encoding.UTF8.GetString(Convert.FromBase64String(word.Groups[3].Value))
            : Quoted(word.Groups[3].Value.Replace('_', ' ')));

    static string Quoted(string text) => Encoding.UTF8.GetString([.. Bytes(text)]);

    static IEnumerable<byte> Bytes(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=') yield return (byte)text[i];
            else
            {
                yield return Convert.ToByte(text.Substring(i + 1, 2), 16);
                i += 2;
            }
        }
    }

    // Both parts, whatever their transfer encoding.
    static string TextOf(string raw)
    {
        var text = new StringBuilder();
        foreach (var part in raw.Split("\r\n--"))
        {
            var halves = part.Split("\r\n\r\n", 2);
            if (halves.Length < 2) continue;
            text.Append(
                halves[0].Contains("base64", StringComparison.OrdinalIgnoreCase)
                    ? Encoding.UTF8.GetString(Convert.FromBase64String(
                        halves[1].Split("\r\n--")[0].Replace("\r\n", "", StringComparison.Ordinal)))
                : halves[0].Contains("quoted-printable", StringComparison.OrdinalIgnoreCase)
                    ? Quoted(halves[1].Replace("=\r\n", "", StringComparison.Ordinal))
                    : halves[1]);
        }
        return text.ToString();
    }

    [GeneratedRegex(@"=\?([^?]+)\?([BbQq])\?([^?]*)\?=")]
    private static partial Regex EncodedWord();

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Peer.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    // ---- the procedure --------------------------------------------------------------------------------------

    public const string ProcessId = "notice-sample";

    static string Procedure(string ladder) => ProcedureFolder.Write(
        ProcessId, Bpmn.Replace("{ladder}", ladder, StringComparison.Ordinal), ("notice-report.form", Report), ("notice-decision.form", Decision));

    const string Report = """
        { "id": "notice-report", "type": "default", "schemaVersion": 18, "components": [
            { "id": "f1", "type": "textfield", "key": "assistant", "label": "Asystent",
              "validate": { "required": true },
              "properties": { "process": "true", "key": "true", "staff": "assistant" } },
            { "id": "f2", "type": "textfield", "key": "familyNames", "label": "Nazwisko",
              "validate": { "required": true }, "properties": { "search": "true" } },
            { "id": "f3", "type": "number", "key": "days", "label": "Dni", "properties": { "process": "true" } } ] }
        """;

    const string Decision = """
        { "id": "notice-decision", "type": "default", "schemaVersion": 18, "components": [
            { "id": "d1", "type": "radio", "key": "decision", "label": "Decyzja",
              "values": [ { "label": "Tak", "value": "yes" }, { "label": "Nie", "value": "no" } ],
              "validate": { "required": true }, "properties": { "process": "true" } },
            { "id": "d2", "type": "textarea", "key": "remarks", "label": "Uwagi" } ] }
        """;

    const string Bpmn = $$"""
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d"
                     xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          <process id="{{ProcessId}}" name="Sprawa z wiadomościami" isExecutable="true">
            <extensionElements><zeebe:properties>
              <zeebe:property name="case" value="root" /><zeebe:property name="startableBy" value="clerk" />
            </zeebe:properties></extensionElements>
            <startEvent id="start" />
            <sequenceFlow id="f1" sourceRef="start" targetRef="report" />
            <userTask id="report" name="Zgłoszenie przemocy">
              <extensionElements><zeebe:userTask /><zeebe:assignmentDefinition candidateGroups="clerk" />
                <zeebe:formDefinition formId="notice-report" bindingType="deployment" />
                <zeebe:taskSchedule dueDate="=deadline(now(), 5, &quot;working-days&quot;)" /></extensionElements>
            </userTask>
            <sequenceFlow id="f2" sourceRef="report" targetRef="fork" />
            <parallelGateway id="fork" />
            <sequenceFlow id="f3" sourceRef="fork" targetRef="visit" />
            <sequenceFlow id="f4" sourceRef="fork" targetRef="decide" />
            <userTask id="visit" name="Wizyta u rodziny z Niebieską Kartą">
              <extensionElements><zeebe:userTask /><zeebe:assignmentDefinition assignee="=assistant" />
                <zeebe:taskSchedule dueDate="=deadline(now(), days, &quot;working-days&quot;)" />
                <zeebe:properties>
                  <zeebe:property name="reminders" value="{ladder}" />
                  <zeebe:property name="escalation" value="team_lead, head" />
                  <zeebe:property name="notificationName" value="Karta wizyty" />
                </zeebe:properties></extensionElements>
            </userTask>
            <userTask id="decide" name="Decyzja o przemocy">
              <extensionElements><zeebe:userTask /><zeebe:assignmentDefinition candidateGroups="head" />
                <zeebe:formDefinition formId="notice-decision" bindingType="deployment" />
                <zeebe:taskSchedule dueDate="=deadline(now(), 90, &quot;days&quot;)" />
                <zeebe:properties>
                  <zeebe:property name="approval" value="normal" />
                  <zeebe:property name="approval.decision" value="decision" />
                  <zeebe:property name="approval.approve" value="Zatwierdź" />
                  <zeebe:property name="approval.approve.value" value="yes" />
                  <zeebe:property name="approval.refuse" value="Odmów" />
                  <zeebe:property name="approval.refuse.value" value="no" />
                  <zeebe:property name="approval.comment" value="remarks" />
                  <zeebe:property name="notificationName" value="Decyzja do podjęcia" />
                </zeebe:properties></extensionElements>
            </userTask>
            <sequenceFlow id="f5" sourceRef="visit" targetRef="end" />
            <sequenceFlow id="f6" sourceRef="decide" targetRef="end" />
            <endEvent id="end" />
          </process>
        </definitions>
        """;
}
