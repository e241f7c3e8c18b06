using System.Collections.Immutable;
using System.Globalization;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>
/// The body around the instances of a multi-instance activity (BPMN 2.0.2, 13.3.7): it starts them, collects their
/// outputs and ends with the last one or when the completion condition holds.
/// </summary>
static class MultiInstanceBehavior
{
    public static void Begin(Activity node, ElementInstance body, Run run)
    {
        var loop = node.MultiInstance!;
        var (items, total, problem) = ItemsOf(loop, body, run);
        if (problem is null && total > Limits.MultiInstanceMax)
            problem = $"{total} instances are asked for, at most {Limits.MultiInstanceMax} are possible.";
        if (problem is not null)
        {
            run.RaiseIncident(body, IncidentKind.ExtractValue, problem, Resume.Execute);
            return;
        }
        run.Emit(new LoopStarted(body.Key, items is null ? null : FeelJson.Write(items), total));
        if (loop.OutputCollection is { } output)
            run.SetLocal(body.Key, output, FeelJson.Write(new FeelList(Enumerable.Repeat(FeelValue.Null, total))));
        if (total == 0)
            run.Enqueue(body.Key, Resume.Complete);
        else
            StartInstances(node, body.Key, items, from: 0, count: loop.IsSequential ? 1 : total, run);
    }

    static (FeelList? Items, int Total, string? Problem) ItemsOf(MultiInstance loop, ElementInstance body, Run run)
    {
        if (loop.InputCollection is { } collection)
        {
            var result = run.Evaluate(collection, body.Key);
            return result.Value is FeelList list
                ? (list, list.Count, null)
                : (null, 0, result.Problem ?? Run.Unexpected(collection, "a list", result));
        }
        var (text, problem) = run.TextOf(loop.Cardinality, body.Key);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var total)
            ? (null, total, null)
            : (null, 0, problem ?? $"Expected the number of instances to be a whole number, found '{text}'.");
    }

    static void StartInstances(Activity node, long bodyKey, FeelList? items, int from, int count, Run run)
    {
        for (var i = from; i < from + count; i++)
        {
            var key = run.Create(node, bodyKey, ElementKind.MultiInstanceInner, loopCounter: i + 1);
            run.SetLocal(key, "loopCounter", (i + 1).ToString(CultureInfo.InvariantCulture));
            if (items is not null && node.MultiInstance!.InputElement is { } name)
                run.SetLocal(key, name, FeelJson.Write(items[i]));
            run.Enqueue(key, Resume.Activate);
        }
        var loop = run.State.Elements[bodyKey].Loop!;
        run.Emit(new LoopAdvanced(bodyKey, from + count, loop.Completed));
    }

    /// <summary>One instance is done: everything that can fail is evaluated first, then it ends.</summary>
    public static void CompleteInner(Activity node, ElementInstance inner, Run run)
    {
        var body = run.State.Elements[inner.ScopeKey];
        var loop = body.Loop!;
        var output = OutputOf(node.MultiInstance!, inner, run);
        var (isDone, problem) = node.MultiInstance!.CompletionCondition is { } condition
            ? run.Holds(condition, inner.Key, Counts(loop, inner))
            : (false, null);
        if ((output?.Problem ?? problem) is { } failed)
        {
            run.RaiseIncident(inner, IncidentKind.ExtractValue, failed, Resume.Complete);
            return;
        }
        run.End(inner);
        if (output is { } collected) Collect(node.MultiInstance, body, inner.LoopCounter, collected.Value, run);
        run.Emit(new LoopAdvanced(body.Key, loop.Started, loop.Completed + 1));
        if (isDone)
        {
            run.TerminateInside(body.Key);
            run.Enqueue(body.Key, Resume.Complete);
        }
        else if (loop.Started < loop.Total)
        {
            var items = loop.Items is null ? null : (FeelList)FeelJson.Read(loop.Items);
            StartInstances(node, body.Key, items, loop.Started, count: 1, run);
        }
        else if (!run.HasChildren(body.Key))
        {
            run.Enqueue(body.Key, Resume.Complete);
        }
    }

    static Evaluated? OutputOf(MultiInstance loop, ElementInstance inner, Run run) =>
        loop.OutputElement is { } element && loop.OutputCollection is not null
            ? run.Evaluate(element, inner.Key)
            : null;

    // The names that Camunda and the standard give to a completion condition; the instance that ends is counted.
    static FeelContext Counts(LoopState loop, ElementInstance inner) => FeelContext.Of(
        ("numberOfInstances", FeelValue.Of(loop.Total)),
        ("numberOfActiveInstances", FeelValue.Of(loop.Started - loop.Completed - 1)),
        ("numberOfCompletedInstances", FeelValue.Of(loop.Completed + 1)),
        ("numberOfTerminatedInstances", FeelValue.Of(0)),
        ("loopCounter", FeelValue.Of(inner.LoopCounter)));

    static void Collect(MultiInstance loop, ElementInstance body, int loopCounter, FeelValue value, Run run)
    {
        var current = run.State.Elements[body.Key].Variables.FirstOrDefault(v => v.Name == loop.OutputCollection);
        if (current is null || FeelJson.Read(current.Value) is not FeelList list) return;
        var items = list.ToArray();
        items[loopCounter - 1] = value;
        run.SetLocal(body.Key, loop.OutputCollection!, FeelJson.Write(new FeelList(items.AsEnumerable())));
    }

    /// <summary>The collected outputs leave the body with it.</summary>
    public static void PassOutputOn(Activity node, ElementInstance body, Run run)
    {
        if (node.MultiInstance!.OutputCollection is not { } name) return;
        var collected = run.State.Elements[body.Key].Variables.FirstOrDefault(v => v.Name == name);
        if (collected is not null) run.Propagate(body.ScopeKey, name, collected.Value);
    }
}
