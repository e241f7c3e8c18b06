using System.Collections.Immutable;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Tests.Support;

/// <summary>
/// A process written as BPMN elements plus a line of flows, run in a simulation; prints its story on failure.
/// </summary>
public sealed partial class Sim
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    public static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");

    public Simulation Simulation { get; } = new(Start, Warsaw, BusinessCalendar.Poland);

    /// <summary>The instance started last by <see cref="Run"/>.</summary>
    public long Key { get; private set; }

    public ProcessInstance Instance => Simulation.Instances[Key];

    /// <param name="elements">BPMN elements without flows; <c>zeebe:</c> is declared.</param>
    /// <param name="flows">Such as <c>s->g; g->a[x > 1]; g->b</c>; a chain <c>a->b->c</c> is two flows.</param>
    public static Sim Of(string elements, string flows, string more = "", string processId = "p") =>
        new Sim().With(elements, flows, more, processId);

    public Sim With(string elements, string flows, string more = "", string processId = "p")
    {
        foreach (var definition in Read(Xml(elements, flows, more, processId)).Processes) Simulation.Deploy(definition);
        return this;
    }

    public static BpmnReadResult Read(string xml)
    {
        var read = BpmnReader.Read(Encoding.UTF8.GetBytes(xml));
        Assert.True(
            read.Problems.All(p => p.Severity != ProblemSeverity.Error),
            string.Join('\n', read.Problems.Select(p => $"{p.ElementId}: {p.Message}")));
        return read;
    }

    public static string Xml(string elements, string flows, string more = "", string processId = "p") => $"""
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          {more}
          <process id="{processId}" isExecutable="true">
            {elements}
            {Flows(flows)}
          </process>
        </definitions>
        """;

    /// <summary>The flows as XML, for the inside of a sub-process.</summary>
    public static string Flows(string flows)
    {
        var xml = new StringBuilder();
        var ordinal = 0;
        foreach (var chain in flows.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var nodes = chain.Split("->").Select(n => n.Trim()).ToArray();
            for (var i = 0; i + 1 < nodes.Length; i++)
            {
                var condition = Condition().Match(nodes[i + 1]);
                var target = condition.Success ? condition.Groups[1].Value : nodes[i + 1];
                nodes[i + 1] = target;
                xml.Append($"<sequenceFlow id=\"f_{nodes[i]}_{target}_{ordinal++}\" sourceRef=\"{nodes[i]}\" targetRef=\"{target}\">");
                if (condition.Success)
                    xml.Append($"<conditionExpression>={SecurityElement.Escape(condition.Groups[2].Value)}</conditionExpression>");
                xml.Append("</sequenceFlow>");
            }
        }
        return xml.ToString();
    }

    [GeneratedRegex(@"^([\w-]+)\s*\[(.*)\]$")]
    private static partial Regex Condition();

    // ---- acts -----------------------------------------------------------------------------------------------------

    public Sim Run(string variables = "{}", string processId = "p")
    {
        var before = Simulation.Instances.Keys.ToHashSet();
        var result = Simulation.Start(processId, Values(variables));
        Assert.True(result is StepResult.Accepted, result.ToString());
        Key = Simulation.Instances.Keys.First(k => !before.Contains(k));
        return this;
    }

    public StepResult Do(Command command, string actor = "tester") => Simulation.Execute(Key, command, actor);

    public Sim Complete(string elementId, string variables = "{}", string actor = "tester")
    {
        var (instance, task) = OpenTasks().First(t => t.Task.ElementId == elementId);
        var result = Simulation.Execute(instance, new CompleteUserTask(task.Key, Values(variables)), actor);
        Assert.True(result is StepResult.Accepted, $"{result}\n{Story}");
        return this;
    }

    public Sim CompleteJob(string elementId, string variables = "{}")
    {
        var (instance, job) = OpenJobs().First(j => j.Job.ElementId == elementId);
        Assert.IsType<StepResult.Accepted>(Simulation.Execute(instance, new CompleteJob(job.Key, Values(variables))));
        return this;
    }

    public Sim Advance(string duration)
    {
        Simulation.AdvanceTo(TimerSchedule.ParseDuration(duration).Value!.AddTo(Simulation.Now, Warsaw));
        return this;
    }

    public bool Publish(string name, string? key = null, string variables = "{}") =>
        Simulation.Publish(name, key, Values(variables));

    public static ImmutableArray<VariableValue> Values(string json) => FeelJson.Read(json) is FeelContext context
        ? [.. context.Entries.Select(e => new VariableValue(e.Key, FeelJson.Write(e.Value)))]
        : throw new ArgumentException("Expected a JSON object.", nameof(json));

    // ---- what holds -----------------------------------------------------------------------------------------------

    public IEnumerable<(long Instance, UserTaskInstance Task)> OpenTasks() => Simulation.Instances.Values
        .SelectMany(i => i.UserTasks.Values.Select(t => (i.Key, t)));

    public IEnumerable<(long Instance, Job Job)> OpenJobs() => Simulation.Instances.Values
        .SelectMany(i => i.Jobs.Values.Select(j => (i.Key, j)));

    /// <summary>Ids of the open user tasks of all instances, sorted, joined by blanks.</summary>
    public string Tasks => string.Join(' ', OpenTasks().Select(t => t.Task.ElementId).Order(StringComparer.Ordinal));

    /// <summary>
    /// Ids of the completed elements of the instance, in order, joined by blanks; the process itself left out.
    /// </summary>
    public string Completed => string.Join(' ', Simulation.History
        .Where(h => h.InstanceKey == Key).Select(h => h.Event).OfType<ElementCompleted>()
        .Where(e => e.Key != Key).Select(e => e.ElementId));

    public bool Ended => Instance.State != InstanceState.Active;

    public Incident Incident => Assert.Single(Simulation.Instances.Values.SelectMany(i => i.Incidents.Values));

    /// <summary>The last value of a process variable, also after the end; null when it was never set.</summary>
    public string? Variable(string name) => Simulation.History
        .Where(h => h.InstanceKey == Key).Select(h => h.Event).OfType<VariableSet>()
        .LastOrDefault(v => v.ScopeKey == Key && v.Name == name)?.Value;

    /// <summary>What the history of an instance brought from outside, as a backtest reads it.</summary>
    public RecordedFacts Facts(long key) => RecordedFacts.Of(
        Simulation.History.Where(h => h.InstanceKey == key).GroupBy(h => h.Step).Select(step => new RecordedStep(
            step.First().At, step.First().Actor, [.. step.Select(h => h.Event)])),
        Simulation.DefinitionOf(Simulation.Instances[key]));

    public string Story => string.Join('\n', Simulation.History.Select(h => $"{h.At:O} {h.InstanceKey} {h.Event}"));
}
