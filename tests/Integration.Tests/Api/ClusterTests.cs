using System.Text.Json;

namespace Integration.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class ClusterTests(ApiServer server)
{
    [Fact]
    public async Task Topology_asked_one_healthy_leader()
    {
        var topology = (await server.GetAsync("/v2/topology")).Body;
        Assert.Equal(1, topology.GetProperty("clusterSize").GetInt32());
        Assert.StartsWith("8.8.", topology.Text("gatewayVersion"), StringComparison.Ordinal);
        var partition = topology.GetProperty("brokers")[0].GetProperty("partitions")[0];
        Assert.Equal("leader", partition.Text("role"));
        Assert.Equal("healthy", partition.Text("health"));
    }

    [Fact]
    public async Task Status_anonymous_204() =>
        Assert.Equal(204, (await server.GetAsync("/v2/status", user: null)).Status);

    [Fact]
    public async Task License_anonymous_none_needed()
    {
        var license = (await server.GetAsync("/v2/license", user: null)).Body;
        Assert.False(license.GetProperty("validLicense").GetBoolean());
        Assert.False(license.GetProperty("isCommercial").GetBoolean());
    }

    [Fact]
    public async Task Me_a_person_her_name_and_groups()
    {
        var me = (await server.GetAsync("/v2/authentication/me", "clerk")).Body;
        Assert.Equal("clerk", me.Text("username"));
        Assert.Contains("clerk", me.GetProperty("groups").EnumerateArray().Select(g => g.GetString()));
        Assert.Equal("<default>", me.GetProperty("tenants")[0].Text("tenantId"));
    }

    [Fact]
    public async Task OpenApi_document_describes_every_path_of_v2()
    {
        var document = (await server.GetAsync("/openapi/v1.json", user: null)).Body;
        Assert.StartsWith("3.", document.Text("openapi"), StringComparison.Ordinal);
        var operations = document.GetProperty("paths").EnumerateObject()
            .Where(p => p.Name.StartsWith("/v2/", StringComparison.Ordinal))
            .SelectMany(p => p.Value.EnumerateObject().Select(o => (p.Name, Operation: o.Value))).ToList();
        Assert.True(operations.Count >= 54, $"{operations.Count} operations");
        foreach (var (path, operation) in operations)
        {
            Assert.True(operation.Has("summary") && operation.Has("tags") && operation.Has("operationId"), path);
            Assert.True(operation.GetProperty("responses").Has("401"), path);
        }
        var key = document.GetProperty("components").GetProperty("schemas").GetProperty("Key");
        Assert.Equal("string", key.Text("type"));
        var task = document.GetProperty("components").GetProperty("schemas").GetProperty("UserTaskResult");
        Assert.DoesNotContain("assignee", Required(task));
        Assert.Contains("userTaskKey", Required(task));
    }

    static IEnumerable<string?> Required(JsonElement schema) =>
        schema.GetProperty("required").EnumerateArray().Select(n => n.GetString());
}
