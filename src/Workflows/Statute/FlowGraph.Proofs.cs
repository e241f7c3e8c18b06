using System.Collections.Immutable;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <content>Safety ("never B without A") by reachability, liveness ("after A always B") by a fixed point.</content>
sealed partial class FlowGraph
{
    /// <summary>Points reached, each with the one it was reached from; -1 at the beginning.</summary>
    sealed class Reach(int points)
    {
        readonly int[] from = [.. Enumerable.Repeat(-2, points)];

        public List<int> InOrder { get; } = [];

        public bool this[int point] => from[point] != -2;

        public bool Add(int point, int origin)
        {
            if (this[point]) return false;
            from[point] = origin;
            InOrder.Add(point);
            return true;
        }

        public List<int> PathTo(int point)
        {
            var path = new List<int>();
            for (var at = point; at >= 0; at = from[at]) path.Add(at);
            path.Reverse();
            return path;
        }
    }

    FlowNode? NodeAt(int point) => nodeAt[point];

    bool IsDone(int point) => begun.TryGetValue(elements[point], out var first) && point == first + 1;

    /// <summary>
    /// Points that may follow. A sub-process is left through the ends in it where <paramref name="ends"/> says that it
    /// can end at all.
    /// </summary>
    List<int> Next(int point, Question question, IReadOnlyDictionary<string, bool>? ends)
    {
        Work++;
        var id = elements[point];
        var next = new List<int>();
        if (!begun.ContainsKey(id))
        {
            if (process.Nodes.ContainsKey(process.Flows[id].TargetId)) next.Add(Begun(process.Flows[id].TargetId));
            return next;
        }
        var node = NodeAt(point);
        if (IsDone(point))
        {
            if (node is not null) AddAfter(node, question, ends, next);
            return next;
        }
        if (node is null or SubProcess)
        {
            if (ScopeOf(id) is { } scope)
            {
                next.AddRange(scope.StartEvents.Select(start => Begun(start.Id)));
                next.AddRange(scope.EventSubProcesses.Select(inner => Begun(inner.Id)));
            }
        }
        else if (!question.Undone.Contains(id)) next.Add(Done(id));
        if (node is null) return next;
        if (MayHaveNoInstance(node)) AddFlows(node, question, next);
        if (node is Activity host) next.AddRange(Interruptions(host).Select(boundary => Begun(boundary.Id)));
        return next;
    }

    void AddFlows(FlowNode node, Question question, List<int> next) =>
        next.AddRange(Outgoing(node, question).Select(one => flows[one.Flow.Id]));

    void AddAfter(FlowNode node, Question question, IReadOnlyDictionary<string, bool>? ends, List<int> next)
    {
        AddFlows(node, question, next);
        if (ThrownBy(node) is { } thrown && Catcher(node, thrown) is { } catcher) next.Add(Begun(catcher.Id));
        var endsToken = node.Outgoing.IsEmpty && !IsError(node) && node is not SubProcess { TriggeredByEvent: true };
        var endsScope = node is SubProcess { TriggeredByEvent: true }
            && ScopeOf(node.Id) is { } own && IsInterrupting(own);
        if (!endsToken && !endsScope) return;
        if (ends is not null && !ends.GetValueOrDefault(node.ScopeId)) return;
        if (!question.Undone.Contains(node.ScopeId) && begun.ContainsKey(node.ScopeId)) next.Add(Done(node.ScopeId));
    }

    /// <summary>Everything tokens can reach from the start; the first path found is a shortest.</summary>
    Reach Forward(Question question)
    {
        var ends = Endings(question);
        var reach = new Reach(elements.Count);
        reach.Add(Begun(process.Id), -1);
        for (var i = 0; i < reach.InOrder.Count; i++)
        {
            var point = reach.InOrder[i];
            foreach (var next in Next(point, question, ends))
            {
                if (IsEntered(next, reach)) reach.Add(next, point);
            }
        }
        return reach;
    }

    /// <summary>A join is entered when each of its flows is there.</summary>
    bool IsEntered(int point, Reach reach) =>
        IsDone(point) || NodeAt(point) is not { } node || !IsJoin(node)
        || node.Incoming.All(flow => !process.Nodes.ContainsKey(flow.SourceId) || reach[flows[flow.Id]]);

    // ---- which scopes can end ---------------------------------------------------------------------------------

    Dictionary<string, bool> Endings(Question question)
    {
        var ends = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var id in innerFirst) ends[id] = CanEnd(ScopeOf(id)!, question, ends);
        return ends;
    }

    bool CanEnd(Scope scope, Question question, Dictionary<string, bool> ends)
    {
        if (scope.EventSubProcesses.Any(inner =>
                ends.GetValueOrDefault(inner.Id) && ScopeOf(inner.Id) is { } own && IsInterrupting(own)))
            return true;
        var reach = Inside(scope, question, ends);
        if (reach.InOrder.Any(point => IsDone(point) && Terminates(NodeAt(point)))) return true;
        var finishes = new HashSet<int>();
        bool grown;
        do
        {
            grown = false;
            for (var i = reach.InOrder.Count - 1; i >= 0; i--)
            {
                var point = reach.InOrder[i];
                Work++;
                if (!finishes.Contains(point) && Finishes(point, question, ends, finishes))
                    grown = finishes.Add(point);
            }
        }
        while (grown);
        return scope.StartEvents.Any(start => finishes.Contains(Begun(start.Id)));
    }

    static bool Terminates(FlowNode? node) => node is EndEvent { Definition: TerminateEventDefinition };

    /// <summary>What is reached inside one scope; a sub-process in it is one step.</summary>
    Reach Inside(Scope scope, Question question, Dictionary<string, bool> ends)
    {
        var reach = new Reach(elements.Count);
        foreach (var start in scope.StartEvents) reach.Add(Begun(start.Id), -1);
        for (var i = 0; i < reach.InOrder.Count; i++)
        {
            var point = reach.InOrder[i];
            foreach (var next in NextInside(scope.Id, point, question, ends))
            {
                if (IsEntered(next, reach)) reach.Add(next, point);
            }
        }
        return reach;
    }

    IEnumerable<int> NextInside(
        string scopeId, int point, Question question, IReadOnlyDictionary<string, bool>? ends)
    {
        var node = NodeAt(point);
        var isOpen = node is SubProcess && !IsDone(point);
        if (isOpen && (ends is null || ends.GetValueOrDefault(node!.Id)) && !question.Undone.Contains(node!.Id))
            yield return Done(node.Id);
        foreach (var next in Next(point, question, ends))
        {
            var isFlow = !begun.ContainsKey(elements[next]);
            if (isFlow || NodeAt(next)?.ScopeId == scopeId) yield return next;
        }
    }

    bool Finishes(int point, Question question, Dictionary<string, bool> ends, HashSet<int> finishes)
    {
        if (NodeAt(point) is not { } node)
        {
            var target = process.Flows[elements[point]].TargetId;
            return process.Nodes.ContainsKey(target) && finishes.Contains(Begun(target));
        }
        if (IsDone(point))
        {
            return node.Outgoing.IsEmpty ? !IsError(node) : Leaves(node, question, finishes.Contains);
        }
        var passes = !question.Undone.Contains(node.Id) && (node is not SubProcess || ends.GetValueOrDefault(node.Id));
        return (passes && finishes.Contains(Done(node.Id)))
            || (MayHaveNoInstance(node) && Leaves(node, question, finishes.Contains))
            || (node is Activity host && Interruptions(host).Any(
                boundary => boundary.CancelActivity && finishes.Contains(Begun(boundary.Id))));
    }

    /// <summary>All flows a token surely takes lead there, or where it chooses, one does.</summary>
    bool Leaves(FlowNode node, Question question, Func<int, bool> leads)
    {
        var open = Outgoing(node, question);
        var certain = open.Where(one => one.IsCertain).ToList();
        if (certain.Count == 0) return open.Any(one => leads(flows[one.Flow.Id]));
        var closed = node is not (ExclusiveGateway or EventBasedGateway)
            && node.Outgoing.Any(flow => flow.Condition is null && question.Closed.Contains(flow.Id));
        return !closed && certain.TrueForAll(one => leads(flows[one.Flow.Id]));
    }

    // ---- proofs -----------------------------------------------------------------------------------------------

    /// <summary>The shortest way to begin a step although the question forbids what it forbids; null: none.</summary>
    public ImmutableArray<string>? PathTo(string step, Question question)
    {
        if (!Contains(step)) return null;
        var reach = Forward(question);
        return reach[Begun(step)] ? Ids(reach.PathTo(Begun(step))) : null;
    }

    /// <summary>
    /// A way from the completed step to an end of the process, or into a loop without exit, on which none of
    /// <paramref name="then"/> is completed; null: after the step one of them always follows. Loops with an exit are
    /// left some day.
    /// </summary>
    public ImmutableArray<string>? PathAvoiding(string after, ImmutableHashSet<string> then, Condition? assumed)
    {
        if (!Contains(after)) return null;
        var before = Forward(Question.Nothing);
        if (!before[Done(after)]) return null;
        var avoidance = new Avoidance(this, after, then, new Question(then, [], assumed));
        if (avoidance.Suffix() is not { } suffix) return null;
        return Ids([.. before.PathTo(Done(after)), .. suffix]);
    }

    /// <summary>Whenever the first is completed, the step is open without anything being waited for.</summary>
    public bool OpensAtOnce(string after, string step) =>
        new Avoidance(this, after, [step], new Question([step], [], null)).FollowsAtOnce(isBegunEnough: true);

    /// <summary>Ids of nodes and flows in order; a node once, the process itself not.</summary>
    ImmutableArray<string> Ids(IEnumerable<int> points)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        foreach (var point in points)
        {
            var id = elements[point];
            if (id == process.Id || (ids.Count > 0 && ids[^1] == id)) continue;
            // A scope is shown where it is entered.
            if (IsDone(point) && NodeAt(point) is SubProcess) continue;
            ids.Add(id);
        }
        return ids.ToImmutable();
    }

    /// <summary>From which points a run can go on without ever completing one of the wanted steps.</summary>
    sealed class Avoidance
    {
        readonly FlowGraph graph;
        readonly string after;
        readonly Question question;
        readonly bool[] leadsThere;
        readonly bool[] avoids;
        readonly Reach possible;
        readonly Reach beside;

        public Avoidance(FlowGraph graph, string after, ImmutableHashSet<string> then, Question question)
        {
            (this.graph, this.after, this.question) = (graph, after, question);
            leadsThere = LeadsTo(then);
            possible = graph.Forward(question with { Assumed = null });
            // Not through the step itself either: this asks what tokens beside it can do meanwhile.
            beside = graph.Forward(question with { Undone = question.Undone.Add(after), Assumed = null });
            avoids = new bool[graph.elements.Count];
            bool grown;
            do
            {
                grown = false;
                for (var point = avoids.Length - 1; point >= 0; point--)
                {
                    graph.Work++;
                    if (!avoids[point] && Avoids(point)) grown = avoids[point] = true;
                }
            }
            while (grown);
        }

        bool[] LeadsTo(ImmutableHashSet<string> then)
        {
            var open = question with { Undone = [] };
            var previous = new List<int>[graph.elements.Count];
            for (var point = 0; point < previous.Length; point++)
            {
                foreach (var next in graph.Next(point, open, null)) (previous[next] ??= []).Add(point);
            }
            var leads = new bool[previous.Length];
            var waiting = new Stack<int>(then.Where(graph.Contains).Select(graph.Begun));
            while (waiting.TryPop(out var point))
            {
                if (leads[point]) continue;
                leads[point] = true;
                foreach (var from in previous[point] ?? []) waiting.Push(from);
            }
            return leads;
        }

        bool Avoids(int point)
        {
            if (!leadsThere[point]) return true;
            if (graph.NodeAt(point) is not { } node)
            {
                return graph.process.Flows.TryGetValue(graph.elements[point], out var flow)
                    ? graph.Contains(flow.TargetId) && avoids[graph.Begun(flow.TargetId)]
                    : graph.IsDone(point) || Enters(graph.process.Id);
            }
            return graph.IsDone(point) ? AvoidsAfter(node) : AvoidsIn(node);
        }

        bool AvoidsIn(FlowNode node)
        {
            var isWanted = question.Undone.Contains(node.Id);
            if (!isWanted && (node is SubProcess ? Enters(node.Id) : avoids[graph.Done(node.Id)])) return true;
            if (MayHaveNoInstance(node) && graph.Leaves(node, question, point => avoids[point])) return true;
            if (node is not Activity host) return false;
            return graph.Interruptions(host).Any(boundary => boundary.CancelActivity
                ? avoids[graph.Begun(boundary.Id)]
                : Stops(node.ScopeId, graph.Begun(boundary.Id)));
        }

        bool Enters(string scopeId) => graph.ScopeOf(scopeId) is { } scope
            && (scope.StartEvents.Any(start => avoids[graph.Begun(start.Id)])
                || scope.EventSubProcesses.Any(inner =>
                    graph.ScopeOf(inner.Id) is { } own && IsInterrupting(own) && avoids[graph.Begun(inner.Id)]));

        bool AvoidsAfter(FlowNode node)
        {
            if (IsError(node)) return graph.Catcher(node, ThrownBy(node)) is not { } at || avoids[graph.Begun(at.Id)];
            if (node.Outgoing.IsEmpty) return avoids[graph.Done(node.ScopeId)];
            if (graph.Leaves(node, question, point => avoids[point])) return true;
            var certain = graph.Outgoing(node, question).Where(one => one.IsCertain).ToList();
            return certain.Count > 1
                && certain.Exists(one => Stops(node.ScopeId, graph.flows[one.Flow.Id]));
        }

        /// <summary>A token here can terminate its scope, and what follows the scope avoids.</summary>
        bool Stops(string scopeId, int from) =>
            avoids[graph.Done(scopeId)] && Terminating(scopeId, from, possible) is not null;

        /// <summary>The way to a terminating end of the scope that needs neither the step nor what is wanted.</summary>
        List<int>? Terminating(string scopeId, int from, Reach within)
        {
            var reach = new Reach(graph.elements.Count);
            reach.Add(from, -1);
            for (var i = 0; i < reach.InOrder.Count; i++)
            {
                var point = reach.InOrder[i];
                if (!within[point]) continue;
                if (graph.IsDone(point) && Terminates(graph.NodeAt(point)) && graph.NodeAt(point)!.ScopeId == scopeId)
                    return reach.PathTo(point);
                foreach (var next in graph.NextInside(scopeId, point, question, null)) reach.Add(next, point);
            }
            return null;
        }

        /// <summary>The points after the completed step, if a run can avoid; null: it cannot.</summary>
        public List<int>? Suffix()
        {
            // What follows without waiting is one step with it: nothing can come between.
            if (FollowsAtOnce(isBegunEnough: false)) return null;
            if (avoids[graph.Done(after)]) return ToTheEnd([graph.Done(after)]);
            for (var at = graph.process.Nodes[after];; at = graph.process.Nodes[at.ScopeId])
            {
                if (StoppedBeside(at) is { } stopped) return [.. stopped, .. ToTheEnd([graph.Done(at.ScopeId)])];
                var interruptions = Interruptions(at.ScopeId, at.Id).Where(point => avoids[point]).ToList();
                if (interruptions.Count > 0) return ToTheEnd([interruptions[0]]);
                if (at.ScopeId == graph.process.Id || !graph.Contains(at.ScopeId)) return null;
            }
        }

        /// <summary>On every way on a wanted step comes before any step at which a token stands still.</summary>
        /// <param name="isBegunEnough">The step need not be completed, only open.</param>
        public bool FollowsAtOnce(bool isBegunEnough)
        {
            var atOnce = new bool[graph.elements.Count];
            bool grown;
            do
            {
                grown = false;
                for (var point = atOnce.Length - 1; point >= 0; point--)
                {
                    graph.Work++;
                    if (!atOnce[point] && IsAtOnce(point, atOnce, isBegunEnough)) grown = atOnce[point] = true;
                }
            }
            while (grown);
            return atOnce[graph.Done(after)];
        }

        bool IsAtOnce(int point, bool[] atOnce, bool isBegunEnough)
        {
            if (graph.NodeAt(point) is not { } node)
            {
                return graph.process.Flows.TryGetValue(graph.elements[point], out var flow)
                    && graph.Contains(flow.TargetId) && atOnce[graph.Begun(flow.TargetId)];
            }
            if (!graph.IsDone(point))
            {
                if (isBegunEnough && question.Undone.Contains(node.Id)) return true;
                if (Waits(node) || graph.IsJoin(node) || MayHaveNoInstance(node)) return false;
                if (question.Undone.Contains(node.Id)) return true;
                return node is SubProcess
                    ? graph.ScopeOf(node.Id) is { StartEvents: [var only] } && atOnce[graph.Begun(only.Id)]
                    : atOnce[graph.Done(node.Id)];
            }
            var open = graph.Outgoing(node, question);
            return open.Exists(one => one.IsCertain && atOnce[graph.flows[one.Flow.Id]])
                || (open.Count > 0 && open.TrueForAll(
                    one => !one.IsCertain && atOnce[graph.flows[one.Flow.Id]]));
        }

        /// <summary>What can cut off a scope while a token is in it.</summary>
        IEnumerable<int> Interruptions(string scopeId, string from)
        {
            // An event sub-process that has taken the scope over lets no other event of the scope in.
            foreach (var inner in HasTakenOver(from) ? [] : graph.ScopeOf(scopeId)?.EventSubProcesses ?? [])
            {
                if (inner.Id != from && graph.ScopeOf(inner.Id) is { } own && IsInterrupting(own))
                    yield return graph.Begun(inner.Id);
            }
            if (graph.process.Nodes.GetValueOrDefault(scopeId) is not Activity host) yield break;
            foreach (var boundary in graph.Interruptions(host).Where(one => one.CancelActivity))
                yield return graph.Begun(boundary.Id);
        }

        bool HasTakenOver(string id) =>
            graph.process.Nodes.GetValueOrDefault(id) is SubProcess { TriggeredByEvent: true }
            && graph.ScopeOf(id) is { } own && IsInterrupting(own);

        /// <summary>A token beside the one that has left the step terminates their scope.</summary>
        List<int>? StoppedBeside(FlowNode step)
        {
            if (!avoids[graph.Done(step.ScopeId)] || HasTakenOver(step.Id)) return null;
            foreach (var tracks in Tracks(step.ScopeId))
            {
                var own = tracks.Where(track => Leads(step.ScopeId, track, graph.Begun(step.Id))).ToHashSet();
                if (own.Count == 0) continue;
                var other = tracks.Where(track => !own.Contains(track) || own.Count > 1)
                    .Select(track => Terminating(step.ScopeId, track, beside)).FirstOrDefault(path => path is not null);
                if (other is not null) return other;
            }
            return null;
        }

        /// <summary>Points from which tokens of one scope run beside each other.</summary>
        IEnumerable<List<int>> Tracks(string scopeId)
        {
            foreach (var node in graph.Members(scopeId))
            {
                var certain = graph.Outgoing(node, question with { Assumed = null })
                    .Where(one => one.IsCertain).Select(one => graph.flows[one.Flow.Id]).ToList();
                if (certain.Count > 1) yield return certain;
                if (node is not Activity host) continue;
                foreach (var boundary in graph.Interruptions(host).Where(one => !one.CancelActivity))
                    yield return [graph.Begun(boundary.Id), graph.Begun(node.Id)];
            }
        }

        bool Leads(string scopeId, int from, int to)
        {
            var reach = new Reach(graph.elements.Count);
            reach.Add(from, -1);
            for (var i = 0; i < reach.InOrder.Count && !reach[to]; i++)
            {
                foreach (var next in graph.NextInside(scopeId, reach.InOrder[i], Question.Nothing, null))
                {
                    // Behind a join of several tracks nothing runs beside them any more.
                    if (graph.IsEntered(next, reach)) reach.Add(next, reach.InOrder[i]);
                }
            }
            return reach[to];
        }

        /// <summary>The shortest way on to the end of the process, or to where no way leads back.</summary>
        List<int> ToTheEnd(List<int> starts)
        {
            var reach = new Reach(graph.elements.Count);
            foreach (var start in starts) reach.Add(start, -1);
            for (var i = 0; i < reach.InOrder.Count; i++)
            {
                var point = reach.InOrder[i];
                if (point == graph.Done(graph.process.Id)) return reach.PathTo(point);
                foreach (var next in graph.Next(point, question, null).Where(next => avoids[next]))
                    reach.Add(next, point);
            }
            var lost = reach.InOrder.FindIndex(point => !leadsThere[point] && graph.NodeAt(point) is not null);
            return reach.PathTo(reach.InOrder[lost >= 0 ? lost : reach.InOrder.Count - 1]);
        }
    }
}
