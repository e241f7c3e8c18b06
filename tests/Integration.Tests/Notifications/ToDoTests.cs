using System.Net;
using System.Net.Http.Json;
using Api.Notifications;
using Api.Storage;
using Integration.Tests.Access;
using Integration.Tests.Notifications.Peers;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Integration.Tests.Notifications;

/// <summary>Copies of tasks in Microsoft To Do: only for whoever asked, one way, without a word of the family.</summary>
public sealed class ToDoTests
{
    [Fact]
    public async Task Copy_OfOpenTasks_IsMadeOnceForWhoAskedAndEndsWithTheTask()
    {
        await using var peer = await GraphPeer.StartAsync();
        await using var centre = await Centre.OpenAsync([.. peer.Settings(), "--Notifications:ToDo:Enabled=true"]);
        var (caseNo, root) = await centre.CaseAsync();
        var mirror = centre.Host.Services.GetRequiredService<ToDoMirror>();
        Assert.Equal(0, await mirror.CopyAsync(default));
        await Centre.OkAsync(centre["assistant"].PutAsJsonAsync("/api/account/channels", new { toDo = true }));
        Assert.Equal(1, await mirror.CopyAsync(default));
        Assert.Equal(0, await mirror.CopyAsync(default));
        var made = peer.Calls.Single(call => call.Method == "POST" && call.Path.EndsWith("/tasks", StringComparison.Ordinal));
        Assert.Contains("assistant", made.Path, StringComparison.Ordinal);
        Assert.StartsWith($"Sprawa {caseNo}: ", made.Json.GetProperty("title").GetString()!, StringComparison.Ordinal);
        var resource = made.Json.GetProperty("linkedResources")[0];
        Assert.Contains("/zadania/", resource.GetProperty("webUrl").GetString()!, StringComparison.Ordinal);
        var task = await centre.TaskAsync(root, "visit");
        Assert.Equal(task, resource.GetProperty("externalId").GetString());
        await Centre.OkAsync(centre["assistant"].PutAsJsonAsync("/api/account/channels", new { toDo = false }));
        Assert.Equal(1, await mirror.CopyAsync(default));
        var ended = peer.Calls.Single(call => call.Method == "PATCH");
        Assert.Equal("completed", ended.Json.GetProperty("status").GetString());
        await using var db = centre.Host.Services.GetRequiredService<ProductDbFactory>().Create();
        Assert.Empty(await db.ToDoCopies.ToListAsync());
    }

    [Fact]
    public async Task Copy_WithoutTheRight_IsShownToThePerson()
    {
        await using var peer = await GraphPeer.StartAsync();
        await using var centre = await Centre.OpenAsync([.. peer.Settings(), "--Notifications:ToDo:Enabled=true"]);
        await centre.CaseAsync();
        peer.Reply = _ => new GraphReply(403, "accessDenied", "No.");
        await Centre.OkAsync(centre["assistant"].PutAsJsonAsync("/api/account/channels", new { toDo = true }));
        await centre.Host.Services.GetRequiredService<ToDoMirror>().CopyAsync(default);
        var channels = await Centre.OkAsync(centre["assistant"].GetAsync("/api/account/channels"));
        Assert.Contains("Tasks.ReadWrite.All", channels.GetProperty("toDoError").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switch_WhereTheCentreDoesNotUseToDo_IsRefused()
    {
        await using var running = await RunningHost.StartEmptyAsync();
        using var client = running.Client("assistant");
        await Centre.IsAsync(
            HttpStatusCode.Conflict, client.PutAsJsonAsync("/api/account/channels", new { toDo = true }));
    }
}
