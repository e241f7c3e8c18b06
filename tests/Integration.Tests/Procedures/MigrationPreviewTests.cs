using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Integration.Tests.Access;

namespace Integration.Tests.Procedures;

public sealed class MigrationPreviewTests(DesignHost host) : IClassFixture<DesignHost>
{
    const string Id = "delivery-problem";

    Task<JsonElement> PreviewAsync(int from, int to, object? mapping = null) => Centre.OkAsync(
        host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/migration/preview", new { from, to, mapping }));

    [Fact]
    public async Task Preview_OfRunningInstances_NamesPlacesTermsAndBlockers_AndChangesNothing()
    {
        using var demo = host.Running.Client("demo");
        await Centre.OkAsync(demo.PostAsJsonAsync("/v2/process-instances", new
        {
            processDefinitionId = Id, variables = new { foundOn = "2026-03-02", person = "clerk", address = "a@b.pl" },
        }));
        var first = await host.Admin.NewestAsync(Id);
        await host.Admin.PublishAsync(host.Head, Id, first.With("repair-address", "repair-mailbox"));
        await host.Admin.PublishAsync(host.Head, Id, first.With("repair-address", "check-mailbox")
            .With("Sprawdź adres pracownika", "Całkiem inny krok"));

        var renamed = await PreviewAsync(1, 2);
        Assert.Equal((1, 0), (renamed.GetProperty("ready").GetInt32(), renamed.GetProperty("blocked").GetInt32()));
        var item = renamed.GetProperty("items")[0];
        Assert.Equal("repair-mailbox", item.GetProperty("places")[0].GetProperty("target").GetString());
        Assert.Equal("HOUSE", item.GetProperty("terms")[0].GetProperty("kind").GetString());

        var other = await PreviewAsync(1, 3);
        Assert.Equal((0, 1), (other.GetProperty("ready").GetInt32(), other.GetProperty("blocked").GetInt32()));
        Assert.Contains(
            "nie ma odpowiednika", other.GetProperty("items")[0].GetProperty("blockers")[0].GetProperty("message").GetString(),
            StringComparison.Ordinal);
        Assert.Equal("repair-address", other.GetProperty("missing")[0].GetProperty("elementId").GetString());
        var mapped = await PreviewAsync(1, 3, new Dictionary<string, string> { ["repair-address"] = "check-mailbox" });
        Assert.Equal(1, mapped.GetProperty("ready").GetInt32());
        var wrong = await PreviewAsync(1, 3, new Dictionary<string, string> { ["repair-address"] = "restore-address" });
        Assert.Contains(
            "innego rodzaju", wrong.GetProperty("items")[0].GetProperty("blockers")[0].GetProperty("message").GetString(),
            StringComparison.Ordinal);

        var after = await Centre.OkAsync(host.Admin.GetAsync($"/api/procedures/{Id}"));
        Assert.Equal(1, after.GetProperty("versions")[2].GetProperty("running").GetInt32());
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Admin.PostAsJsonAsync(
            $"/api/procedures/{Id}/migration/preview", new { from = 1, to = 1 }));
    }
}
