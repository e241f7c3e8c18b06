using Api.Access;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

public sealed record TopologyResponse(
    IReadOnlyList<BrokerInfo> Brokers,
    int ClusterSize,
    int PartitionsCount,
    int ReplicationFactor,
    string GatewayVersion,
    string LastCompletedChangeId);

public sealed record BrokerInfo(int NodeId, string Host, int Port, IReadOnlyList<Partition> Partitions, string Version);

public sealed record Partition(int PartitionId, string Role, string Health);

public sealed record LicenseResponse(bool ValidLicense, string LicenseType, bool IsCommercial);

public sealed record CamundaUserResult(
    string Username,
    string DisplayName,
    IReadOnlyList<string> AuthorizedComponents,
    IReadOnlyList<TenantResult> Tenants,
    IReadOnlyList<string> Groups,
    IReadOnlyList<string> Roles,
    string SalesPlanType,
    IReadOnlyDictionary<string, string> C8Links,
    bool CanLogout);

public sealed record TenantResult(string Name, string TenantId);

/// <summary>Topology, status, license, and who the caller is.</summary>
static class Cluster
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var cluster = v2.MapGroup("").WithTags("Cluster");
        cluster.MapGet("/topology", Topology).Answers<TopologyResponse>()
            .Operation("getTopology", "The brokers and partitions: one of each, this server.");
        cluster.MapGet("/status", () => Results.NoContent()).AllowAnonymous().AnswersNothing()
            .Operation("getStatus", "204 when the engine can work.");
        cluster.MapGet("/license", License).AllowAnonymous().Answers<LicenseResponse>()
            .Operation("getLicense", "There is no license of Camunda here, and none is needed.");
        cluster.MapGet("/authentication/me", Me).WithTags("Authentication").Answers<CamundaUserResult>()
            .Operation("getAuthentication", "The caller.", 403);
    }

    // Several nodes of one installation share one database, so a client sees a single broker whichever it asks.
    static IResult Topology(HttpContext http)
    {
        var here = http.Request.Host;
        var port = here.Port ?? (http.Request.IsHttps ? 443 : 80);
        var broker = new BrokerInfo(
            0, here.Host, port, [new Partition(1, "leader", "healthy")], OrchestrationApi.ContractVersion);
        return Json.Ok(new TopologyResponse([broker], 1, 1, 1, OrchestrationApi.ContractVersion, "-1"));
    }

    static IResult License() => Json.Ok(new LicenseResponse(false, "unknown", false));

    static IResult Me(HttpContext http)
    {
        var scope = http.Scope();
        return Json.Ok(new CamundaUserResult(
            scope.User,
            scope.User,
            scope.EngineAll ? ["*"] : [],
            [new("Default", WorkflowDb.DefaultTenant)],
            [.. scope.Groups],
            scope.EngineAll ? ["admin"] : [],
            "",
            new Dictionary<string, string>(StringComparer.Ordinal),
            CanLogout: true));
    }
}
