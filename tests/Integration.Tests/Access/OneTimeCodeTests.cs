using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Access;
using Api.Storage;
using Integration.Tests.Startup;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Integration.Tests.Access;

/// <summary>Nobody who administers accounts can sign in as somebody else (docs/decisions/0013).</summary>
public sealed class OneTimeCodeTests(OneTimeCodeTests.Host host) : IClassFixture<OneTimeCodeTests.Host>
{
    const string Long = "cztery zielone rowery";

    public sealed class Host : IAsyncLifetime
    {
        public Centre Centre { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Centre = await Centre.OpenAsync("--RateLimits:SignInPerMinute=100000");

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }

    /// <summary>The system's time, some hours later.</summary>
    sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }

    Centre Centre => host.Centre;

    Task<JsonElement> AskAsync(string userName) => Centre.OkAsync(Centre["admin"].PostAsJsonAsync(
        $"/api/accounts/{userName}/code", new { reason = "zapomniane hasło" }));

    static Task<HttpResponseMessage> EnterAsync(HttpClient client, string userName, string code, string password = Long) =>
        client.PostAsJsonAsync("/api/session/code", new { userName, code, password });

    static Task<HttpResponseMessage> SignInAsync(HttpClient client, string userName, string password) =>
        client.PostAsJsonAsync("/api/session", new { userName, password });

    [Fact]
    public async Task Code_HandedOverByASecondPerson_SetsThePasswordOnceAndEndsOtherSessions()
    {
        await Centre.AddPersonAsync("ala.lis", "clerk");
        using var old = Centre.Host.Client();
        await Centre.OkAsync(SignInAsync(old, "ala.lis", Centre.Password));
        var asked = await AskAsync("ala.lis");
        Assert.Equal(JsonValueKind.Null, asked.GetProperty("code").ValueKind);
        // Until the code is used, what she knows still opens.
        await Centre.OkAsync(old.GetAsync("/api/session"));

        var code = await Centre.ShowCodeAsync("team_lead", "ala.lis");
        Assert.Matches("^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){3}$", code);
        using var fresh = Centre.Host.Client();
        // Small letters without dashes are the same code; a bad password does not use it up.
        var typed = code.Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant();
        var weak = await EnterAsync(fresh, "ala.lis", typed, "krótkie");
        Assert.Equal(HttpStatusCode.BadRequest, weak.StatusCode);
        Assert.Contains("\"password\"", await weak.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var me = await Centre.OkAsync(EnterAsync(fresh, "ala.lis", typed));
        Assert.Equal("ala.lis", me.GetProperty("userName").GetString());

        await Centre.OkAsync(fresh.GetAsync("/api/session"));
        await Centre.IsAsync(HttpStatusCode.Unauthorized, old.GetAsync("/api/session"));
        using var again = Centre.Host.Client();
        await Centre.IsAsync(HttpStatusCode.Unauthorized, EnterAsync(again, "ala.lis", code));
        await Centre.IsAsync(HttpStatusCode.Unauthorized, SignInAsync(again, "ala.lis", Centre.Password));
        await Centre.OkAsync(SignInAsync(again, "ala.lis", Long));
        var waiting = await Centre.OkAsync(Centre["head"].GetAsync("/api/account-requests"));
        Assert.DoesNotContain("ala.lis", waiting.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_InTheDatabaseAndTheAudit_IsNeverReadable()
    {
        await Centre.AddPersonAsync("ola.bak", "clerk");
        await AskAsync("ola.bak");
        var code = await Centre.ShowCodeAsync("head", "ola.bak");
        await using var db = Centre.Host.Services.GetRequiredService<ProductDbFactory>().Create();
        var row = await db.AccountRequests.SingleAsync(
            r => r.UserName == "ola.bak" && r.State == AccountRequestState.Shown);
        Assert.DoesNotContain(AccountRequests.Plain(code), row.CodeHash, StringComparison.Ordinal);
        Assert.Equal("head", row.ShownTo);
        var audit = await Centre.OkAsync(Centre["dpo"].GetAsync("/api/audit?area=accounts"));
        Assert.True(audit.GetProperty("verified").GetBoolean());
        var acts = audit.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("subject").GetString() == "ola.bak").ToArray();
        Assert.Equal(("CodeShown", "head"), (
            acts[0].GetProperty("act").GetString(), acts[0].GetProperty("who").GetString()));
        Assert.Equal("zapomniane hasło", acts[0].GetProperty("after").GetProperty("reason").GetString());
        Assert.DoesNotContain(code, audit.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(AccountRequests.Plain(code), audit.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("Ewa Sikora, kierownik ośrodka", audit.GetProperty("names").GetProperty("head").GetString());
    }

    [Fact]
    public async Task Code_ShownAgain_EndsTheOneBefore()
    {
        await Centre.AddPersonAsync("ela.sowa", "clerk");
        await AskAsync("ela.sowa");
        var first = await Centre.ShowCodeAsync("head", "ela.sowa");
        var second = await Centre.ShowCodeAsync("team_lead", "ela.sowa");
        using var browser = Centre.Host.Client();
        await Centre.IsAsync(HttpStatusCode.Unauthorized, EnterAsync(browser, "ela.sowa", first));
        await AskAsync("ela.sowa");
        await Centre.IsAsync(HttpStatusCode.Unauthorized, EnterAsync(browser, "ela.sowa", second));
        var third = await Centre.ShowCodeAsync("head", "ela.sowa");
        await Centre.OkAsync(Centre["admin"].DeleteAsync("/api/accounts/ela.sowa/code"));
        await Centre.IsAsync(HttpStatusCode.Unauthorized, EnterAsync(browser, "ela.sowa", third));
        await Centre.IsAsync(HttpStatusCode.NotFound, Centre["admin"].DeleteAsync("/api/accounts/ela.sowa/code"));
    }

    [Fact]
    public async Task Code_ByAnybodyButASecondPerson_IsNotShown()
    {
        await Centre.AddPersonAsync("iza.mak", "team_lead");
        await AskAsync("iza.mak");
        var id = await Centre.RequestAsync("iza.mak");
        var path = $"/api/account-requests/{id}/code";
        // Not the one who asked, not the one it is for, not colleagues, not the officer.
        foreach (var other in new[] { "admin", "iza.mak", "social_worker", "assistant", "clerk", "dpo", "archivist" })
            await Centre.IsAsync(HttpStatusCode.Forbidden, Centre[other].PostAsync(path, null));
        foreach (var other in new[] { "admin", "social_worker", "clerk", "dpo" })
            await Centre.IsAsync(HttpStatusCode.Forbidden, Centre[other].GetAsync("/api/account-requests"));
        foreach (var other in new[] { "head", "team_lead", "mayor", "clerk" })
        {
            await Centre.IsAsync(HttpStatusCode.Forbidden, Centre[other].PostAsJsonAsync(
                "/api/accounts/iza.mak/code", new { reason = "zapomniane hasło" }));
        }
        // Whoever asked for it hands nothing over, whatever else she is.
        await Centre.OkAsync(Centre["demo"].PostAsJsonAsync(
            "/api/accounts/iza.mak/code", new { reason = "zapomniane hasło" }));
        var own = await Centre.RequestAsync("iza.mak");
        await Centre.IsAsync(HttpStatusCode.Forbidden, Centre["demo"].PostAsync($"/api/account-requests/{own}/code", null));
        await Centre.IsAsync(HttpStatusCode.NotFound, Centre["head"].PostAsync(path, null));
        await Centre.OkAsync(Centre["mayor"].PostAsync($"/api/account-requests/{own}/code", null));
        await Centre.IsAsync(HttpStatusCode.BadRequest, Centre["admin"].PostAsJsonAsync(
            "/api/accounts/iza.mak/code", new { reason = "" }));
    }

    [Fact]
    public async Task Administrator_OfTheOldWays_FindsNone()
    {
        await Centre.AddPersonAsync("jan.lew", "clerk");
        await Centre.IsAsync(HttpStatusCode.NotFound, Centre["admin"].PostAsJsonAsync(
            "/api/accounts/jan.lew/password", new { next = Long }));
        await Centre.IsAsync(HttpStatusCode.BadRequest, Centre["admin"].PostAsJsonAsync("/api/accounts", new
        {
            userName = "jan.drugi", displayName = "Jan Drugi", roles = new[] { "clerk" }, password = Long,
        }));
    }

    [Fact]
    public async Task Codes_GuessedInARow_LockTheAccountAndTellNothing()
    {
        await Centre.AddPersonAsync("ewa.kot", "clerk");
        await AskAsync("ewa.kot");
        var code = await Centre.ShowCodeAsync("head", "ewa.kot");
        using var browser = Centre.Host.Client();
        var told = new HashSet<string>(StringComparer.Ordinal);
        for (var guess = 0; guess < Lockout.Tries; guess++)
        {
            var answer = await EnterAsync(browser, "ewa.kot", "AAAA-BBBB-CCCC-DDDD");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            told.Add((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!);
        }
        // Locked now: the right code and the right password are refused alike, in the words for a name nobody has.
        foreach (var (name, secret) in new[] { ("ewa.kot", code), ("nobody.here", code), ("clerk", code) })
        {
            var answer = await EnterAsync(browser, name, secret);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            told.Add((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!);
        }
        Assert.Single(told);
        await Centre.IsAsync(HttpStatusCode.Unauthorized, SignInAsync(browser, "ewa.kot", Centre.Password));
        // A code shown anew opens the account again.
        await Centre.OkAsync(EnterAsync(browser, "ewa.kot", await Centre.ShowCodeAsync("head", "ewa.kot")));
    }

    [Fact]
    public async Task Codes_FromOneAddress_AreBoundedAsPasswordsAre()
    {
        await using var limited = await RunningHost.StartEmptyAsync("--RateLimits:SignInPerMinute=2");
        using var client = limited.Client();
        foreach (var expected in new[] { 401, 401, 429 })
            Assert.Equal(expected, (int)(await EnterAsync(client, "clerk", "AAAA-BBBB-CCCC-DDDD")).StatusCode);
        Assert.Equal(429, (int)(await SignInAsync(client, "clerk", "clerk")).StatusCode);
    }

    [Fact]
    public async Task Code_AfterADay_IsWorthNothing()
    {
        var time = new ShiftedTime();
        await using var office = await RunningHost.StartEmptyAsync(
            builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var admin = office.Client("admin");
        using var head = office.Client("head");
        using var browser = office.Client();
        async Task<string> CodeAsync(bool ask)
        {
            if (ask)
                await Centre.OkAsync(admin.PostAsJsonAsync("/api/accounts/clerk/code", new { reason = "nowy telefon" }));
            var waiting = await Centre.OkAsync(head.GetAsync("/api/account-requests"));
            var id = Assert.Single(waiting.GetProperty("items").EnumerateArray()).GetProperty("id").GetString();
            var shown = await Centre.OkAsync(head.PostAsync($"/api/account-requests/{id}/code", null));
            return shown.GetProperty("code").GetString()!;
        }
        var late = await CodeAsync(ask: true);
        time.Shift = AccountRequests.ValidFor + TimeSpan.FromMinutes(1);
        await Centre.IsAsync(HttpStatusCode.Unauthorized, EnterAsync(browser, "clerk", late));
        var next = await CodeAsync(ask: false);
        time.Shift += AccountRequests.ValidFor - TimeSpan.FromMinutes(5);
        await Centre.OkAsync(EnterAsync(browser, "clerk", next));
    }

    [Fact]
    public async Task Passkeys_AfterANewPassword_AreStillHers()
    {
        await Centre.AddPersonAsync("ida.wir", "clerk");
        var databases = Centre.Host.Services.GetRequiredService<ProductDbFactory>();
        await using (var db = databases.Create())
        {
            var account = await db.Users.SingleAsync(row => row.UserName == "ida.wir");
            db.Add(new IdentityUserPasskey<string>
            {
                UserId = account.Id, CredentialId = [7, 7, 7],
                Data = new IdentityPasskeyData { Name = "Telefon", PublicKey = [1], AttestationObject = [1], ClientDataJson = [1] },
            });
            await db.SaveChangesAsync();
        }
        await AskAsync("ida.wir");
        using var browser = Centre.Host.Client();
        await Centre.OkAsync(EnterAsync(browser, "ida.wir", await Centre.ShowCodeAsync("head", "ida.wir")));
        var passkeys = await Centre.OkAsync(browser.GetAsync("/api/account/passkeys"));
        Assert.Equal("Telefon", Assert.Single(passkeys.EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task FirstInstallation_UntilSomebodyLeads_ShowsCodesToTheAdministrator()
    {
        await using var office = await RunningHost.StartEmptyAsync(
            "--environment=Production", $"--Encryption:MasterKey={Convert.ToBase64String(new byte[32])}",
            "--FirstAdmin:UserName=leon", $"--FirstAdmin:Password={Centre.Password}");
        using var admin = office.Client();
        admin.DefaultRequestHeaders.Authorization = RunningHost.Basic("leon", Centre.Password);
        async Task<JsonElement> CreateAsync(string userName, string role) => (await Centre.OkAsync(
            admin.PostAsJsonAsync("/api/accounts", new { userName, displayName = "Osoba " + userName, roles = new[] { role } })))
            .GetProperty("code");
        async Task<JsonElement> AskedAsync(string userName) => (await Centre.OkAsync(admin.PostAsJsonAsync(
            $"/api/accounts/{userName}/code", new { reason = "zapomniane hasło" }))).GetProperty("code");
        using var browser = office.Client();

        var head = await CreateAsync("hanna.pas", "head");
        Assert.NotEqual(JsonValueKind.Null, head.ValueKind);
        // Nobody can lead before she has been here.
        Assert.NotEqual(JsonValueKind.Null, (await CreateAsync("kuba.lis", "clerk")).ValueKind);
        await Centre.OkAsync(EnterAsync(browser, "hanna.pas", head.GetProperty("code").GetString()!));
        Assert.Equal(JsonValueKind.Null, (await CreateAsync("ola.zet", "clerk")).ValueKind);
        Assert.Equal(JsonValueKind.Null, (await AskedAsync("kuba.lis")).ValueKind);

        // Taking the role away, or disabling her, does not make the administrator alone.
        var change = new { displayName = "Hanna Pas", roles = new[] { "head" }, disabled = true };
        await Centre.OkAsync(admin.PutAsJsonAsync("/api/accounts/hanna.pas", change));
        Assert.Equal(JsonValueKind.Null, (await AskedAsync("kuba.lis")).ValueKind);
        await Centre.OkAsync(admin.PutAsJsonAsync("/api/accounts/hanna.pas", change with { disabled = false }));
        await Centre.OkAsync(admin.PutAsJsonAsync(
            "/api/accounts/hanna.pas", change with { disabled = false, roles = ["clerk"] }));
        Assert.Equal(JsonValueKind.Null, (await AskedAsync("kuba.lis")).ValueKind);
        var audit = await Centre.OkAsync(admin.GetAsync("/api/audit?area=accounts"));
        Assert.Equal(2, audit.GetProperty("items").EnumerateArray()
            .Count(item => item.GetProperty("act").GetString() == "CodeShownToAdministrator"));
    }
}
