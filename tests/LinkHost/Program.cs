using Api.Approvals;
using Api.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace LinkHost;

/// <summary>
/// The product, and one address more for the browser tests: it gives the link that a message to a person would hold. It
/// is code of the tests; the product has nothing that issues a link on demand.
/// </summary>
static class Entry
{
    static async Task Main(string[] args)
    {
        await using var app = WorkflowHost.Build(args);
        app.MapGet("/api/test/link", async (
            long task, string user, HttpContext http, Queries queries, ApprovalTickets tickets) =>
        {
            var found = await queries.UserTaskAsync(Scope.Engine, task, http.RequestAborted);
            return found is null
                ? Results.NotFound()
                : Results.Ok((await tickets.IssueAsync(found.Task, user, "email", 1, http.RequestAborted)).AbsolutePath);
        });
        await app.StartAsync();
        await Console.Out.WriteLineAsync($"WorkflowHost: {string.Join(' ', app.Urls)}");
        await app.WaitForShutdownAsync();
    }
}
