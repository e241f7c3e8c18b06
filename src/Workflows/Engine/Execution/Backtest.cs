using System.Collections.Immutable;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>
/// What would have become of a closed case under a changed definition: its recorded facts replayed by the interpreter,
/// and the difference to what happened.
/// </summary>
public static class Backtest
{
    /// <summary>The definition driven over the facts of one run.</summary>
    public static ReplayResult Play(RecordedFacts facts, Release edited) => new Replay(facts, edited).Run();

    /// <summary>Replays one closed case and compares.</summary>
    /// <param name="before">The definition the case ran on.</param>
    public static CaseDifference Compare(RecordedFacts facts, ProcessDefinition before, Release edited)
    {
        var replay = Play(facts, edited);
        var terms = Terms(facts.Trace, replay.Trace);
        return new CaseDifference(
            Turn(facts.Trace.Path, replay, before, edited.Definition),
            Approvals(facts.Trace, replay, before, edited.Definition), terms, replay.Unfinished);
    }

    // ---- the way --------------------------------------------------------------------------------------------------

    /// <summary>
    /// Where the ways part: null where they do not. A replay that stopped on the way so far has taken no other one.
    /// </summary>
    static PathTurn? Turn(
        ImmutableArray<string> was, ReplayResult replay, ProcessDefinition before, ProcessDefinition edited)
    {
        var now = replay.Trace.Path;
        var at = 0;
        while (at < was.Length && at < now.Length && was[at] == now[at]) at++;
        if (at == now.Length && (at == was.Length || replay.Unfinished is not null)) return null;
        return new PathTurn(
            at < now.Length ? now[at] : was[at], LastNamed(was.Take(at), before), FirstNamed(was.Skip(at), before),
            FirstNamed(now.Skip(at), edited));
    }

    static string? FirstNamed(IEnumerable<string> path, ProcessDefinition definition) =>
        path.Select(id => NameOf(definition, id)).FirstOrDefault(name => name is not null);

    static string? LastNamed(IEnumerable<string> path, ProcessDefinition definition) =>
        path.Select(id => NameOf(definition, id)).LastOrDefault(name => name is not null);

    // A gateway is no step for a person, even when it has a question for its name.
    static string? NameOf(ProcessDefinition definition, string id) => definition.Nodes.GetValueOrDefault(id) switch
    {
        null or ExclusiveGateway or ParallelGateway or EventBasedGateway => null,
        var node => node.Name,
    };

    // ---- approvals ------------------------------------------------------------------------------------------------

    /// <summary>
    /// A step that is a decision of its own (property <c>approval</c>) or must be another person's
    /// (<c>notSamePersonAs</c>).
    /// </summary>
    public static bool IsApproval(FlowNode? node) =>
        node is UserTask && (node.Property("approval") ?? node.Property("notSamePersonAs")) is not null;

    static ImmutableArray<LostApproval> Approvals(
        RunTrace was, ReplayResult replay, ProcessDefinition before, ProcessDefinition edited)
    {
        var lost = ImmutableArray.CreateBuilder<LostApproval>();
        foreach (var task in was.Tasks.Where(
            one => one.IsAnswered && IsApproval(before.Nodes.GetValueOrDefault(one.Place.ElementId))))
        {
            var (id, node) = (task.Place.ElementId, edited.Nodes.GetValueOrDefault(task.Place.ElementId));
            var now = replay.Trace.Tasks.FirstOrDefault(one => one.Place == task.Place);
            if (now is not { IsAnswered: true })
            {
                // What the replay did not reach is not known, unless there is no such step any more.
                if (replay.Unfinished is null || node is not UserTask)
                    lost.Add(new(id, task.Name, ApprovalLoss.Skipped, task.Groups, []));
            }
            else if (!task.Groups.ToHashSet(StringComparer.Ordinal).SetEquals(now.Groups))
                lost.Add(new(id, task.Name, ApprovalLoss.OtherRole, task.Groups, now.Groups));
            else if (before.Node(id).Property("notSamePersonAs") is not null
                && node?.Property("notSamePersonAs") is null)
                lost.Add(new(id, task.Name, ApprovalLoss.SamePersonMay, task.Groups, now.Groups));
        }
        return lost.ToImmutable();
    }

    // ---- terms ----------------------------------------------------------------------------------------------------

    static ImmutableArray<ChangedTerm> Terms(RunTrace was, RunTrace now)
    {
        var after = now.Tasks.ToDictionary(task => task.Place);
        return
        [
            .. from task in was.Tasks
               where task.DueDate is not null && after.ContainsKey(task.Place)
               let other = after[task.Place]
               where other.DueDate != task.DueDate
               select new ChangedTerm(
                   task.Place.ElementId, task.Name, task.Deadline?.Kind, task.DueDate!.Value, other.DueDate),
        ];
    }
}

/// <param name="Turn">Null when it went the same way, as far as it went.</param>
/// <param name="Unfinished">Where the facts did not suffice; null when it came to an end.</param>
public sealed record CaseDifference(
    PathTurn? Turn, ImmutableArray<LostApproval> Lost, ImmutableArray<ChangedTerm> Terms, ReplayEnd? Unfinished)
{
    public bool IsNone => Turn is null && Lost.IsEmpty && Terms.IsEmpty && Unfinished is null;
}

/// <param name="ElementId">First element of the other way; of the old one where the new way is only shorter.</param>
/// <param name="After">Name of the last step both have in common; null at the very beginning.</param>
/// <param name="Was">Name of the step that followed; null when it was the end.</param>
/// <param name="Now">Name of the step that would follow; null when it would be the end.</param>
public sealed record PathTurn(string ElementId, string? After, string? Was, string? Now);

public enum ApprovalLoss
{
    Skipped,
    OtherRole,

    /// <summary>Whoever prepared it could approve it now.</summary>
    SamePersonMay,
}

/// <param name="Before">Roles that could approve.</param>
/// <param name="After">Roles that could approve now; empty when it is skipped.</param>
public sealed record LostApproval(
    string ElementId, string Name, ApprovalLoss Why, ImmutableArray<string> Before, ImmutableArray<string> After);

/// <param name="Kind">STAT, COURT, CUST or HOUSE; null without a rule.</param>
/// <param name="After">Null when there would be no term.</param>
public sealed record ChangedTerm(
    string ElementId, string Name, string? Kind, DateTimeOffset Before, DateTimeOffset? After)
{
    public bool IsLater => After is not { } now || now > Before;

    /// <summary>The law gives this term; the office cannot lengthen it.</summary>
    public bool IsStatutoryAndGrows => Kind == "STAT" && IsLater;
}
