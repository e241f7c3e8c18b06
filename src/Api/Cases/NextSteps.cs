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
/// <param name="When">The branch that leads to it, in the words of the procedure: "Wywiad się odbył? tak"; null when
/// every branch does, or none was chosen on the way.</param>
/// <param name="Again">The procedure goes back to it: a step that was done before.</param>
public sealed record NextStep(string Name, string Who, string? When, bool Again);

/// <summary>
/// "Co dalej": reads the definition forward from a task to the next steps people do. Which of them follows is
/// decided by the answer, so several may be named, each with the branch that leads to it. What a boundary event would
/// start is no next step: it is what happens instead.
/// </summary>
public sealed class NextSteps(
    DefinitionCatalog catalog, Func<WorkflowDb> workflows, People people, EngineClock clock, Settings settings)
{
    const int StepsMax = 6;

    /// <summary>Called procedures around a task; deeper ones are not read.</summary>
    const int CallersMax = 8;

    /// <summary>One definition that is being read, and where its caller goes on.</summary>
    sealed record Frame(Release Release, Frame? Caller, string? CallElementId)
    {
        public ProcessDefinition Definition => Release.Definition;
    }

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
        var walk = new Walk(catalog, gateway => answered ? Taken(gateway, scope, environment) : null);
        await walk.FromAsync(frame, frame.Definition.Node(task.ElementId), ct);
        var named = walk.Found.OrderBy(one => one.Again).Take(StepsMax)
            .Select(one => (Step: one, Assignee: Text(one.Node.Assignee, scope, environment))).ToList();
        var names = await people.OfAsync(named.Select(one => one.Assignee), ct);
        return [.. named.Select(one => new NextStep(
            one.Step.Node.Name ?? one.Step.Node.Id,
            one.Assignee is { } assignee ? names.Of(assignee).Name : Roles(one.Step.Node, scope, environment),
            one.Step.When, one.Step.Again))];
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

    /// <summary>Forward through the graph, breadth first: the nearest steps come first.</summary>
    /// <param name="taken">The flow a gateway will take, where that is known.</param>
    sealed class Walk(DefinitionCatalog catalog, Func<ExclusiveGateway, SequenceFlow?> taken)
    {
        /// <summary>How a node was reached; nodes on the way and steps alike.</summary>
        sealed record Reached(string? When, bool Again);

        readonly Dictionary<(long, string), Reached> reached = [];
        readonly List<((long, string) Place, UserTask Node)> steps = [];
        readonly Queue<(Frame Frame, FlowNode Node, Reached How)> waiting = new();

        public IEnumerable<(UserTask Node, string? When, bool Again)> Found => steps.Select(
            step => (step.Node, reached[step.Place].When, reached[step.Place].Again));

        public async Task FromAsync(Frame frame, FlowNode node, CancellationToken ct)
        {
            if (node is Activity { MultiInstance.IsSequential: true })
                waiting.Enqueue((frame, node, new Reached(null, Again: true)));
            Leave(frame, node, new Reached(null, Again: false));
            while (waiting.TryDequeue(out var next))
            {
                var place = (next.Frame.Release.Key, next.Node.Id);
                var how = next.How;
                if (reached.TryGetValue(place, out var before))
                {
                    // A second branch leads here: it does not depend on the one. Forward goes before back.
                    how = new Reached(before.When == how.When ? how.When : null, before.Again && how.Again);
                    if (how == before) continue;
                }
                reached[place] = how;
                await VisitAsync(next.Frame, next.Node, how, ct);
            }
        }

        async Task VisitAsync(Frame frame, FlowNode node, Reached how, CancellationToken ct)
        {
            switch (node)
            {
                case UserTask step:
                    var place = (frame.Release.Key, node.Id);
                    if (!steps.Exists(one => one.Place == place)) steps.Add((place, step));
                    break;
                case CallActivity { ProcessId: { IsConstant: true, Text: var called } }
                    when frame.Release.CalledProcesses.TryGetValue(called, out var key)
                        && await catalog.FindAsync(key, ct) is { } release:
                    Enter(new Frame(release, frame, node.Id), release.Definition.Id, how);
                    break;
                case ServiceTask { Job: { Type.Text: "procedure.start", Headers: var headers } }:
                    if (headers.GetValueOrDefault("processId") is { } started
                        && await catalog.FindAsync(
                            await catalog.ResolveAsync(ProcessSelector.ById(started), ct), ct) is { } other)
                        Enter(new Frame(other, null, null), other.Definition.Id, how);
                    Leave(frame, node, how);
                    break;
                case SubProcess:
                    Enter(frame, node.Id, how);
                    break;
                case EndEvent { Definition: ErrorEventDefinition or EscalationEventDefinition } end:
                    if (!Throw(frame, node.ScopeId, end.Definition, how)) EndScope(frame, node.ScopeId, how);
                    break;
                case EndEvent:
                    EndScope(frame, node.ScopeId, how);
                    break;
                default:
                    Leave(frame, node, how);
                    break;
            }
        }

        void Leave(Frame frame, FlowNode node, Reached how)
        {
            // A wait for an event lies before what comes after it.
            var waits = node is IntermediateCatchEvent { Name: { } awaited } ? awaited : null;
            var chosen = node is ExclusiveGateway gateway ? taken(gateway) : null;
            var chooses = chosen is null && node.Outgoing.Length > 1 && node is ExclusiveGateway;
            foreach (var flow in chosen is null ? node.Outgoing : [chosen])
            {
                var target = frame.Definition.Node(flow.TargetId);
                var branch = chooses ? Words(node, flow) : waits;
                waiting.Enqueue((frame, target, new Reached(
                    branch ?? how.When, how.Again || IsBack(frame.Definition, node, target))));
            }
        }

        static string? Words(FlowNode gateway, SequenceFlow flow) => (gateway.Name, flow.Name) switch
        {
            ({ } question, { } answer) => $"{question} {answer}",
            (null, { } answer) => answer,
            _ => null,
        };

        void Enter(Frame frame, string scopeId, Reached how)
        {
            foreach (var start in frame.Definition.Scopes[scopeId].StartEvents.Where(one => one.Definition is null))
                waiting.Enqueue((frame, start, how));
        }

        void EndScope(Frame frame, string scopeId, Reached how)
        {
            if (scopeId != frame.Definition.Id)
            {
                var around = (SubProcess)frame.Definition.Node(scopeId);
                // What an event begins inside of a scope ends with the scope.
                if (around.TriggeredByEvent) EndScope(frame, around.ScopeId, how);
                else EndActivity(frame, around, how);
            }
            else if (frame.Caller is { } caller)
            {
                EndActivity(caller, (Activity)caller.Definition.Node(frame.CallElementId!), how);
            }
        }

        void EndActivity(Frame frame, Activity activity, Reached how)
        {
            if (activity.MultiInstance is { IsSequential: true })
                waiting.Enqueue((frame, activity, how with { Again = true }));
            Leave(frame, activity, how);
        }

        /// <summary>From a thrown error or escalation to the boundary event that catches it; false when none
        /// interrupts.</summary>
        bool Throw(Frame frame, string scopeId, EventDefinition thrown, Reached how)
        {
            var (place, around) = scopeId != frame.Definition.Id
                ? (frame, (Activity)frame.Definition.Node(scopeId))
                : frame.Caller is { } caller
                    ? (caller, (Activity)caller.Definition.Node(frame.CallElementId!))
                    : (frame, null);
            if (around is null) return false;
            var caught = around.BoundaryEvents.FirstOrDefault(one => Catches(one.Definition, thrown));
            if (caught is null) return Throw(place, around.ScopeId, thrown, how);
            Leave(place, caught, how);
            return caught.CancelActivity;
        }

        static bool Catches(EventDefinition waiting, EventDefinition thrown) => (waiting, thrown) switch
        {
            (ErrorEventDefinition awaited, ErrorEventDefinition error) => IsSame(awaited.Code, error.Code),
            (EscalationEventDefinition awaited, EscalationEventDefinition call) => IsSame(awaited.Code, call.Code),
            _ => false,
        };

        static bool IsSame(ModelExpression? awaited, ModelExpression? code) =>
            awaited is null || awaited.Text == code?.Text;

        /// <summary>True for a flow back to a node that every way to here has passed: a loop.</summary>
        static bool IsBack(ProcessDefinition definition, FlowNode from, FlowNode to)
        {
            if (from == to) return true;
            var open = new Stack<FlowNode>(definition.Nodes.Values.Where(
                node => node.ScopeId == from.ScopeId && node.Incoming.IsEmpty && node is not BoundaryEvent));
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (open.TryPop(out var node))
            {
                if (node.Id == to.Id || !seen.Add(node.Id)) continue;
                if (node.Id == from.Id) return false;
                foreach (var flow in node.Outgoing) open.Push(definition.Node(flow.TargetId));
                foreach (var boundary in (node as Activity)?.BoundaryEvents ?? []) open.Push(boundary);
            }
            return true;
        }
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
            return RoleNames.AnyOf([.. groups.Text.Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);
        }
        return groups.Feel.Evaluate(scope, environment).Value switch
        {
            FeelString { Value: var one } => RoleNames.Of(one),
            FeelList many => RoleNames.AnyOf([.. many.OfType<FeelString>().Select(role => role.Value)]),
            _ => "osoba wskazana w sprawie",
        };
    }

    static string? Text(ModelExpression? expression, FeelScope scope, FeelEnvironment environment) =>
        expression is null ? null
        : expression.Feel is not { } feel ? expression.Text
        : feel.Evaluate(scope, environment).Value is FeelString { Value: var text } ? text : null;
}
