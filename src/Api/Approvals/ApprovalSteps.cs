using System.Collections.Immutable;
using Api.Startup;
using Api.Storage;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Approvals;

/// <summary>
/// Links to a decision end in the commit of the step that ends it: done, withdrawn, given to somebody else, or the case
/// moved to another version of its procedure.
/// </summary>
public sealed class ApprovalSteps(Settings settings)
{
    // Only rows inside the engine's commits are written here, and those hold the gate.
    readonly ProductDbFactory databases = new(settings, new WriteGate(open: true));

    sealed record Ending(long TaskKey, string Reason, string? Except);

    /// <summary>Asked for every step, whoever caused it.</summary>
    public CommitExtras? Of(Step step)
    {
        var endings = step.Accepted.History.Select(EndingOf).OfType<Ending>().ToImmutableArray();
        if (endings.IsEmpty || !step.Release.Definition.Nodes.Values.Any(IsDecision)) return null;
        return new CommitExtras
        {
            HostRows = async (commit, ct) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                foreach (var ending in endings)
                {
                    await ApprovalTickets.RevokeAsync(
                        db, [ending.TaskKey], ending.Reason, ending.Except, commit.At, ct);
                }
                return null;
            },
        };
    }

    static bool IsDecision(FlowNode node) => node.Property(ApprovalQuestion.Property) is not null;

    static Ending? EndingOf(HistoryEvent happened) => happened switch
    {
        UserTaskCompleted done => new Ending(done.Key, ApprovalTicketRow.Revoked.Done, Except: null),
        UserTaskCanceled gone => new Ending(gone.Key, ApprovalTicketRow.Revoked.Withdrawn, Except: null),
        // Given back to the group: everybody who was asked may still decide.
        UserTaskAssigned { Assignee: { } taker } given =>
            new Ending(given.Key, ApprovalTicketRow.Revoked.Reassigned, taker),
        _ => null,
    };
}
