using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Integration.Tests.Access;
using Integration.Tests.Approvals;
using Integration.Tests.Support;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Notifications;

/// <summary>The way of a message on PostgreSQL, from the step to the decision and the proof of the night.</summary>
public sealed partial class PostgresNoticesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Messages_OnPostgreSql_AreSentDecidedRemindedAndProven()
    {
        postgres.Require();
        await using var host = await NoticeHost.OpenAsync(
            "2026-11-02 09:00", postgres: await postgres.CreateDatabaseAsync("notices"));
        var (caseNo, root) = await host.CaseAsync();
        await host.SentAsync();

        var link = Link().Match(Assert.Single(host.MailsTo("head")).Text).Value;
        using (var head = await Browser.SignedInAsync(host.Host, "head"))
        {
            var page = await head.GetAsync(link);
            Assert.Contains("Decyzja zapisana", (await head.PressAsync(page, "approve")).Words, StringComparison.Ordinal);
            // The link a second time shows the receipt again.
            Assert.Contains("Decyzja zapisana", (await head.GetAsync(link)).Words, StringComparison.Ordinal);
        }

        await Centre.OkAsync(host["assistant"].PutAsJsonAsync(
            "/api/account/notifications", new { email = true, teams = false, digestAt = "08:15:00" }));
        host.Peer.Mails.Clear();
        await host.AtAsync("2026-11-17 09:00");
        await host.SentAsync();
        Assert.Single(host.MailsTo("assistant"), mail => mail.Text.Contains("Dziś mija termin", StringComparison.Ordinal));
        Assert.Single(host.MailsTo("assistant"), mail => mail.Subject == "Twoje zadania na dziś");
        Assert.Contains(await host.LedgerAsync(), row => row.Recipient == "assistant" && row.Purpose == "Digest"
            && row.State == Status.Sent && row.DueAt == NoticeHost.Instant("2026-11-17 08:15"));

        await host.AtAsync("2026-11-18 02:30");
        await host.SentAsync();
        var proven = await Centre.OkAsync(host["team_lead"].GetAsync("/api/reports/silence"));
        Assert.Equal(0, proven.GetProperty("nights")[0].GetProperty("unproven").GetInt32());
        var sent = await Centre.OkAsync(host["team_lead"].GetAsync("/api/notifications?state=sent"));
        Assert.NotEmpty(sent.GetProperty("items").EnumerateArray());
        var timeline = await Centre.OkAsync(host["head"].GetAsync($"/api/cases/{caseNo}/timeline"));
        Assert.Contains(timeline.GetProperty("items").EnumerateArray(),
            item => item.GetProperty("kind").GetString() == "escalation");
        await Centre.OkAsync(host["assistant"].PostAsJsonAsync(
            $"/api/tasks/{await host.TaskAsync(root, "visit")}/completion", new { form = new { } }));
    }

    [GeneratedRegex("/a/[A-Za-z0-9_-]{43}")]
    private static partial Regex Link();
}
