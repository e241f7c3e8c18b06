using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Api.Storage;
using Integration.Tests.Cases;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Integration.Tests.Approvals;

/// <summary>Codes of an authenticator application (RFC 6238): one's own, sealed, and worth one use.</summary>
public sealed class SecondFactorTests(SecondFactorTests.Host host) : IClassFixture<SecondFactorTests.Host>
{
    public sealed class Host : IAsyncLifetime
    {
        public RunningHost Running { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Running = await RunningHost.StartEmptyAsync("--RateLimits:SignInPerMinute=100000");

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    /// <summary>Puts an authenticator in force and gives its secret.</summary>
    public static async Task<byte[]> EnrolAsync(RunningHost running, string user, string password)
    {
        var client = running.Client();
        client.DefaultRequestHeaders.Authorization = RunningHost.Basic(user, password);
        var begun = await client.PostAsync("/api/account/second-factor/begin", new { password }, 200);
        var secret = FromBase32(begun.Text("key"));
        var codes = await client.PostAsync(
            "/api/account/second-factor", new { code = CodeOf(secret, DateTimeOffset.UtcNow) }, 200);
        Assert.Equal(10, codes.List("recoveryCodes").Count());
        return secret;
    }

    /// <summary>RFC 6238 with SHA-1, steps of 30 seconds and six digits, as the applications have it.</summary>
    public static string CodeOf(byte[] secret, DateTimeOffset at)
    {
        var step = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(step, at.ToUnixTimeSeconds() / 30);
        var hash = CryptographicOperations.HmacData(HashAlgorithmName.SHA1, secret, step);
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xF)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    static byte[] FromBase32(string text)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var (bytes, buffer, bits) = (new List<byte>(), 0, 0);
        foreach (var letter in text.Where(letter => letter != ' '))
        {
            (buffer, bits) = ((buffer << 5) | alphabet.IndexOf(letter, StringComparison.Ordinal), bits + 5);
            if (bits < 8) continue;
            bytes.Add((byte)(buffer >> (bits - 8)));
            (bits, buffer) = (bits - 8, buffer & ((1 << (bits - 8)) - 1));
        }
        return [.. bytes];
    }

    [Fact]
    public async Task Begin_WithoutThePassword_IsRefused()
    {
        using var client = host.Running.Client("assistant");
        foreach (var password in new[] { "", "nie to" })
        {
            var answer = await client.PostAsJsonAsync("/api/account/second-factor/begin", new { password });
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Begin_BeforeTheFirstCode_PutsNothingInForce()
    {
        using var client = host.Running.Client("clerk");
        await client.PostAsync("/api/account/second-factor/begin", new { password = "clerk" }, 200);
        await client.PostAsync("/api/account/second-factor", new { code = "000000" }, 400);
        Assert.False((await client.GetAsync("/api/account/second-factor", 200)).GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task Confirmed_Authenticator_IsSealedRecordedAndCanBeTakenAway()
    {
        var secret = await EnrolAsync(host.Running, "mayor", "mayor");
        using var client = host.Running.Client("mayor");
        var view = await client.GetAsync("/api/account/second-factor", 200);
        Assert.True(view.GetProperty("enabled").GetBoolean());
        Assert.Equal(10, view.GetProperty("recoveryCodesLeft").GetInt32());
        await using (var db = host.Running.Services.GetRequiredService<ProductDbFactory>().Create())
        {
            var stored = await db.UserTokens.AsNoTracking().Select(row => row.Value).ToListAsync(
                TestContext.Current.CancellationToken);
            Assert.NotEmpty(stored);
            var hex = Convert.ToHexString(secret);
            Assert.All(stored, value => Assert.DoesNotContain(
                hex, Convert.ToHexString(Encoding.UTF8.GetBytes(value!)), StringComparison.Ordinal));
            Assert.All(stored, value => Assert.True(Convert.TryFromBase64String(value!, new byte[value!.Length], out _)));
        }
        await client.PostAsync("/api/account/second-factor/begin", new { password = "mayor" }, 409);
        await client.PostAsync("/api/account/second-factor/removal", new { password = "mayor" }, 204);
        Assert.False((await client.GetAsync("/api/account/second-factor", 200)).GetProperty("enabled").GetBoolean());
        var audit = await host.Running.Client("dpo").GetAsync("/api/audit?area=accounts", 200);
        var acts = audit.List("items").Where(entry => entry.Text("who") == "mayor").Select(entry => entry.Text("act"));
        Assert.Equal(["SecondFactorRemoved", "SecondFactorAdded"], acts);
    }
}
