using System.Net.Http.Json;
using System.Text.Json;
using Api.Procedures;
using Api.Startup;
using Integration.Tests.Access;
using Integration.Tests.Startup;
using Microsoft.Extensions.DependencyInjection;

namespace Integration.Tests.Procedures;

/// <summary>What a newer delivery of the product does at the next start.</summary>
public sealed class ProductVersionTests
{
    const string Id = "delivery-problem";

    static string Deliver(string root, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, Id)).FullName;
        var source = Path.Combine(Locations.Repository()!, "workflows", Id);
        foreach (var file in Directory.GetFiles(source, "*.*").Where(file => Path.GetExtension(file) != ".json"))
        {
            File.WriteAllText(Path.Combine(folder, Path.GetFileName(file)), File.ReadAllText(file).Replace(
                "Sprawdź adres pracownika", name, StringComparison.Ordinal));
        }
        return root;
    }

    [Fact]
    public async Task Delivery_OverAnOfficesVersion_IsOnlyOffered_AndOverADeliveredOneItIsInForce()
    {
        var root = Deliver(Directory.CreateTempSubdirectory("delivery-").FullName, "Pierwsza dostawa");
        await using var host = await RunningHost.StartAsync($"--Workflows:Path={root}", "--RateLimits:PersonPerMinute=100000");
        using var admin = host.Client("admin");
        using var head = host.Client("head");
        async Task<JsonElement> RestartAsync(string name)
        {
            Deliver(root, name);
            await host.Services.GetRequiredService<ShippedProcedures>().DeployAsync(default);
            return await Centre.OkAsync(admin.GetAsync($"/api/procedures/{Id}"));
        }

        var second = await RestartAsync("Druga dostawa");
        Assert.Equal((2, "shipped"), (
            second.GetProperty("version").GetInt32(),
            second.GetProperty("versions")[0].GetProperty("source").GetString()));
        Assert.Equal(2, (await RestartAsync("Druga dostawa")).GetProperty("version").GetInt32());

        await PublishAsync(admin, head, (await admin.NewestAsync(Id)).With("Druga dostawa", "Po naszemu"));
        var own = await RestartAsync("Druga dostawa");
        Assert.Equal(JsonValueKind.Null, own.GetProperty("newProductVersion").ValueKind);
        var third = await RestartAsync("Trzecia dostawa");
        Assert.Equal(3, third.GetProperty("version").GetInt32());
        Assert.Contains("Po naszemu", (await admin.NewestAsync(Id))["process.bpmn"], StringComparison.Ordinal);
        Assert.NotEmpty(third.GetProperty("newProductVersion").GetProperty("hash").GetString()!);
        var offered = await Centre.OkAsync(admin.GetAsync($"/api/procedures/{Id}/product-version/files"));
        Assert.Contains("Trzecia dostawa", offered.Files()["process.bpmn"], StringComparison.Ordinal);

        await PublishAsync(admin, head, offered.Files());
        Assert.Equal(
            JsonValueKind.Null,
            (await RestartAsync("Trzecia dostawa")).GetProperty("newProductVersion").ValueKind);
    }

    static async Task PublishAsync(HttpClient admin, HttpClient head, Dictionary<string, string> files)
    {
        var revision = await admin.SaveAsync(Id, files);
        var compared = await Centre.OkAsync(admin.PostAsJsonAsync($"/api/procedures/{Id}/compare", new { files }));
        var check = await Centre.OkAsync(admin.PostAsJsonAsync($"/api/procedures/{Id}/check", new { files }));
        var asked = await Centre.OkAsync(admin.PostAsJsonAsync($"/api/procedures/{Id}/publications", new
        {
            revision, reason = "Zmiana", legalBasis = "zarządzenie 1/2026",
            validFrom = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            ticks = check.GetProperty("problems").EnumerateArray().Select(one => one.GetProperty("tick").GetString()),
            compared = compared.GetProperty("hash").GetString(),
        }));
        await Centre.OkAsync(head.PostAsync($"/api/publications/{asked.GetProperty("id").GetString()}/approval", null));
    }
}
