using System.Collections.Frozen;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>What one kind of flow node does once its inputs are mapped and its border is watched.</summary>
abstract class FlowNodeBehavior
{
    static readonly FrozenDictionary<Type, FlowNodeBehavior> All = new Dictionary<Type, FlowNodeBehavior>
    {
        [typeof(StartEvent)] = new PassThroughBehavior(),
        [typeof(BoundaryEvent)] = new PassThroughBehavior(),
        [typeof(UndefinedTask)] = new PassThroughBehavior(),
        [typeof(EndEvent)] = new EndEventBehavior(),
        [typeof(IntermediateThrowEvent)] = new IntermediateThrowEventBehavior(),
        [typeof(IntermediateCatchEvent)] = new IntermediateCatchEventBehavior(),
        [typeof(ExclusiveGateway)] = new ExclusiveGatewayBehavior(),
        [typeof(ParallelGateway)] = new ParallelGatewayBehavior(),
        [typeof(EventBasedGateway)] = new EventBasedGatewayBehavior(),
        [typeof(UserTask)] = new UserTaskBehavior(),
        [typeof(ServiceTask)] = new JobBehavior(),
        [typeof(SendTask)] = new JobBehavior(),
        [typeof(ReceiveTask)] = new ReceiveTaskBehavior(),
        [typeof(ScriptTask)] = new ScriptTaskBehavior(),
        [typeof(BusinessRuleTask)] = new BusinessRuleTaskBehavior(),
        [typeof(SubProcess)] = new SubProcessBehavior(),
        [typeof(CallActivity)] = new CallActivityBehavior(),
    }.ToFrozenDictionary();

    public static FlowNodeBehavior For(FlowNode node) => All[node.GetType()];

    /// <summary>Kinds the engine executes: the source of the support table in the documentation.</summary>
    public static IEnumerable<Type> Executed => All.Keys;

    public abstract void Execute(FlowNode node, ElementInstance element, Run run);
}

abstract class FlowNodeBehavior<TNode> : FlowNodeBehavior
    where TNode : FlowNode
{
    public sealed override void Execute(FlowNode node, ElementInstance element, Run run) =>
        Execute((TNode)node, element, run);

    protected abstract void Execute(TNode node, ElementInstance element, Run run);
}

/// <summary>Start events, boundary events that have fired, and tasks of no kind: the token goes straight on.</summary>
sealed class PassThroughBehavior : FlowNodeBehavior
{
    public override void Execute(FlowNode node, ElementInstance element, Run run) =>
        run.Enqueue(element.Key, Resume.Complete);
}
