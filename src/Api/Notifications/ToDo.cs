using System.Globalization;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Graph.Models;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Status = Workflows.Runtime.Storage.Status;

namespace Api.Notifications;

/// <summary>
/// Copies of open tasks in Microsoft To Do, for whoever asks for them. One way: what is ticked off there stays open
/// here, and comes back there.
/// </summary>
public sealed class ToDoMirror(
    Settings settings, GraphAccess graph, TeamsChannel directory, ProductDbFactory databases,
    Func<WorkflowDb> workflows, WorkflowEngine engine, TimeProvider time, ILogger<ToDoMirror> log) : BackgroundService
{
    const string ListName = "Sprawy";
    const int TasksMax = 200;
    static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.Notifications.ToDo || !graph.IsSet) return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    async Task LookAsync(CancellationToken ct)
    {
        try
        {
            await CopyAsync(ct);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            log.LogError(problem, "Tasks could not be copied into To Do; it is tried again in {Pause}", Every);
        }
    }

    /// <summary>Makes every list agree with the tasks of its person. How many copies were made or ended.</summary>
    public async Task<int> CopyAsync(CancellationToken ct)
    {
        if (!settings.Notifications.ToDo || !graph.IsSet) return 0;
        await using var db = databases.Create();
        var people = await db.PersonChannels.Where(row => row.TenantId == WorkflowDb.DefaultTenant
            && (row.ToDo || db.ToDoCopies.Any(copy => copy.UserName == row.UserName))).ToListAsync(ct);
        var changed = 0;
        foreach (var person in people)
        {
            try
            {
                changed += await CopyAsync(db, person, ct);
                person.ToDoError = null;
            }
            catch (Exception failure) when (GraphProblem.Of(failure, time.GetUtcNow(), ct) is { } problem)
            {
                person.ToDoError = problem.Status switch
                {
                    403 => "Aplikacja nie ma uprawnienia Tasks.ReadWrite.All.",
                    404 => "Tej osoby nie ma w katalogu Microsoft 365.",
                    _ => "Microsoft To Do nie odpowiedział tak, jak powinien.",
                };
                log.LogWarning("To Do of {User}: {Status} {Problem}", person.UserName, problem.Status, problem.Message);
            }
            await db.SaveChangesAsync(ct);
        }
        return changed;
    }

    async Task<int> CopyAsync(ProductDb db, PersonChannelRow person, CancellationToken ct)
    {
        if (await directory.DirectoryIdAsync(person.UserName, ct) is not { } id) return 0;
        var open = person.ToDo ? await OpenTasksAsync(person.UserName, ct) : [];
        var copies = await db.ToDoCopies.Where(row => row.UserName == person.UserName).ToListAsync(ct);
        var changed = 0;
        foreach (var copy in copies.Where(copy => open.All(task => task.Key != copy.TaskKey)))
        {
            await EndAsync(id, copy, ct);
            db.ToDoCopies.Remove(copy);
            changed++;
        }
        foreach (var task in open.Where(task => copies.All(copy => copy.TaskKey != task.Key)))
        {
            person.ToDoList ??= await ListAsync(id, ct);
            var made = await graph.Client.Users[id].Todo.Lists[person.ToDoList].Tasks.PostAsync(
                await CopyOfAsync(task, ct), request => request.Options.Add(GraphAccess.NoRetry), ct);
            db.ToDoCopies.Add(new ToDoCopyRow
            {
                TaskKey = task.Key, UserName = person.UserName, ListId = person.ToDoList, ToDoId = made!.Id!,
            });
            // Each by itself: what was made must be known, or it would be made twice.
            await db.SaveChangesAsync(ct);
            changed++;
        }
        return changed;
    }

    async Task<List<UserTaskRow>> OpenTasksAsync(string userName, CancellationToken ct)
    {
        await using var db = workflows();
        return await db.UserTasks.AsNoTracking()
            .Where(row => row.State == Status.Created && row.Assignee == userName)
            .OrderBy(row => row.Key).Take(TasksMax).ToListAsync(ct);
    }

    async Task<string> ListAsync(string id, CancellationToken ct)
    {
        var lists = graph.Client.Users[id].Todo.Lists;
        var found = await lists.GetAsync(
            request => request.QueryParameters.Filter = $"displayName eq '{ListName}'", ct);
        if (found?.Value?.FirstOrDefault()?.Id is { } known) return known;
        var made = await lists.PostAsync(
            new TodoTaskList { DisplayName = ListName }, request => request.Options.Add(GraphAccess.NoRetry), ct);
        return made!.Id!;
    }

    async Task EndAsync(string id, ToDoCopyRow copy, CancellationToken ct)
    {
        try
        {
            await graph.Client.Users[id].Todo.Lists[copy.ListId].Tasks[copy.ToDoId].PatchAsync(
                new TodoTask { Status = Microsoft.Graph.Models.TaskStatus.Completed }, cancellationToken: ct);
        }
        catch (Microsoft.Kiota.Abstractions.ApiException gone) when (gone.ResponseStatusCode == 404)
        {
            // She has thrown it away there, which is all that was wanted.
        }
    }

    /// <summary>A neutral name, a day and a link: nothing of the family.</summary>
    async Task<TodoTask> CopyOfAsync(UserTaskRow task, CancellationToken ct)
    {
        var release = await engine.Catalog.FindAsync(task.ProcessDefinitionKey, ct);
        var name = release?.Definition.Nodes.GetValueOrDefault(task.ElementId)?.Property("notificationName")
            ?? "Zadanie";
        await using var db = workflows();
        var tag = await db.ProcessInstanceTags.AsNoTracking()
            .Where(row => row.ProcessInstanceKey == task.ProcessInstanceKey && row.Tag.StartsWith(CaseView.TagPrefix))
            .Select(row => row.Tag).FirstOrDefaultAsync(ct);
        var key = TaskItems.Digits(task.Key);
        return new TodoTask
        {
            Title = tag is null ? name : $"Sprawa {tag[CaseView.TagPrefix.Length..]}: {name}",
            DueDateTime = task.DueDate is { } due
                ? new DateTimeTimeZone
                {
                    DateTime = TimeZoneInfo.ConvertTime(due, settings.Zone)
                        .ToString("yyyy-MM-dd'T'00:00:00", CultureInfo.InvariantCulture),
                    TimeZone = settings.Zone.Id,
                }
                : null,
            LinkedResources =
            [
                new LinkedResource
                {
                    ApplicationName = "WorkflowHost",
                    DisplayName = "Dokończ w systemie",
                    ExternalId = key,
                    WebUrl = new Uri(settings.PublicBaseUrl, TaskItems.AddressOf(task.Key)).AbsoluteUri,
                },
            ],
        };
    }
}
