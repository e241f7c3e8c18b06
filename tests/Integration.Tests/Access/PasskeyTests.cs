using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Api.Access;
using Integration.Tests.Startup;

namespace Integration.Tests.Access;

/// <summary>Passkeys over real HTTP, with an authenticator of our own: ES256 keys, attestation "none".</summary>
public sealed class PasskeyTests
{
    /// <summary>What the chip of a phone does, as far as the server can tell.</summary>
    sealed class Authenticator(Uri origin) : IDisposable
    {
        const byte UserPresent = 0x01;
        const byte UserVerified = 0x04;
        const byte HasCredential = 0x40;

        readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        readonly byte[] id = RandomNumberGenerator.GetBytes(32);
        string userHandle = "";
        uint counter;

        public string Origin { get; init; } = origin.GetLeftPart(UriPartial.Authority);

        public bool VerifiesUser { get; init; } = true;

        public string Id => Base64Url.EncodeToString(id);

        public object Create(JsonElement options)
        {
            userHandle = options.GetProperty("user").GetProperty("id").GetString()!;
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            byte[] publicKey = [0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32, .. point.X!, 0x22, 0x58, 32, .. point.Y!];
            byte[] data =
            [
                .. Data(options.GetProperty("rp").GetProperty("id").GetString()!, HasCredential), .. new byte[16], 0,
                (byte)id.Length, .. id, .. publicKey,
            ];
            byte[] attestation =
            [
                0xA3, 0x63, .. "fmt"u8, 0x64, .. "none"u8, 0x67, .. "attStmt"u8, 0xA0, 0x68, .. "authData"u8, 0x59,
                (byte)(data.Length >> 8), (byte)data.Length, .. data,
            ];
            return Credential(new
            {
                clientDataJSON = Encode(ClientData("webauthn.create", options)),
                attestationObject = Encode(attestation),
                transports = new[] { "internal" },
            });
        }

        public object Get(JsonElement options)
        {
            var data = Data(options.GetProperty("rpId").GetString()!, flags: 0);
            var client = ClientData("webauthn.get", options);
            var signature = key.SignData(
                [.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            return Credential(new
            {
                clientDataJSON = Encode(client),
                authenticatorData = Encode(data),
                signature = Encode(signature),
                userHandle,
            });
        }

        object Credential(object response) => new
        {
            id = Id, rawId = Id, type = "public-key", response, clientExtensionResults = new { },
        };

        byte[] Data(string domain, byte flags)
        {
            var count = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(count, ++counter);
            var all = (byte)(flags | UserPresent | (VerifiesUser ? UserVerified : 0));
            return [.. SHA256.HashData(Encoding.UTF8.GetBytes(domain)), all, .. count];
        }

        byte[] ClientData(string type, JsonElement options) => JsonSerializer.SerializeToUtf8Bytes(new
        {
            type, challenge = options.GetProperty("challenge").GetString(), origin = Origin, crossOrigin = false,
        });

        static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

        public void Dispose() => key.Dispose();
    }

    static HttpClient Browser(RunningHost host)
    {
        var client = host.Client();
        client.DefaultRequestHeaders.Add(AccessSetup.ChangeHeader, "WorkflowHost");
        client.DefaultRequestHeaders.Add("Origin", host.Address.GetLeftPart(UriPartial.Authority));
        return client;
    }

    static async Task<HttpClient> SignedInAsync(RunningHost host, string name)
    {
        var client = Browser(host);
        var signIn = await client.PostAsJsonAsync("/api/session", new { userName = name, password = name });
        Assert.Equal(HttpStatusCode.OK, signIn.StatusCode);
        return client;
    }

    static async Task<JsonElement> OptionsAsync(HttpClient client, string path)
    {
        var answer = await client.PostAsync(path, null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    static Task<HttpResponseMessage> AskAsync(HttpClient client, string? password = "clerk") =>
        client.PostAsJsonAsync("/api/account/passkeys/options", new { password });

    static async Task<HttpResponseMessage> AddAsync(HttpClient client, Authenticator authenticator)
    {
        var answer = await AskAsync(client);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var options = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return await client.PostAsJsonAsync(
            "/api/account/passkeys", new { name = "Telefon", credential = authenticator.Create(options) });
    }

    [Fact]
    public async Task Passkey_Registered_SignsInWithoutNameAndPassword()
    {
        await using var host = await RunningHost.StartEmptyAsync();
        using var authenticator = new Authenticator(host.Address);
        using var own = await SignedInAsync(host, "clerk");
        Assert.Equal(HttpStatusCode.OK, (await AddAsync(own, authenticator)).StatusCode);
        var listed = await own.GetFromJsonAsync<JsonElement>("/api/account/passkeys");
        Assert.Equal("Telefon", Assert.Single(listed.EnumerateArray()).GetProperty("name").GetString());

        using var other = Browser(host);
        var options = await OptionsAsync(other, "/api/session/passkey/options");
        var answer = await other.PostAsJsonAsync("/api/session/passkey", authenticator.Get(options));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var me = await other.GetFromJsonAsync<Session.Me>("/api/session");
        Assert.Equal("clerk", me!.UserName);
    }

    [Fact]
    public async Task Answer_SentASecondTime_IsRefused()
    {
        await using var host = await RunningHost.StartEmptyAsync();
        using var authenticator = new Authenticator(host.Address);
        using var own = await SignedInAsync(host, "clerk");
        await AddAsync(own, authenticator);
        using var other = Browser(host);
        var options = await OptionsAsync(other, "/api/session/passkey/options");
        var credential = authenticator.Get(options);
        Assert.Equal(HttpStatusCode.OK, (await other.PostAsJsonAsync("/api/session/passkey", credential)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Unauthorized, (await other.PostAsJsonAsync("/api/session/passkey", credential)).StatusCode);
    }

    [Fact]
    public async Task Passkey_OfAnotherSiteOrWithoutAFinger_IsRefused()
    {
        await using var host = await RunningHost.StartEmptyAsync();
        using var own = await SignedInAsync(host, "clerk");
        using var phishing = new Authenticator(host.Address) { Origin = "https://elsewhere.invalid" };
        Assert.Equal(HttpStatusCode.BadRequest, (await AddAsync(own, phishing)).StatusCode);
        using var touchOnly = new Authenticator(host.Address) { VerifiesUser = false };
        Assert.Equal(HttpStatusCode.BadRequest, (await AddAsync(own, touchOnly)).StatusCode);
        Assert.Empty((await own.GetFromJsonAsync<JsonElement>("/api/account/passkeys")).EnumerateArray());
    }

    [Fact]
    public async Task Passkey_Removed_NoLongerSignsIn()
    {
        await using var host = await RunningHost.StartEmptyAsync();
        using var authenticator = new Authenticator(host.Address);
        using var own = await SignedInAsync(host, "clerk");
        await AddAsync(own, authenticator);
        using var somebodyElse = await SignedInAsync(host, "mayor");
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await somebodyElse.DeleteAsync($"/api/account/passkeys/{authenticator.Id}")).StatusCode);
        Assert.Equal(
            HttpStatusCode.NoContent, (await own.DeleteAsync($"/api/account/passkeys/{authenticator.Id}")).StatusCode);

        using var other = Browser(host);
        var options = await OptionsAsync(other, "/api/session/passkey/options");
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await other.PostAsJsonAsync("/api/session/passkey", authenticator.Get(options))).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("somebody else's")]
    public async Task Passkey_InAnOpenSessionWithoutThePassword_CannotBeRegistered(string? password)
    {
        await using var host = await RunningHost.StartEmptyAsync();
        using var own = await SignedInAsync(host, "clerk");
        var answer = await AskAsync(own, password);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("Obecne hasło jest nieprawidłowe.", problem.GetProperty("errors").GetProperty("password")[0].GetString());
    }

    [Fact]
    public async Task Passkey_WithoutASession_CannotBeRegistered()
    {
        await using var host = await RunningHost.StartEmptyAsync();
        using var nobody = Browser(host);
        Assert.Equal(
            HttpStatusCode.Unauthorized, (await nobody.PostAsync("/api/account/passkeys/options", null)).StatusCode);
    }
}
