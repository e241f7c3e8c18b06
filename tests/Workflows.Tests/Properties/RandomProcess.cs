using System.Globalization;
using System.Text;
using Workflows.Tests.Support;

namespace Workflows.Tests.Properties;

/// <summary>
/// A block-structured process made from a seed: sequences, choices, forks, loops, sub-processes, multi-instance,
/// boundary events, event sub-processes and calls around tasks and catch events. Each block has one way in and one way
/// out, so every legal path ends.
/// </summary>
public sealed class RandomProcess
{
    const int DepthMax = 4;

    readonly Random random;
    readonly StringBuilder messages = new();
    int ordinal;

    public RandomProcess(int seed)
    {
        random = new Random(seed);
        Main = Process("p", DepthMax);
        Child = Process("child", depth: 1);
    }

    public (string Elements, string Flows) Main { get; }

    public (string Elements, string Flows) Child { get; }

    public string Messages => messages.ToString();

    (string, string) Process(string id, int depth)
    {
        var scope = new Scope();
        var block = Block(scope, depth);
        scope.Add($"""<startEvent id="{id}_s"/><endEvent id="{id}_e"/>""");
        scope.Flow($"{id}_s", block.In);
        scope.Flow(block.Out, $"{id}_e");
        return (scope.Elements.ToString(), scope.Flows.ToString());
    }

    string Id(string kind) => $"{kind}{(++ordinal).ToString(CultureInfo.InvariantCulture)}";

    (string In, string Out) Block(Scope scope, int depth) => depth == 0
        ? Leaf(scope)
        : random.Next(10) switch
        {
            0 or 1 => Leaf(scope),
            2 or 3 => Sequence(scope, depth),
            4 => Choice(scope, depth),
            5 => Fork(scope, depth),
            6 => SubProcess(scope, depth),
            7 => Loop(scope, depth),
            8 => Race(scope, depth),
            _ => depth == DepthMax ? Call(scope) : Sequence(scope, depth),
        };

    (string, string) Leaf(Scope scope)
    {
        var kind = random.Next(8);
        var id = Id(kind switch { 0 => "user", 1 => "job", 2 => "script", 3 => "timer", 4 => "message", 5 => "multi", 6 => "guarded", _ => "pass" });
        scope.Add(kind switch
        {
            0 => $"""<userTask id="{id}"/>""",
            1 => $"""<serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements></serviceTask>""",
            2 => $"""<scriptTask id="{id}"><extensionElements><zeebe:script expression="=x + 1" resultVariable="x"/></extensionElements></scriptTask>""",
            3 => $"""<intermediateCatchEvent id="{id}"><timerEventDefinition><timeDuration>PT{random.Next(1, 50)}H</timeDuration></timerEventDefinition></intermediateCatchEvent>""",
            4 => $"""<intermediateCatchEvent id="{id}"><messageEventDefinition messageRef="{Message()}"/></intermediateCatchEvent>""",
            5 => MultiInstance(id),
            6 => $"""<userTask id="{id}"/>""",
            _ => $"""<task id="{id}"/>""",
        });
        if (kind == 6) return Guarded(scope, id);
        return (id, id);
    }

    string MultiInstance(string id) => $"""
        <userTask id="{id}"><multiInstanceLoopCharacteristics isSequential="{(random.Next(2) == 0 ? "true" : "false")}"><extensionElements>
          <zeebe:loopCharacteristics inputCollection="=for i in 1..{random.Next(1, 4)} return i" inputElement="item" outputCollection="all" outputElement="=item"/>
        </extensionElements></multiInstanceLoopCharacteristics></userTask>
        """;

    // A task with a timer at its border, interrupting or not; both ways meet again.
    (string, string) Guarded(Scope scope, string id)
    {
        var (boundary, merge, after) = (Id("boundary"), Id("merge"), Id("after"));
        var interrupting = random.Next(2) == 0;
        scope.Add($"""
            <boundaryEvent id="{boundary}" attachedToRef="{id}" cancelActivity="{(interrupting ? "true" : "false")}"><timerEventDefinition><timeDuration>PT{random.Next(1, 30)}H</timeDuration></timerEventDefinition></boundaryEvent>
            <exclusiveGateway id="{merge}"/><userTask id="{after}"/>
            """);
        scope.Flow(id, merge);
        scope.Flow(boundary, after);
        if (interrupting) scope.Flow(after, merge);
        return (id, merge);
    }

    string Message()
    {
        var id = Id("msg");
        messages.Append($"""<message id="{id}" name="{id}"><extensionElements><zeebe:subscription correlationKey="=caseNo"/></extensionElements></message>""");
        return id;
    }

    (string, string) Sequence(Scope scope, int depth)
    {
        var (first, second) = (Block(scope, depth - 1), Block(scope, depth - 1));
        scope.Flow(first.Out, second.In);
        return (first.In, second.Out);
    }

    (string, string) Choice(Scope scope, int depth)
    {
        var (split, merge) = (Id("choice"), Id("merge"));
        var (left, right) = (Block(scope, depth - 1), Block(scope, depth - 1));
        scope.Add($"""<exclusiveGateway id="{split}"/><exclusiveGateway id="{merge}"/>""");
        scope.Flow(split, left.In, "modulo(x, 2) = 0");
        scope.Flow(split, right.In, "modulo(x, 2) != 0");
        scope.Flow(left.Out, merge);
        scope.Flow(right.Out, merge);
        return (split, merge);
    }

    (string, string) Fork(Scope scope, int depth)
    {
        var (split, join) = (Id("fork"), Id("join"));
        scope.Add($"""<parallelGateway id="{split}"/><parallelGateway id="{join}"/>""");
        for (var i = 0; i < random.Next(2, 4); i++)
        {
            // A non-interrupting guard would leave its extra token running beside the join, which is legal.
            var branch = Block(scope, depth - 1);
            scope.Flow(split, branch.In);
            scope.Flow(branch.Out, join);
        }
        return (split, join);
    }

    (string, string) SubProcess(Scope scope, int depth)
    {
        var (id, start, end) = (Id("sub"), Id("start"), Id("end"));
        var inside = new Scope();
        var block = Block(inside, depth - 1);
        inside.Add($"""<startEvent id="{start}"/><endEvent id="{end}"/>""");
        inside.Flow(start, block.In);
        inside.Flow(block.Out, end);
        if (random.Next(2) == 0) EventSubProcess(inside);
        scope.Add($"""<subProcess id="{id}">{inside.Elements}{Sim.Flows(inside.Flows.ToString())}</subProcess>""");
        return (id, id);
    }

    void EventSubProcess(Scope scope)
    {
        var (id, start, task) = (Id("handler"), Id("start"), Id("handle"));
        var timer = $"<timerEventDefinition><timeDuration>PT{random.Next(1, 40)}H</timeDuration></timerEventDefinition>";
        var message = $"""<messageEventDefinition messageRef="{Message()}"/>""";
        scope.Add($"""
            <subProcess id="{id}" triggeredByEvent="true">
              <startEvent id="{start}" isInterrupting="{(random.Next(2) == 0 ? "true" : "false")}">{(random.Next(2) == 0 ? timer : message)}</startEvent>
              <userTask id="{task}"/>{Sim.Flows($"{start}->{task}")}
            </subProcess>
            """);
    }

    // Goes round at most twice: the script counts.
    (string, string) Loop(Scope scope, int depth)
    {
        var (merge, split, count) = (Id("again"), Id("done"), Id("count"));
        var block = Block(scope, depth - 1);
        scope.Add($"""
            <exclusiveGateway id="{merge}"/><exclusiveGateway id="{split}"/><task id="{split}out"/>
            <scriptTask id="{count}"><extensionElements><zeebe:script expression="=(if {count} = null then 0 else {count}) + 1" resultVariable="{count}"/></extensionElements></scriptTask>
            """);
        scope.Flow(merge, block.In);
        scope.Flow(block.Out, count);
        scope.Flow(count, split);
        scope.Flow(split, merge, $"{count} < 2");
        scope.Flow(split, $"{split}out", $"{count} >= 2");
        return (merge, $"{split}out");
    }

    (string, string) Race(Scope scope, int depth)
    {
        var (gateway, timer, message, merge) = (Id("race"), Id("timer"), Id("message"), Id("merge"));
        var after = Block(scope, depth - 1);
        scope.Add($"""
            <eventBasedGateway id="{gateway}"/><exclusiveGateway id="{merge}"/>
            <intermediateCatchEvent id="{timer}"><timerEventDefinition><timeDuration>PT5H</timeDuration></timerEventDefinition></intermediateCatchEvent>
            <intermediateCatchEvent id="{message}"><messageEventDefinition messageRef="{Message()}"/></intermediateCatchEvent>
            """);
        scope.Flow(gateway, timer);
        scope.Flow(gateway, message);
        scope.Flow(timer, merge);
        scope.Flow(message, after.In);
        scope.Flow(after.Out, merge);
        return (gateway, merge);
    }

    (string, string) Call(Scope scope)
    {
        var id = Id("call");
        scope.Add($"""<callActivity id="{id}"><extensionElements><zeebe:calledElement processId="child"/></extensionElements></callActivity>""");
        return (id, id);
    }

    sealed class Scope
    {
        public StringBuilder Elements { get; } = new();
        public StringBuilder Flows { get; } = new();

        public void Add(string xml) => Elements.Append(xml);

        public void Flow(string from, string to, string? condition = null) =>
            Flows.Append(condition is null ? $"{from}->{to};" : $"{from}->{to}[{condition}];");
    }
}
