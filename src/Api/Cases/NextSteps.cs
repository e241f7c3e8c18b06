using System.Collections.Immutable;
using Api.Access;
using Api.Startup;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Cases;

/// <summary>A human step that may follow.</summary>
/// <param name="Who">A name, or the roles that may take it.</param>
public sealed record NextStep(string Name, string Who);

/// <summary>
/// "Co dalej": reads the definition forward from a task to the next steps people do. Which of them follows is
/// decided by the answer, so several may be named.
/// </summary>
public sealed class NextSteps(
    DefinitionCatalog catalog, Func<WorkflowDb> workflows, People people, EngineClock clock, Settings settings)
{
    const int StepsMax = 6;

    /// <summary>Called procedures around a task; deeper ones are not read.</summary>
    const int CallersMax = 8;

    /// <summary>One definition that is being read, and where its caller goes on.</summary>
    sealed record Frame(Release Release, Frame? Caller, string? CallElementId);

    /// <param name="variables">Process variables; with <paramref name="answered"/> as they are after the
    /// answer.</param>
    /// <param name="answered">The answer is known: at a gateway whose conditions can be told only that way is
    /// read.</param>
    public async Task<ImmutableArray<NextStep>> AfterAsync(
        UserTaskRow task, Dictionary<string, FeelValue> variables, CancellationToken ct, bool answered = false)
    {
        if (task.State != Status.Created) return [];
        if (await FrameOfAsync(task.ProcessInstanceKey, CallersMax, ct) is not { } frame) return [];
        var environment = new FeelEnvironment(await clock.NowAsync(ct), settings.Zone);
        var scope = FeelScope.Of(variables);
        var found = new List<UserTask>();
        var seen = new HashSet<(long, string)>();
        var waiting = new Queue<(Frame Frame, FlowNode Node)>();
        void Leave(Frame place, FlowNode node)
        {
            var chosen = answered && node is ExclusiveGateway gateway ? Taken(gateway, scope, environment) : null;
            foreach (var flow in chosen is null ? node.Outgoing : [chosen])
                waiting.Enqueue((place, place.Release.Definition.Node(flow.TargetId)));
        }

        Leave(frame, frame.Release.Definition.Node(task.ElementId));
        while (waiting.TryDequeue(out var next) && found.Count < StepsMax)
        {
            if (!seen.Add((next.Frame.Release.Key, next.Node.Id))) continue;
            await VisitAsync(next.Frame, next.Node, found, waiting, Leave, ct);
        }
        var named = found.Select(node => (Node: node, Assignee: Text(node.Assignee, scope, environment))).ToList();
        var names = await people.OfAsync(named.Select(one => one.Assignee), ct);
        return [.. named.Select(one => new NextStep(
            one.Node.Name ?? one.Node.Id,
            one.Assignee is { } assignee ? names.Of(assignee).Name : Roles(one.Node, scope, environment)))];
    }

    /// <summary>
    /// The flow the gateway will take; null where a condition rests on what is not known yet: a step in between, or a
    /// table, still has to give it.
    /// </summary>
    static SequenceFlow? Taken(ExclusiveGateway gateway, FeelScope scope, FeelEnvironment environment)
    {
        foreach (var flow in gateway.Outgoing.Where(one => one.Id != gateway.DefaultFlow?.Id))
        {
            if (flow.Condition?.Feel is not { } condition) return null;
            var result = condition.Evaluate(scope, environment);
            if (result.Failure is not null || result.Value is not FeelBoolean holds) return null;
            if (holds.Value) return flow;
        }
        return gateway.DefaultFlow;
    }

    async Task VisitAsync(
        Frame frame, FlowNode node, List<UserTask> found, Queue<(Frame, FlowNode)> waiting,
        Action<Frame, FlowNode> leave, CancellationToken ct)
    {
        switch (node)
        {
            case UserTask step:
                found.Add(step);
                break;
            case CallActivity { ProcessId: { IsConstant: true, Text: var called } }
                when frame.Release.CalledProcesses.TryGetValue(called, out var key)
                    && await catalog.FindAsync(key, ct) is { } release:
                Enter(new Frame(release, frame, node.Id), release.Definition.Id, waiting);
                break;
            case SubProcess:
                Enter(frame, node.Id, waiting);
                break;
            case EndEvent { Definition: null } when node.ScopeId != frame.Release.Definition.Id:
                leave(frame, frame.Release.Definition.Node(node.ScopeId));
                break;
            case EndEvent { Definition: null } when frame.Caller is { } caller:
                leave(caller, caller.Release.Definition.Node(frame.CallElementId!));
                break;
            default:
                leave(frame, node);
                break;
        }
    }

    static void Enter(Frame frame, string scopeId, Queue<(Frame, FlowNode)> waiting)
    {
        foreach (var start in frame.Release.Definition.Scopes[scopeId].StartEvents.Where(one => one.Definition is null))
            waiting.Enqueue((frame, start));
    }

    async Task<Frame?> FrameOfAsync(long instanceKey, int callersLeft, CancellationToken ct)
    {
        await using var db = workflows();
        var instance = await db.ProcessInstances.AsNoTracking().Where(row => row.Key == instanceKey)
            .Select(row => new { row.ProcessDefinitionKey, row.ParentInstanceKey, row.ParentElementKey })
            .SingleOrDefaultAsync(ct);
        if (instance is null || await catalog.FindAsync(instance.ProcessDefinitionKey, ct) is not { } release)
            return null;
        if (instance.ParentInstanceKey is not { } parent || callersLeft == 0) return new Frame(release, null, null);
        var element = await db.ElementInstances.AsNoTracking().Where(row => row.Key == instance.ParentElementKey)
            .Select(row => row.ElementId).SingleOrDefaultAsync(ct);
        return element is null
            ? new Frame(release, null, null)
            : new Frame(release, await FrameOfAsync(parent, callersLeft - 1, ct), element);
    }

    static string Roles(UserTask node, FeelScope scope, FeelEnvironment environment)
    {
        if (node.CandidateGroups is not { } groups) return "osoba wskazana w sprawie";
        if (groups.Feel is null)
        {
            return RoleNames.Of(groups.Text.Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        return groups.Feel.Evaluate(scope, environment).Value switch
        {
            FeelString { Value: var one } => RoleNames.Of(one),
            FeelList many => RoleNames.Of(many.OfType<FeelString>().Select(role => role.Value)),
            _ => "osoba wskazana w sprawie",
        };
    }

    static string? Text(ModelExpression? expression, FeelScope scope, FeelEnvironment environment) =>
        expression is null ? null
        : expression.Feel is not { } feel ? expression.Text
        : feel.Evaluate(scope, environment).Value is FeelString { Value: var text } ? text : null;
}
