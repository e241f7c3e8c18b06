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

        await admin.PublishAsync(head, Id, (await admin.NewestAsync(Id)).With("Druga dostawa", "Po naszemu"));
        var own = await RestartAsync("Druga dostawa");
        Assert.Equal(JsonValueKind.Null, own.GetProperty("newProductVersion").ValueKind);
        var third = await RestartAsync("Trzecia dostawa");
        Assert.Equal(3, third.GetProperty("version").GetInt32());
        Assert.Contains("Po naszemu", (await admin.NewestAsync(Id))["process.bpmn"], StringComparison.Ordinal);
        Assert.NotEmpty(third.GetProperty("newProductVersion").GetProperty("hash").GetString()!);
        var offered = await Centre.OkAsync(admin.GetAsync($"/api/procedures/{Id}/product-version/files"));
        Assert.Contains("Trzecia dostawa", offered.Files()["process.bpmn"], StringComparison.Ordinal);

        await admin.PublishAsync(head, Id, offered.Files());
        Assert.Equal(
            JsonValueKind.Null,
            (await RestartAsync("Trzecia dostawa")).GetProperty("newProductVersion").ValueKind);
    }
}
