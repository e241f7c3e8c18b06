using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Workflows.Engine.Model;
using Workflows.Statute;

namespace Workflows.Tests.Statute;

/// <summary>One changed copy of a shipped procedure.</summary>
/// <param name="Counts">It breaks something that the catalogue names; otherwise it changes what an office may adapt.</param>
sealed record Mutant(string Process, string Kind, string Place, bool Counts, ImmutableSortedDictionary<string, string> Files);

/// <summary>
/// What the catalogue names for a procedure ("Never remove", statutory terms, general rules G1 to G12), written down
/// from the catalogue and not from the book.
/// </summary>
sealed record Named
{
    /// <summary>Steps that must stay and must not be passed by.</summary>
    public string[] Steps { get; init; } = [];

    /// <summary>Steps that must stay, and that have their place on some paths only.</summary>
    public string[] SomeSteps { get; init; } = [];

    /// <summary>Ways that must be taken when their condition is true: <c>gateway > target</c>.</summary>
    public string[] LeadTo { get; init; } = [];

    /// <summary>Ways that must not be taken unless their condition is true: <c>gateway > target</c>.</summary>
    public string[] KeepFrom { get; init; } = [];

    /// <summary>Forks of which every way is named.</summary>
    public string[] Forks { get; init; } = [];

    /// <summary>Steps whose performer the catalogue fixes.</summary>
    public string[] Roles { get; init; } = [];

    /// <summary>Terms of the office that may only become shorter; statutory ones are known by their kind.</summary>
    public string[] Terms { get; init; } = [];

    /// <summary>
    /// Fields by step: <c>register-report: receivedAt*, channel</c>; the value of one with an asterisk steers the
    /// procedure, so it must reach it.
    /// </summary>
    public string[] Fields { get; init; } = [];

    /// <summary>Rows without which a table would answer what the law forbids: <c>interview-term: 1, 2</c>.</summary>
    public string[] Rows { get; init; } = [];

    /// <summary>Rows whose answer is bound.</summary>
    public string[] Answers { get; init; } = [];

    /// <summary>Properties and variables: <c>step: name</c>.</summary>
    public string[] Properties { get; init; } = [];

    /// <summary>Event sub-processes that answer to what a family may do at any time.</summary>
    public string[] Events { get; init; } = [];
}

/// <summary>Makes mutants of the text of a shipped procedure, one change each.</summary>
sealed class MutantMaker
{
    readonly string name;
    readonly Named named;
    readonly Procedure shipped;
    readonly string xml;
    readonly XmlPlace root;
    readonly HashSet<string> fieldsOf = [];

    public MutantMaker(string name, Named named)
    {
        (this.name, this.named) = (name, named);
        shipped = ShippedBooks.Read(name);
        xml = shipped.Files["process.bpmn"];
        root = XmlText.Root(xml)!;
        foreach (var row in named.Fields)
        {
            var (step, keys) = Pair(row);
            foreach (var key in keys) fieldsOf.Add($"{step}: {key.TrimEnd('*')}");
        }
    }

    static (string Step, string[] Names) Pair(string row)
    {
        var at = row.IndexOf(':', StringComparison.Ordinal);
        return (row[..at].Trim(), row[(at + 1)..].Split(',', StringSplitOptions.TrimEntries));
    }

    public IEnumerable<Mutant> All() =>
        Steps().Concat(Flows()).Concat(Roles()).Concat(Terms()).Concat(Fields()).Concat(Tables()).Concat(Settings())
            .Concat(Adaptations());

    Mutant Of(string kind, string place, bool counts, string text) =>
        new(name, kind, place, counts, shipped.Files.SetItem("process.bpmn", text));

    // ---- text -------------------------------------------------------------------------------------------------

    XmlPlace Place(string id) => root.Child("process")!.Descendants().First(place => place.Attribute("id") == id);

    static string Replaced(string text, Span place, string by) =>
        string.Concat(text.AsSpan(0, place.Start), by, text.AsSpan(place.End));

    /// <summary>Several places of the original text at once.</summary>
    string Edited(params IEnumerable<(Span Place, string By)> edits) => edits.DistinctBy(edit => edit.Place)
        .OrderByDescending(edit => edit.Place.Start).Aggregate(xml, (text, edit) => Replaced(text, edit.Place, edit.By));

    static Span Attribute(XmlPlace place, string attribute) => place.Attributes.First(one => one.Name == attribute).Place;

    // ---- steps ------------------------------------------------------------------------------------------------

    IEnumerable<Mutant> Steps()
    {
        foreach (var node in shipped.Definition.Nodes.Values.OfType<Activity>().OrderBy(node => node.Id, StringComparer.Ordinal))
        {
            if (node is SubProcess { TriggeredByEvent: true })
            {
                yield return Of("event sub-process removed", node.Id, named.Events.Contains(node.Id), Edited((Place(node.Id).All, "")));
                continue;
            }
            var mustStay = named.Steps.Contains(node.Id) || named.SomeSteps.Contains(node.Id);
            // A sub-process that only groups is no step of its own; what it holds is.
            if (node is SubProcess && !mustStay) continue;
            if (Without(node) is { } text && (mustStay || IsFree(node))) yield return Of("step deleted", node.Id, mustStay, text);
            if (named.Steps.Contains(node.Id) && PassedBy(node) is { } passed) yield return Of("step passed by", node.Id, true, passed);
        }
    }

    /// <summary>Nothing the catalogue names hangs on the step: no field, role or value.</summary>
    bool IsFree(Activity node) => node is UserTask && !named.Roles.Contains(node.Id)
        && !named.Fields.Concat(named.Properties).Any(row => Pair(row).Step == node.Id)
        && node.Property("deadline.kind") is not ("STAT" or "COURT");

    /// <summary>As the editor deletes: the flows before it lead on to what came after it.</summary>
    string? Without(Activity node)
    {
        if (node.Outgoing.Length != 1 || node.Incoming.IsEmpty) return null;
        var edits = new List<(Span, string)> { (Place(node.Id).All, ""), (Place(node.Outgoing[0].Id).All, "") };
        edits.AddRange(node.Incoming.Select(flow => (Attribute(Place(flow.Id), "targetRef"), node.Outgoing[0].TargetId)));
        foreach (var boundary in node.BoundaryEvents)
        {
            edits.Add((Place(boundary.Id).All, ""));
            edits.AddRange(boundary.Outgoing.Select(flow => (Place(flow.Id).All, "")));
        }
        return Edited(edits);
    }

    /// <summary>The step stays, but the first way to it leads past it.</summary>
    string? PassedBy(Activity node) => node.Outgoing.Length == 1 && node.Incoming is [var first, ..]
        ? Edited((Attribute(Place(first.Id), "targetRef"), node.Outgoing[0].TargetId))
        : null;

    // ---- flows ------------------------------------------------------------------------------------------------

    IEnumerable<Mutant> Flows()
    {
        foreach (var gateway in shipped.Definition.Nodes.Values.OfType<ExclusiveGateway>().OrderBy(node => node.Id, StringComparer.Ordinal))
        {
            bool Leads(SequenceFlow flow) => named.LeadTo.Contains($"{gateway.Id} > {flow.TargetId}");
            bool Keeps(SequenceFlow flow) => named.KeepFrom.Contains($"{gateway.Id} > {flow.TargetId}");
            foreach (var flow in gateway.Outgoing.Where(flow => flow.Condition is not null))
            {
                var written = Place(flow.Id).Child("conditionExpression")!.Inner;
                if (Keeps(flow)) yield return Of("condition dropped", flow.Id, true, Edited((written, "=true")));
                if (Leads(flow)) yield return Of("condition never true", flow.Id, true, Edited((written, "=false")));
                if (Keeps(flow) || Leads(flow))
                    yield return Of("condition turned round", flow.Id, true,
                        Edited((written, $"=not({xml[written.Start..written.End].TrimStart('=')})")));
            }
            for (var i = 1; i < gateway.Outgoing.Length; i++)
            {
                var (one, other) = (gateway.Outgoing[i - 1], gateway.Outgoing[i]);
                if (!Leads(one) && !Keeps(one) && !Leads(other) && !Keeps(other)) continue;
                yield return Of("flows exchanged", $"{one.Id}, {other.Id}", true, Edited(
                    (Attribute(Place(one.Id), "targetRef"), other.TargetId), (Attribute(Place(other.Id), "targetRef"), one.TargetId)));
            }
        }
        foreach (var flow in named.Forks.SelectMany(fork => shipped.Definition.Node(fork).Outgoing))
            yield return Of("way of a fork dropped", flow.Id, true, Edited((Place(flow.Id).All, "")));
        foreach (var boundary in shipped.Definition.Nodes.Values.OfType<BoundaryEvent>().OrderBy(node => node.Id, StringComparer.Ordinal))
        {
            yield return Of("boundary event removed", boundary.Id, false, Edited(
                boundary.Outgoing.Select(flow => (Place(flow.Id).All, "")).Prepend((Place(boundary.Id).All, ""))));
        }
    }

    // ---- persons and terms ------------------------------------------------------------------------------------

    IEnumerable<Mutant> Roles()
    {
        foreach (var task in Tasks())
        {
            var counts = named.Roles.Contains(task.Id);
            if (Extension(task.Id, "assignmentDefinition") is not { } place) continue;
            if (place.Attributes.Any(one => one.Name == "candidateGroups"))
            {
                yield return Of("role changed", task.Id, counts, Edited((Attribute(place, "candidateGroups"), "archivist")));
                var more = Attribute(place, "candidateGroups");
                yield return Of("role added", task.Id, counts, Edited((more, xml[more.Start..more.End] + ", archivist")));
            }
            if (!counts) continue;
            yield return Of("role removed", task.Id, true, Edited((place.All, "")));
            yield return Of("person named", task.Id, true, Edited((place.All, "<zeebe:assignmentDefinition assignee=\"jan\" />")));
        }
    }

    IEnumerable<UserTask> Tasks() =>
        shipped.Definition.Nodes.Values.OfType<UserTask>().OrderBy(task => task.Id, StringComparer.Ordinal);

    XmlPlace? Extension(string id, string localName) => Place(id).Child("extensionElements")?.Child(localName);

    static readonly Regex Amount = new("""(?<=deadline\([^"]*, )\d+(?=, ")|(?<=PT)\d+(?=H)""");

    IEnumerable<Mutant> Terms()
    {
        foreach (var task in Tasks())
        {
            var isBound = task.Property("deadline.kind") is "STAT" or "COURT";
            if (Extension(task.Id, "taskSchedule") is not { } place) continue;
            var due = task.DueDate!.Text;
            if (Stretched(due) is { } longer)
                yield return Of("term stretched", task.Id, isBound || named.Terms.Contains(task.Id),
                    Edited((Attribute(place, "dueDate"), XmlText.Encoded(longer))));
            if (!isBound) continue;
            yield return Of("term removed", task.Id, true, Edited((place.All, "")));
            yield return Of("term from another day", task.Id, true,
                Edited((Attribute(place, "dueDate"), XmlText.Encoded(due.Replace(FromOf(due), "someDay", StringComparison.Ordinal)))));
            if (due.Contains("\"none\"", StringComparison.Ordinal))
                yield return Of("term moved off holidays", task.Id, true, Edited((Attribute(place, "dueDate"),
                    XmlText.Encoded(due.Replace("\"none\"", "\"forward\"", StringComparison.Ordinal)))));
            yield return Of("term called one of the office", task.Id, true, Edited((Attribute(
                Extension(task.Id, "properties")!.Children.First(one => one.Attribute("name") == "deadline.kind"), "value"), "HOUSE")));
        }
        foreach (var row in named.Properties.Where(row => row.StartsWith("timer ", StringComparison.Ordinal)))
        {
            var text = Place(row[6..].Split(':')[0]).Children.First(one => one.LocalName == "timerEventDefinition").Children[0].Inner;
            var longer = xml[text.Start..text.End].Replace(", 6, ", ", 7, ", StringComparison.Ordinal);
            yield return Of("timer stretched", row[6..], true, Edited((text, longer)));
        }
    }

    static string FromOf(string due)
    {
        var match = Regex.Match(due, @"receivedAt|lastAssessmentAt|removedAt|candidateOn|courtTermOn|now\(\)");
        return match.Value;
    }

    static string? Stretched(string due)
    {
        if (Amount.IsMatch(due)) return Amount.Replace(due, one => (int.Parse(one.Value) * 3 + 1).ToString());
        return due.Contains("interviewTerm.amount", StringComparison.Ordinal)
            ? due.Replace("interviewTerm.amount", "interviewTerm.amount + 10", StringComparison.Ordinal)
            : null;
    }

    // ---- forms ------------------------------------------------------------------------------------------------

    IEnumerable<Mutant> Fields()
    {
        foreach (var tasks in Tasks().GroupBy(task => task.FormId?.Text ?? "", StringComparer.Ordinal))
        {
            if (!shipped.FileOf.TryGetValue(Procedure.FormKey(tasks.Key), out var file)) continue;
            var form = JsonText.Root(shipped.Files[file])!;
            // One form may belong to two steps; a field counts where one of them needs it.
            var keys = tasks.SelectMany(task => fieldsOf.Where(one => one.StartsWith(task.Id + ": ", StringComparison.Ordinal))
                .Select(one => one[(task.Id.Length + 2)..])).ToHashSet();
            var steering = named.Fields.Where(row => tasks.Any(task => task.Id == Pair(row).Step))
                .SelectMany(row => Pair(row).Names).Where(key => key.EndsWith('*')).ToHashSet();
            var places = KeysOf(form, "").ToList();
            foreach (var (key, place) in places.Where(one => keys.Contains(one.Key)))
            {
                foreach (var mutant in FieldMutants(file, form, key, place, steering.Contains(key + "*"))) yield return mutant;
            }
            foreach (var mutant in OtherFields(file, form, [.. places.Where(one => !IsNeeded(one.Key, keys)).Select(one => one.Place)]))
                yield return mutant;
        }
    }

    /// <summary>The field or something in it is named.</summary>
    static bool IsNeeded(string key, HashSet<string> keys) =>
        keys.Any(one => one == key || one.StartsWith(key + ".", StringComparison.Ordinal));

    IEnumerable<Mutant> FieldMutants(string file, JsonPlace form, string key, JsonPlace place, bool steers)
    {
        var text = shipped.Files[file];
        Mutant With(string kind, string changed) => new(name, kind, $"{file}: {key}", true, shipped.Files.SetItem(file, changed));
        if (Removed(text, form, place) is { } without) yield return With("field removed", without);
        if (place["validate"]?["required"] is { } required) yield return With("field no longer required", Replaced(text, required.All, "false"));
        if (steers && place["properties"]?["process"] is { } process)
            yield return With("field no longer steers", Replaced(text, process.All, "\"false\""));
        if (place["conditional"] is null)
            yield return With("field hidden", text.Insert(place.All.Start + 1, "\"conditional\": {\"hide\": \"=true\"},"));
    }

    /// <summary>All the others of a form at once: one false alarm would show.</summary>
    IEnumerable<Mutant> OtherFields(string file, JsonPlace form, List<JsonPlace> others)
    {
        var text = shipped.Files[file];
        Mutant With(string kind, string changed) => new(name, kind, file, false, shipped.Files.SetItem(file, changed));
        var outer = others.Where(one => form["components"]!.Items.Contains(one)).OrderByDescending(one => one.All.Start);
        var removed = outer.Aggregate(text, (now, one) => Removed(now, JsonText.Root(now)!, Again(now, one)) ?? now);
        if (removed != text) yield return With("all other fields removed", removed);
        var optional = others.Select(one => one["validate"]?["required"]).OfType<JsonPlace>().Select(one => one.All).Distinct()
            .OrderByDescending(one => one.Start).Aggregate(text, (now, place) => Replaced(now, place, "false"));
        if (optional != text) yield return With("all other fields optional", optional);
    }

    /// <summary>A component before the changed places stands where it stood.</summary>
    static JsonPlace Again(string text, JsonPlace place) =>
        JsonText.Root(text)!["components"]!.Items.First(item => item.All.Start == place.All.Start);

    static IEnumerable<(string Key, JsonPlace Place)> KeysOf(JsonPlace holder, string prefix)
    {
        foreach (var item in holder["components"]?.Items ?? [])
        {
            var own = item["key"]?.Text ?? item["path"]?.Text ?? "";
            var key = own.Length == 0 ? prefix.TrimEnd('.') : prefix + own;
            if (own.Length > 0) yield return (key, item);
            foreach (var inner in KeysOf(item, key.Length == 0 ? "" : key + ".")) yield return inner;
        }
    }

    static string? Removed(string text, JsonPlace form, JsonPlace place)
    {
        var list = ListOf(form, place);
        if (list is null || list.Items.Length < 2) return null;
        var index = list.Items.IndexOf(place);
        var (start, end) = index == 0
            ? (place.All.Start, list.Items[1].All.Start)
            : (list.Items[index - 1].All.End, place.All.End);
        return text.Remove(start, end - start);
    }

    static JsonPlace? ListOf(JsonPlace holder, JsonPlace place)
    {
        if (holder["components"] is not { } list) return null;
        return list.Items.Contains(place) ? list : list.Items.Select(item => ListOf(item, place)).FirstOrDefault(found => found is not null);
    }

    // ---- tables -----------------------------------------------------------------------------------------------

    IEnumerable<Mutant> Tables()
    {
        foreach (var decision in shipped.Decisions.Keys.Order(StringComparer.Ordinal))
        {
            var file = shipped.FileOf[Procedure.DecisionKey(decision)];
            var text = shipped.Files[file];
            var number = 0;
            foreach (var row in XmlText.Root(text)!.Child("decision")!.Child("decisionTable")!.ChildrenOf("rule"))
            {
                var id = row.Attribute("id")!;
                number++;
                yield return new(name, "row dropped", $"{file}: {id}", Names(named.Rows, decision, number),
                    shipped.Files.SetItem(file, Replaced(text, row.All, "")));
                if (!Names(named.Answers, decision, number)) continue;
                var answer = row.Child("outputEntry")!.Child("text")!.Inner;
                var other = text[answer.Start..answer.End] switch
                {
                    "true" => "false",
                    "false" => "true",
                    var written when int.TryParse(written, out var amount) => (amount * 3).ToString(),
                    _ => "\"elsewhere\"",
                };
                yield return new(name, "answer changed", $"{file}: {id}", true, shipped.Files.SetItem(file, Replaced(text, answer, other)));
            }
        }
    }

    static bool Names(string[] rows, string decision, int number) =>
        rows.Any(row => Pair(row).Step == decision && Pair(row).Names.Contains(number.ToString()));

    // ---- settings ---------------------------------------------------------------------------------------------

    IEnumerable<Mutant> Settings()
    {
        foreach (var node in shipped.Definition.Nodes.Values.OrderBy(node => node.Id, StringComparer.Ordinal))
        {
            var mustStay = named.Steps.Contains(node.Id) || named.SomeSteps.Contains(node.Id);
            if (mustStay && node is ServiceTask { Job.Headers: var headers } && headers.ContainsKey("processId"))
            {
                var header = Extension(node.Id, "taskHeaders")!.Children.First(one => one.Attribute("key") == "processId");
                yield return Of("another procedure started", node.Id, true, Edited((Attribute(header, "value"), "delivery-problem")));
            }
            if (mustStay && node is CallActivity)
                yield return Of("another procedure called", node.Id, true,
                    Edited((Attribute(Extension(node.Id, "calledElement")!, "processId"), "delivery-problem")));
            if (node.Property("notSamePersonAs") is not null)
                yield return Of("two persons dropped", node.Id, true, Edited((PropertyOf(node.Id, "notSamePersonAs").All, "")));
            if (named.Events.Contains(node.ScopeId) && node is StartEvent)
            {
                yield return Of("event interrupts no more", node.Id, true,
                    Edited((new Span(Place(node.Id).Open.Start + 16, Place(node.Id).Open.Start + 16), " isInterrupting=\"false\"")));
            }
        }
        foreach (var row in named.Properties.Where(row => !row.StartsWith("timer ", StringComparison.Ordinal)))
        {
            var (step, names) = Pair(row);
            foreach (var mutant in names.Select(one => Setting(step, one))) yield return mutant;
        }
    }

    XmlPlace PropertyOf(string id, string property) => (id == shipped.ProcessId ? root.Child("process")! : Place(id))
        .Child("extensionElements")!.Child("properties")!.Children.First(one => one.Attribute("name") == property);

    /// <summary>A property dropped, or a variable given another value.</summary>
    Mutant Setting(string step, string variable)
    {
        if (step == shipped.ProcessId) return Of("property dropped", $"{step}: {variable}", true, Edited((PropertyOf(step, variable).All, "")));
        if (shipped.Definition.Nodes[step].Property(variable) is not null)
            return Of("property dropped", $"{step}: {variable}", true, Edited((PropertyOf(step, variable).All, "")));
        var mapped = Extension(step, "ioMapping")?.Children.FirstOrDefault(one => one.LocalName == "output" && one.Attribute("target") == variable);
        var value = Extension(step, "script") is { } script && script.Attribute("resultVariable") == variable
            ? Attribute(script, "expression")
            : Attribute(mapped!, "source");
        return Of("value changed", $"{step}: {variable}", true, Edited((value, "=null")));
    }

    // ---- what an office may do --------------------------------------------------------------------------------

    IEnumerable<Mutant> Adaptations()
    {
        foreach (var task in Tasks())
        {
            yield return Of("step renamed", task.Id, false, Edited((Attribute(Place(task.Id), "name"), "Inna nazwa")));
            if (task.Reminders is not null)
                yield return Of("reminders changed", task.Id, false, Edited((Attribute(PropertyOf(task.Id, "reminders"), "value"), "-1wd,0")));
            if (WithStepBefore(task) is { } text) yield return Of("step added before", task.Id, false, text);
        }
    }

    /// <summary>An extra step of the office in front of a step; in front of what is due at once that is no adaptation.</summary>
    string? WithStepBefore(UserTask task)
    {
        if (task.Incoming.Length != 1 || name == "child-safety-intervention") return null;
        var flow = task.Incoming[0];
        var end = Place(flow.Id).All.End;
        var added = $"""
            <bpmn:userTask id="added-step" name="Krok ośrodka"><bpmn:extensionElements><zeebe:userTask />
            <zeebe:assignmentDefinition candidateGroups="head" /></bpmn:extensionElements></bpmn:userTask>
            <bpmn:sequenceFlow id="added-flow" sourceRef="added-step" targetRef="{task.Id}" />
            """;
        return Edited((Attribute(Place(flow.Id), "targetRef"), "added-step"), (new Span(end, end), added));
    }
}
