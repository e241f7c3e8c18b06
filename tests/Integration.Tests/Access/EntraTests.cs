using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Api.Access;
using Integration.Tests.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Integration.Tests.Access;

/// <summary>Sign-in through Entra ID against a stub of the authority that speaks real HTTP.</summary>
public sealed class EntraTests
{
    const string Tenant = "11111111-2222-3333-4444-555555555555";
    const string Client = "66666666-7777-8888-9999-000000000000";
    const string Person = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

    /// <summary>An authority: metadata, keys and the token endpoint; the person's part is played by the test.</summary>
    sealed class Authority : IAsyncDisposable
    {
        readonly RSA rsa = RSA.Create(2048);
        readonly RSA foreign = RSA.Create(2048);
        readonly WebApplication app;
        readonly ConcurrentDictionary<string, string> challenges = new(StringComparer.Ordinal);

        Authority(WebApplication app) => this.app = app;

        public string Address => app.Urls.Single();

        public string Audience { get; set; } = Client;
        public string Directory { get; set; } = Tenant;
        public DateTime Expires { get; set; } = DateTime.UtcNow.AddMinutes(10);
        public bool ForeignKey { get; set; }

        public static async Task<Authority> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var stub = builder.Build();
            var made = new Authority(stub);
            stub.MapGet("/{tenant}/v2.0/.well-known/openid-configuration", (string tenant) => Results.Json(new
            {
                issuer = made.Issuer,
                authorization_endpoint = $"{made.Address}/{tenant}/oauth2/v2.0/authorize",
                token_endpoint = $"{made.Address}/{tenant}/oauth2/v2.0/token",
                jwks_uri = $"{made.Address}/{tenant}/keys",
            }));
            stub.MapGet("/{tenant}/keys", () =>
            {
                var key = made.rsa.ExportParameters(includePrivateParameters: false);
                return Results.Json(new
                {
                    keys = new[]
                    {
                        new
                        {
                            kty = "RSA", use = "sig", kid = "one", n = Base64UrlEncoder.Encode(key.Modulus),
                            e = Base64UrlEncoder.Encode(key.Exponent),
                        },
                    },
                });
            });
            stub.MapPost("/{tenant}/oauth2/v2.0/token", made.Token);
            await stub.StartAsync();
            return made;
        }

        string Issuer => $"{Address}/{Tenant}/v2.0";

        /// <summary>The person signs in at the authority: a code for what was asked.</summary>
        public string CodeFor(string challenge)
        {
            var code = Guid.NewGuid().ToString("N");
            challenges[code] = challenge;
            return code;
        }

        async Task<IResult> Token(HttpRequest request)
        {
            var form = await request.ReadFormAsync();
            var verifier = form["code_verifier"].ToString();
            var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
            if (form["client_secret"] != "secret" || !challenges.TryRemove(form["code"].ToString(), out var asked)
                || asked != challenge)
            {
                return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
            }
            var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = Issuer,
                Audience = Audience,
                IssuedAt = DateTime.UtcNow.AddHours(-1),
                NotBefore = DateTime.UtcNow.AddHours(-1),
                Expires = Expires,
                Subject = new ClaimsIdentity([new Claim("oid", Person), new Claim("tid", Directory)]),
                SigningCredentials = new SigningCredentials(
                    new RsaSecurityKey(ForeignKey ? foreign : rsa) { KeyId = "one" }, SecurityAlgorithms.RsaSha256),
            });
            return Results.Json(new { access_token = "unused", token_type = "Bearer", id_token = token });
        }

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            rsa.Dispose();
            foreign.Dispose();
        }
    }

    static Task<RunningHost> StartAsync(Authority authority) => RunningHost.StartEmptyAsync(
        $"--Entra:TenantId={Tenant}", $"--Entra:ClientId={Client}", "--Entra:ClientSecret=secret",
        $"--Entra:Authority={authority.Address}");

    static HttpClient Browser(RunningHost host) =>
        new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = host.Address };

    static async Task LinkAsync(RunningHost host, string userName)
    {
        var answer = await ConfirmAsync(host, userName);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    /// <summary>The administrator asks for the link, the head lets it happen.</summary>
    static async Task<HttpResponseMessage> ConfirmAsync(RunningHost host, string userName)
    {
        using var admin = host.Client("admin");
        using var head = host.Client("head");
        var asked = await admin.PutAsJsonAsync(
            $"/api/accounts/{userName}/entra", new { objectId = Person, reason = "konto służbowe" });
        Assert.True((await asked.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("waits").GetBoolean());
        var waiting = await head.GetFromJsonAsync<JsonElement>("/api/account-requests");
        var request = Assert.Single(waiting.GetProperty("items").EnumerateArray());
        Assert.Equal(("entra", Person), (
            request.GetProperty("kind").GetString(), request.GetProperty("objectId").GetString()));
        return await head.PostAsync(
            $"/api/account-requests/{request.GetProperty("id").GetString()}/confirmation", null);
    }

    /// <summary>Goes to the authority and comes back; returns where the browser is sent then.</summary>
    static async Task<string> SignInAsync(HttpClient browser, Authority authority, string query = "")
    {
        var leave = await browser.GetAsync("/api/session/entra" + query);
        Assert.Equal(HttpStatusCode.Redirect, leave.StatusCode);
        var asked = QueryHelpers.ParseQuery(leave.Headers.Location!.Query);
        Assert.Equal("S256", asked["code_challenge_method"]);
        var code = authority.CodeFor(asked["code_challenge"].ToString());
        var state = Uri.EscapeDataString(asked["state"].ToString());
        var back = await browser.GetAsync($"/api/session/entra/return?code={code}&state={state}");
        Assert.Equal(HttpStatusCode.Redirect, back.StatusCode);
        return back.Headers.Location!.OriginalString;
    }

    [Fact]
    public async Task Person_WithALinkedAccount_GetsASession()
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await StartAsync(authority);
        await LinkAsync(host, "clerk");
        using var browser = Browser(host);
        Assert.Equal("/sprawy", await SignInAsync(browser, authority, "?returnTo=/sprawy"));
        Assert.Equal("clerk", (await browser.GetFromJsonAsync<Session.Me>("/api/session"))!.UserName);
    }

    [Fact]
    public async Task Person_WithoutALinkedAccount_GetsNoneMade()
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await StartAsync(authority);
        using var browser = Browser(host);
        Assert.Equal("/?signIn=entra-refused", await SignInAsync(browser, authority));
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/api/session")).StatusCode);
    }

    [Theory]
    [InlineData("audience")]
    [InlineData("directory")]
    [InlineData("expired")]
    [InlineData("key")]
    public async Task Token_NotMadeForUsHereAndNow_IsRefused(string fault)
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await StartAsync(authority);
        await LinkAsync(host, "clerk");
        if (fault == "audience") authority.Audience = Guid.NewGuid().ToString();
        if (fault == "directory") authority.Directory = Guid.NewGuid().ToString();
        if (fault == "expired") authority.Expires = DateTime.UtcNow.AddMinutes(-30);
        if (fault == "key") authority.ForeignKey = true;
        using var browser = Browser(host);
        Assert.Equal("/?signIn=entra-refused", await SignInAsync(browser, authority));
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/api/session")).StatusCode);
    }

    [Fact]
    public async Task Return_WithTheStateOfAnotherBrowser_IsRefused()
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await StartAsync(authority);
        await LinkAsync(host, "clerk");
        using var attacker = Browser(host);
        var asked = QueryHelpers.ParseQuery((await attacker.GetAsync("/api/session/entra")).Headers.Location!.Query);
        var code = authority.CodeFor(asked["code_challenge"].ToString());
        using var victim = Browser(host);
        var state = Uri.EscapeDataString(asked["state"].ToString());
        var back = await victim.GetAsync($"/api/session/entra/return?code={code}&state={state}");
        Assert.Equal("/?signIn=entra-refused", back.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Unauthorized, (await victim.GetAsync("/api/session")).StatusCode);
    }

    [Theory]
    [InlineData("?returnTo=https://elsewhere.invalid/")]
    [InlineData("?returnTo=//elsewhere.invalid/")]
    [InlineData("?returnTo=/%5Celsewhere.invalid/")]
    public async Task ReturnAddress_OfAnotherSite_IsNotFollowed(string query)
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await StartAsync(authority);
        await LinkAsync(host, "clerk");
        using var browser = Browser(host);
        Assert.Equal("/", await SignInAsync(browser, authority, query));
    }

    [Fact]
    public async Task Link_ByAnybodyButTheAdministrator_IsRefused()
    {
        await using var authority = await Authority.StartAsync();
        await using var host = await StartAsync(authority);
        using var clerk = host.Client("clerk");
        var refused = await clerk.PutAsJsonAsync("/api/accounts/clerk/entra", new { objectId = Person });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await LinkAsync(host, "clerk");
        Assert.Equal(HttpStatusCode.Conflict, (await ConfirmAsync(host, "mayor")).StatusCode);
    }

    [Fact]
    public async Task Centre_WithoutTheSettings_OffersNoEntra()
    {
        await using var host = await RunningHost.StartEmptyAsync();
        using var client = host.Client();
        var centre = await client.GetFromJsonAsync<global::Api.Access.Centre.Description>("/api/centre");
        Assert.False(centre!.SignIn.Entra);
        using var clerk = host.Client("clerk");
        Assert.Equal(HttpStatusCode.NotFound, (await clerk.GetAsync("/api/session/entra")).StatusCode);
    }
}
