using System.Collections.Immutable;
using Workflows.Engine.Execution.Behaviors;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>
/// One command being carried out: the state so far, what happened, and the queue of element lives still to go on with.
/// </summary>
/// <remarks>
/// Behaviors ask it for what may happen to an element (complete, terminate, raise an incident); only <see cref="Emit"/>
/// changes the state. Split by what is asked: this file the lives of elements, <c>Run.Variables.cs</c> values and
/// expressions, <c>Run.Events.cs</c> what is waited for, thrown and caught.
/// </remarks>
sealed partial class Run
{
    readonly Release release;
    readonly CommandEnvelope command;
    readonly ImmutableArray<HistoryEvent>.Builder history = ImmutableArray.CreateBuilder<HistoryEvent>();
    readonly ImmutableArray<Effect>.Builder effects = ImmutableArray.CreateBuilder<Effect>();
    readonly Queue<(long ElementKey, Resume Resume)> steps = new();
    ProcessInstance? state;
    int keysUsed;

    public Run(Release release, ProcessInstance? instance, CommandEnvelope command)
    {
        this.release = release;
        this.command = command;
        state = instance;
    }

    public ProcessInstance State => state ?? throw new InvalidOperationException("The instance is not created yet.");
    public Release Release => release;
    public ProcessDefinition Definition => release.Definition;
    public DateTimeOffset At => command.At;
    public string Actor => command.Actor;
    public string? OnBehalfOf => command.OnBehalfOf;

    public void Emit(HistoryEvent happened)
    {
        history.Add(happened);
        state = Apply.To(state, happened);
    }

    public void Ask(Effect effect) => effects.Add(effect);

    public long NextKey() => keysUsed < command.Keys.Count
        ? command.Keys.First + keysUsed++
        : throw new InvalidOperationException($"A command got {command.Keys.Count} keys and needs more.");

    public StepResult.Accepted ToAccepted() => new(State, history.ToImmutable(), effects.ToImmutable(), keysUsed);

    // ---- the queue ------------------------------------------------------------------------------------------------

    public void Enqueue(long elementKey, Resume resume) => steps.Enqueue((elementKey, resume));

    /// <summary>Goes on until every token waits or has ended. What the limit stops becomes an incident each.</summary>
    public void ToCompletion()
    {
        var count = 0;
        while (steps.TryDequeue(out var step))
        {
            if (!State.Elements.TryGetValue(step.ElementKey, out var element)) continue;    // terminated meanwhile
            if (++count > Limits.StepsPerCommand || keysUsed > command.Keys.Count - KeysOfOneStep)
                RaiseIncident(element, IncidentKind.Unknown, StepLimitMessage, step.Resume);
            else
                GoOn(element, step.Resume);
        }
    }

    // A multi-instance body may start all its instances in one step; each takes a key and two variables.
    const int KeysOfOneStep = (Limits.MultiInstanceMax * 3) + 100;

    static readonly string StepLimitMessage =
        $"More than {Limits.StepsPerCommand} steps without a wait state. Probably a loop in the diagram never waits: " +
        "let it wait for a task, a timer or a message, then retry.";

    void GoOn(ElementInstance element, Resume resume)
    {
        switch (resume)
        {
            case Resume.Activate:
                Activate(element);
                break;
            case Resume.Execute:
                Execute(element);
                break;
            default:
                Complete(element);
                break;
        }
    }

    // ---- the life of an element -----------------------------------------------------------------------------------

    /// <summary>The node of an element instance; null for the process itself.</summary>
    public FlowNode? NodeOf(ElementInstance element) =>
        element.Key == State.Key ? null : Definition.Node(element.ElementId);

    /// <summary>A new element instance of <paramref name="node"/>, not yet begun.</summary>
    public long Create(FlowNode node, long scopeKey, ElementKind kind = ElementKind.Plain, int loopCounter = 0)
    {
        if (kind == ElementKind.Plain && node is Activity { MultiInstance: not null })
            kind = ElementKind.MultiInstanceBody;
        var key = NextKey();
        Emit(new ElementActivated(key, node.Id, scopeKey, kind, loopCounter, At));
        return key;
    }

    /// <summary>Creates and begins: input mappings, events at the border, then what the kind of node does.</summary>
    public long Start(FlowNode node, long scopeKey, ElementKind kind = ElementKind.Plain, int loopCounter = 0)
    {
        var key = Create(node, scopeKey, kind, loopCounter);
        Enqueue(key, Resume.Activate);
        return key;
    }

    public void CreateRoot(CreateInstance create)
    {
        Emit(new InstanceCreated(
            create.Key, release.Key, Definition.Id, release.Version,
            create.RootInstanceKey == 0 ? create.Key : create.RootInstanceKey,
            create.Parent, create.Tags.IsDefault ? [] : create.Tags, create.BusinessId, At));
        Emit(new ElementActivated(create.Key, Definition.Id, ScopeKey: 0, ElementKind.Plain, LoopCounter: 0, At));
        foreach (var variable in create.Variables) SetLocal(create.Key, variable.Name, variable.Value);
        startEventId = create.StartEventId;
        Enqueue(create.Key, Resume.Activate);
    }

    // Which start event begins the process; the none start event unless the command names another.
    string? startEventId;

    void Activate(ElementInstance element)
    {
        var node = NodeOf(element);
        if (node is not null && element.Kind != ElementKind.MultiInstanceBody && !MapInputs(node, element)) return;
        var opens = EventsAtBorder(element, node);
        if (!OpenWaits(element, opens)) return;
        Execute(State.Elements[element.Key]);
    }

    void Execute(ElementInstance element)
    {
        var node = NodeOf(element);
        if (node is null) StartInside(element, Definition.Id, startEventId);
        else if (element.Kind == ElementKind.MultiInstanceBody)
            MultiInstanceBehavior.Begin((Activity)node, element, this);
        else FlowNodeBehavior.For(node).Execute(node, element, this);
    }

    /// <summary>Starts what begins a scope: its none start event, or the one named.</summary>
    public void StartInside(ElementInstance scope, string scopeId, string? namedStartEventId = null)
    {
        var start = Definition.Scopes[scopeId].StartEvents.FirstOrDefault(e =>
            namedStartEventId is null ? e.Definition is null : e.Id == namedStartEventId);
        if (start is not null)
            Start(start, scope.Key);
        else
            RaiseIncident(
                scope, IncidentKind.Unknown, $"'{scopeId}' has no start event to begin with.", Resume.Execute);
    }

    /// <summary>
    /// Ends an element in the ordinary way: output mappings, waits closed, outgoing flows taken, scope checked. Stops
    /// with an incident, and nothing else changed, when an expression fails.
    /// </summary>
    void Complete(ElementInstance element)
    {
        var node = NodeOf(element);
        if (node is null)
        {
            CompleteInstance(element);
            return;
        }
        if (element.Kind != ElementKind.MultiInstanceBody && !MapOutputs(node, element)) return;
        if (element.Kind == ElementKind.MultiInstanceInner)
        {
            MultiInstanceBehavior.CompleteInner((Activity)node, State.Elements[element.Key], this);
            return;
        }
        if (ChooseOutgoing(node, element) is not { } flows) return;
        if (element.Kind == ElementKind.MultiInstanceBody)
            MultiInstanceBehavior.PassOutputOn((Activity)node, element, this);
        End(State.Elements[element.Key]);
        Leave(element, flows);
    }

    /// <summary>Ends a gateway that has chosen its flows itself.</summary>
    public void CompleteTaking(ElementInstance element, params ReadOnlySpan<SequenceFlow> flows)
    {
        End(element);
        Leave(element, [.. flows]);
    }

    /// <summary>Closes whatever the element waits for and takes it out of the state.</summary>
    public void End(ElementInstance element)
    {
        CloseWaits(element.Key);
        Emit(new ElementCompleted(element.Key, element.ElementId, At));
    }

    void Leave(ElementInstance element, ImmutableArray<SequenceFlow> flows)
    {
        foreach (var flow in flows) Take(flow, element.ScopeKey);
        if (flows.IsEmpty) CompleteScopeIfEmpty(element.ScopeKey);
    }

    /// <summary>A token goes along a flow: the target begins, or the token waits at a joining gateway.</summary>
    public void Take(SequenceFlow flow, long scopeKey)
    {
        var target = Definition.Node(flow.TargetId);
        var joins = target is ParallelGateway && target.Incoming.Length > 1;
        Emit(new SequenceFlowTaken(flow.Id, scopeKey, joins ? target.Id : null));
        if (!joins)
        {
            Start(target, scopeKey);
            return;
        }
        var arrived = State.Tokens.Count(t => t.ScopeKey == scopeKey && t.GatewayId == target.Id);
        if (arrived < target.Incoming.Length) return;
        Emit(new TokensJoined(scopeKey, target.Id));
        Start(target, scopeKey);
    }

    public void CompleteScopeIfEmpty(long scopeKey)
    {
        if (!State.Elements.TryGetValue(scopeKey, out var scope) || HasChildren(scopeKey)) return;
        if (State.Tokens.Any(t => t.ScopeKey == scopeKey)) return;
        Enqueue(scope.Key, Resume.Complete);
    }

    public bool HasChildren(long scopeKey) => State.Elements.Values.Any(e => e.ScopeKey == scopeKey);

    void CompleteInstance(ElementInstance root)
    {
        var variables = ImmutableArray.CreateRange(root.Variables, v => new VariableValue(v.Name, v.Value));
        End(root);
        Emit(new InstanceCompleted(At));
        if (State.Parent is { } parent)
            Ask(new SendCommand(parent.InstanceKey, new CompleteChild(parent.ElementKey, State.Key, variables)));
    }

    // ---- ending what is inside ------------------------------------------------------------------------------------

    public void TerminateInstance()
    {
        Terminate(State.Key);
        Emit(new InstanceTerminated(At));
    }

    /// <summary>Ends an element and everything inside it at once; called instances are told to stop.</summary>
    public void Terminate(long key)
    {
        if (!State.Elements.TryGetValue(key, out var element)) return;
        TerminateInside(key);
        CloseWaits(key);
        if (element.ChildInstanceKey != 0)
            Ask(new SendCommand(element.ChildInstanceKey, new CancelInstance(ByParent: true)));
        Emit(new ElementTerminated(key, element.ElementId, At));
    }

    /// <summary>Ends everything inside a scope but the scope itself and, if given, one element of it.</summary>
    public void TerminateInside(long scopeKey, long exceptKey = 0)
    {
        foreach (var child in State.Elements.Values.Where(e => e.ScopeKey == scopeKey && e.Key != exceptKey).ToArray())
            Terminate(child.Key);
        if (State.Tokens.Any(t => t.ScopeKey == scopeKey)) Emit(new TokensDropped(scopeKey));
    }

    // ---- incidents ------------------------------------------------------------------------------------------------

    /// <summary>Execution of this element stops here until a person repairs the cause and retries.</summary>
    public void RaiseIncident(
        ElementInstance element, string kind, string message, Resume resume, long jobKey = 0)
    {
        if (message.Length > Limits.MessageCharactersMax) message = message[..Limits.MessageCharactersMax];
        Emit(new IncidentRaised(
            new Incident(NextKey(), element.Key, element.ElementId, kind, message, resume, jobKey), At));
    }
}

/// <summary>Kinds of incident, in the words of the Camunda 8 API (<c>errorType</c>).</summary>
public static class IncidentKind
{
    public const string Unknown = "UNKNOWN";
    public const string IoMapping = "IO_MAPPING_ERROR";
    public const string Condition = "CONDITION_ERROR";
    public const string ExtractValue = "EXTRACT_VALUE_ERROR";
    public const string JobNoRetries = "JOB_NO_RETRIES";
    public const string UnhandledError = "UNHANDLED_ERROR_EVENT";
    public const string CalledElement = "CALLED_ELEMENT_ERROR";
    public const string CalledDecision = "CALLED_DECISION_ERROR";
    public const string DecisionEvaluation = "DECISION_EVALUATION_ERROR";
    public const string FormNotFound = "FORM_NOT_FOUND";
}
