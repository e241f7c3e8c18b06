using System.Collections.Immutable;
using Workflows.Engine.Calendar;

namespace Workflows.Engine.Model;

/// <summary>
/// Finds what makes a process impossible or ambiguous to execute: the rules of BPMN 2.0.2 (8.4, 10.3 to 10.6) and, in
/// the zeebe dialect, what Camunda 8 refuses at deployment.
/// </summary>
/// <remarks>
/// Duplicate ids, unresolved references and FEEL that cannot be parsed are found by <see cref="BpmnReader"/>.
/// </remarks>
public static class DefinitionChecker
{
    /// <summary>All problems of a process, in no promised order.</summary>
    public static ImmutableArray<ModelProblem> Check(ProcessDefinition process, BpmnDialect dialect)
    {
        var check = new Checking(process, dialect);
        check.Scopes();
        check.Flows();
        foreach (var node in process.Nodes.Values) check.Node(node);
        check.Reachability();
        return [.. check.Problems];
    }

    /// <summary>Why a constant timer text cannot be read; null when it can. The zone does not change that.</summary>
    internal static string? TimerProblem(TimerKind kind, string text) => kind switch
    {
        TimerKind.Date => TimerSchedule.ParseDate(text, TimeZoneInfo.Utc).Problem,
        TimerKind.Duration => TimerSchedule.ParseDuration(text).Problem,
        _ => TimerSchedule.ParseCycle(text, TimeZoneInfo.Utc).Problem,
    };

    /// <summary>One pass over one process.</summary>
    sealed class Checking(ProcessDefinition process, BpmnDialect dialect)
    {
        public List<ModelProblem> Problems { get; } = [];

        bool IsZeebe => dialect == BpmnDialect.Zeebe;

        // ---- scopes -------------------------------------------------------------------------------------------

        public void Scopes()
        {
            foreach (var scope in process.Scopes.Values)
            {
                if (!process.Nodes.TryGetValue(scope.Id, out var owner)) CheckProcessStart(scope);
                else if (owner is SubProcess { TriggeredByEvent: true }) CheckEventSubProcessStart(scope);
                else CheckSubProcessStart(scope);
            }
        }

        void CheckProcessStart(Scope scope)
        {
            if (scope.StartEvents.IsEmpty)
            {
                Error(scope.Id, $"Expected process '{scope.Id}' to have a start event, but it has none. Add one.");
            }

            foreach (var extra in scope.StartEvents.Where(s => s.Definition is null).Skip(1))
            {
                Error(extra.Id, $"Expected at most one start event without a definition in process '{scope.Id}', but "
                    + $"'{extra.Id}' is a further one. Join them, or make it a message or timer start event.");
            }
        }

        void CheckSubProcessStart(Scope scope)
        {
            RequireOneStart(scope, "sub-process");
            foreach (var start in scope.StartEvents)
            {
                if (start.Definition is null or BpmnReader.RefusedEventDefinition) continue;
                Error(start.Id, $"Expected the start event of the embedded sub-process '{scope.Id}' to have no "
                    + "definition, but it waits for something. Make it a plain start event, or the sub-process an "
                    + "event sub-process.");
            }
        }

        void RequireOneStart(Scope scope, string noun)
        {
            if (scope.StartEvents.Length == 1) return;
            Error(scope.Id, $"Expected exactly one start event in {noun} '{scope.Id}', but found "
                + (scope.StartEvents.IsEmpty ? "none. Add one." : "several. Leave one."));
        }

        void CheckEventSubProcessStart(Scope scope)
        {
            RequireOneStart(scope, "event sub-process");
            foreach (var start in scope.StartEvents)
            {
                if (start.Definition is ErrorEventDefinition && !start.IsInterrupting)
                {
                    Error(start.Id, "Expected an error start event to interrupt, but isInterrupting is false. Remove "
                        + "that attribute, or use an escalation.");
                }
            }

            if (process.Node(scope.Id) is { } owner && (owner.Incoming.Length > 0 || owner.Outgoing.Length > 0))
            {
                Error(scope.Id, $"Expected no sequence flow at event sub-process '{scope.Id}', but one enters or "
                    + "leaves it. Remove the flow.");
            }
        }

        // ---- sequence flows -----------------------------------------------------------------------------------

        public void Flows()
        {
            foreach (var flow in process.Flows.Values)
            {
                var source = End(flow, flow.SourceId, "sourceRef");
                var target = End(flow, flow.TargetId, "targetRef");
                if (source is null || target is null) continue;
                if (source.ScopeId != target.ScopeId)
                {
                    Error(flow.Id, $"Expected flow '{flow.Id}' to stay inside one process or sub-process, but it "
                        + $"leads from '{source.ScopeId}' to '{target.ScopeId}'. Connect elements of the same level.");
                }

                if (target is StartEvent or BoundaryEvent)
                {
                    Error(flow.Id, $"Expected flow '{flow.Id}' to end at an activity, gateway or event, but "
                        + $"'{target.Id}' is a {Noun(target)}, which nothing may enter. Lead it elsewhere.");
                }

                if (source is EndEvent)
                {
                    Error(flow.Id, $"Expected nothing after end event '{source.Id}', but flow '{flow.Id}' leaves it. "
                        + "Remove the flow, or use an intermediate event.");
                }

                CheckCondition(flow, source);
            }
        }

        FlowNode? End(SequenceFlow flow, string id, string attribute)
        {
            if (process.Nodes.TryGetValue(id, out var node)) return node;
            Error(flow.Id, $"Expected {attribute} of flow '{flow.Id}' to name a flow node of this process, but found "
                + $"'{id}'. Connect the flow again.");
            return null;
        }

        void CheckCondition(SequenceFlow flow, FlowNode source)
        {
            var isDefault = DefaultFlowOf(source)?.Id == flow.Id;
            if (flow.Condition is not null && isDefault)
            {
                Warn(flow.Id, $"Flow '{flow.Id}' is the default of '{source.Id}', so its condition is never tried. "
                    + "Remove the condition.");
            }

            // Operaton tries conditions behind events too, so plain BPMN may have them.
            var mayBeConditional = source is Activity or ExclusiveGateway
                || !IsZeebe && source is not (ParallelGateway or EventBasedGateway);
            if (flow.Condition is not null && !mayBeConditional)
            {
                Error(flow.Id, $"Expected no condition on flow '{flow.Id}', because it leaves a {Noun(source)}. Put an "
                    + "exclusive gateway before it.");
            }

            if (IsZeebe && flow.Condition is null && !isDefault && source is ExclusiveGateway { Outgoing.Length: > 1 })
            {
                Error(flow.Id, $"Expected a condition on flow '{flow.Id}', one of several that leave exclusive gateway "
                    + $"'{source.Id}', but it has none. Add a condition, or make it the default flow.");
            }
        }

        static SequenceFlow? DefaultFlowOf(FlowNode node) => node switch
        {
            ExclusiveGateway gateway => gateway.DefaultFlow,
            Activity activity => activity.DefaultFlow,
            _ => null,
        };

        // ---- nodes --------------------------------------------------------------------------------------------

        public void Node(FlowNode node)
        {
            switch (node)
            {
                case StartEvent start:
                    CheckDefinition(start, start.Definition);
                    CheckStartTimer(start);
                    break;
                case EndEvent end: CheckThrown(end, end.Definition); break;
                case IntermediateThrowEvent thrown: CheckThrown(thrown, thrown.Definition); break;
                case IntermediateCatchEvent caught:
                    CheckDefinition(caught, caught.Definition);
                    RefuseCycle(caught, caught.Definition);
                    break;
                case BoundaryEvent boundary: CheckBoundary(boundary); break;
                case EventBasedGateway gateway: CheckEventBasedGateway(gateway); break;
                case ReceiveTask receive: CheckReceiveTask(receive); break;
            }

            if (node is not Activity activity) return;
            CheckMultiInstance(activity);
            CheckDistinctCodes(activity);
        }

        /// <summary>What is awaited by a catching event.</summary>
        void CheckDefinition(FlowNode node, EventDefinition? definition)
        {
            switch (definition)
            {
                case TimerEventDefinition { Expression.IsConstant: true } timer: CheckTimerText(node, timer); break;
                case MessageEventDefinition { Message: var message } when !StartsProcess(node):
                    RequireCorrelationKey(node, message);
                    break;
            }
        }

        void CheckTimerText(FlowNode node, TimerEventDefinition timer)
        {
            if (TimerProblem(timer.Kind, timer.Expression.Text) is { } problem)
                Error(node.Id, $"Timer '{timer.Expression.Text}' of '{node.Id}': {problem} Correct it, or write FEEL "
                    + "after '='.");
        }

        bool StartsProcess(FlowNode node) => node is StartEvent && node.ScopeId == process.Id;

        void RequireCorrelationKey(FlowNode node, MessageReference message)
        {
            if (!IsZeebe || message.CorrelationKey is not null) return;
            var name = BpmnReader.Shortened(message.Name.Text);
            Error(node.Id, $"Expected message {name} to have a correlation key, because '{node.Id}' "
                + "waits for it inside an instance, but it has none. Set correlationKey in zeebe:subscription.");
        }

        void CheckReceiveTask(ReceiveTask receive)
        {
            if (receive.Message is not null) RequireCorrelationKey(receive, receive.Message);
            else if (IsZeebe)
            {
                Error(receive.Id, $"Expected receive task '{receive.Id}' to name a message, but messageRef is absent. "
                    + "Choose a message.");
            }
        }

        void CheckThrown(FlowNode node, EventDefinition? definition)
        {
            var missing = definition switch
            {
                ErrorEventDefinition { Code: null } => "error",
                EscalationEventDefinition { Code: null } => "escalation",
                _ => null,
            };
            if (missing is null) return;
            Error(node.Id, $"Expected the {missing} thrown by '{node.Id}' to have a code, but it has none. Choose an "
                + $"{missing} with {missing}Code.");
        }

        void CheckStartTimer(StartEvent start)
        {
            var waits = start.Definition is TimerEventDefinition { Kind: TimerKind.Duration };
            if (IsZeebe && waits && StartsProcess(start))
            {
                Error(start.Id, $"Expected timer start event '{start.Id}' of a process to have a timeDate or "
                    + "timeCycle, but found a timeDuration. Use one of those.");
            }
        }

        void RefuseCycle(FlowNode node, EventDefinition definition)
        {
            if (!IsZeebe || definition is not TimerEventDefinition { Kind: TimerKind.Cycle }) return;
            Error(node.Id, $"Expected the timer of '{node.Id}' to fire once, but found a timeCycle. Use timeDuration "
                + "or timeDate, or a boundary event with cancelActivity=\"false\".");
        }

        void CheckBoundary(BoundaryEvent boundary)
        {
            CheckDefinition(boundary, boundary.Definition);
            if (boundary.CancelActivity) RefuseCycle(boundary, boundary.Definition);
            var host = process.Nodes.GetValueOrDefault(boundary.AttachedToId);
            var mayHost = host is Activity and not SubProcess { TriggeredByEvent: true };
            if (!mayHost || host!.ScopeId != boundary.ScopeId)
            {
                Error(boundary.Id, $"Expected boundary event '{boundary.Id}' to be attached to an activity beside it, "
                    + "but attachedToRef is "
                    + $"'{boundary.AttachedToId}'{(host is null ? ", which does not exist" : $", a {Noun(host)}")}. "
                    + "Attach it to an activity of the same level.");
            }

            if (boundary.Definition is ErrorEventDefinition && !boundary.CancelActivity)
            {
                Error(boundary.Id, $"Expected error boundary event '{boundary.Id}' to interrupt, but cancelActivity "
                    + "is false. Remove that attribute, or use an escalation.");
            }
        }

        /// <summary>Two events that catch the same code at the same place leave open which of them fires.</summary>
        void CheckDistinctCodes(Activity host)
        {
            var seen = new HashSet<(string Kind, string Code)>();
            foreach (var boundary in host.BoundaryEvents)
            {
                (string Kind, string Code)? code = boundary.Definition switch
                {
                    ErrorEventDefinition error => ("error", error.Code?.Text ?? ""),
                    EscalationEventDefinition escalation => ("escalation", escalation.Code?.Text ?? ""),
                    _ => null,
                };
                if (code is not { } found || seen.Add(found)) continue;
                var twice = $"{found.Kind} code {BpmnReader.Shortened(found.Code)}";
                Error(boundary.Id, $"Expected one event for {twice} at '{host.Id}', but "
                    + $"'{boundary.Id}' is a further one. Remove it or give it another code.");
            }
        }

        void CheckEventBasedGateway(EventBasedGateway gateway)
        {
            if (gateway.Outgoing.Length < 2)
            {
                Error(gateway.Id, $"Expected at least two flows out of event-based gateway '{gateway.Id}', but found "
                    + (gateway.Outgoing.IsEmpty ? "none. " : "one. ") + "Add the events to wait for.");
            }

            foreach (var flow in gateway.Outgoing)
            {
                if (process.Nodes.GetValueOrDefault(flow.TargetId) is not { } target) continue;
                var waits = target is ReceiveTask { BoundaryEvents.IsEmpty: true } or IntermediateCatchEvent
                {
                    Definition: TimerEventDefinition or MessageEventDefinition or BpmnReader.RefusedEventDefinition,
                };
                if (!waits)
                {
                    Error(gateway.Id, $"Expected flow '{flow.Id}' of event-based gateway '{gateway.Id}' to lead to a "
                        + $"timer or message catch event or a receive task without boundary events, but '{target.Id}' "
                        + $"is a {Noun(target)}. Put a catch event there.");
                }
                else if (target.Incoming.Length != 1)
                {
                    Error(target.Id, $"Expected '{target.Id}' to be entered only from event-based gateway "
                        + $"'{gateway.Id}', but other flows lead there too. Give them an event of their own.");
                }
            }
        }

        void CheckMultiInstance(Activity activity)
        {
            if (activity.MultiInstance is not { } loop) return;
            if (loop.InputCollection is null && loop.Cardinality is null)
            {
                Error(activity.Id, $"Expected multi-instance activity '{activity.Id}' to have an inputCollection or a "
                    + "loopCardinality, but it has neither. Set one.");
            }

            if (IsZeebe && loop.OutputCollection is null != loop.OutputElement is null)
            {
                Error(activity.Id, "Expected outputCollection and outputElement of multi-instance activity "
                    + $"'{activity.Id}' together, but only one is set. Set both or none.");
            }

            if (activity is SubProcess { TriggeredByEvent: true })
            {
                Error(activity.Id, $"Expected event sub-process '{activity.Id}' to have no multi-instance, but it "
                    + "has. Put a multi-instance sub-process inside it.");
            }
        }

        // ---- reachability -------------------------------------------------------------------------------------

        public void Reachability()
        {
            var reached = new HashSet<string>(StringComparer.Ordinal);
            var waiting = new Queue<FlowNode>();
            EnterScope(process.Id);
            while (waiting.TryDequeue(out var node))
            {
                foreach (var flow in node.Outgoing) Enter(process.Nodes.GetValueOrDefault(flow.TargetId));
                foreach (var boundary in (node as Activity)?.BoundaryEvents ?? []) Enter(boundary);
                if (node is SubProcess) EnterScope(node.Id);
            }

            foreach (var node in process.Nodes.Values)
            {
                // Inside an unreachable sub-process the sub-process itself is the news.
                var isNews = node.ScopeId == process.Id || reached.Contains(node.ScopeId);
                if (reached.Contains(node.Id) || !isNews) continue;
                Warn(node.Id, $"No path leads from a start event to {Noun(node)} '{node.Id}'. Connect or remove it.");
            }

            void EnterScope(string id)
            {
                if (!process.Scopes.TryGetValue(id, out var scope)) return;
                foreach (var start in scope.StartEvents) Enter(start);
                foreach (var eventSubProcess in scope.EventSubProcesses) Enter(eventSubProcess);
            }

            void Enter(FlowNode? node)
            {
                if (node is not null && reached.Add(node.Id)) waiting.Enqueue(node);
            }
        }

        // ---- problems -----------------------------------------------------------------------------------------

        static string Noun(FlowNode node) => node.ElementType.ToLowerInvariant().Replace('_', ' ');

        void Error(string elementId, string message) => Problems.Add(new(elementId, message, ProblemSeverity.Error));

        void Warn(string elementId, string message) => Problems.Add(new(elementId, message, ProblemSeverity.Warning));
    }
}
