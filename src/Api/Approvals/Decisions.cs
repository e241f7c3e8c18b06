using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.Cases;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Approvals;

/// <summary>What the person behind a link is shown.</summary>
public abstract record ApprovalAnswer
{
    /// <summary>The question, with what she typed before and why it is asked again.</summary>
    /// <param name="Notice">Why it is asked again; null the first time.</param>
    /// <param name="Fresh">What changed while the page stood open.</param>
    /// <param name="Chosen">Kind of the decision she pressed, whose reason stays open before her.</param>
    /// <param name="LacksReason">She gave none.</param>
    public sealed record Question(
        ApprovalView View, string? Notice = null, ApprovalChanges? Fresh = null, string? Comment = null,
        string? Chosen = null, bool LacksReason = false, ImmutableArray<string> Problems = default) : ApprovalAnswer;

    /// <summary>She must prove once more who she is.</summary>
    /// <param name="Password">Her sign-in is too old, so the password is asked for too.</param>
    /// <param name="Code">She has an authenticator.</param>
    /// <param name="Passkey">She has a passkey, which is enough by itself.</param>
    /// <param name="Stale">The directory would have to ask her again, where she signs in through it.</param>
    public sealed record ProveAgain(
        ApprovalView View, ApprovalOption Option, string? Comment, bool Password, bool Code, bool Passkey, bool Stale)
        : ApprovalAnswer;

    /// <summary>Her decision, as it was recorded.</summary>
    /// <param name="Words">The words of the button.</param>
    /// <param name="Waiting">The next decision that waits for her; null when nothing does.</param>
    public sealed record Receipt(
        string Step, string? CaseNo, string Words, DateTimeOffset At, string Who, ImmutableArray<NextTask> Next,
        NextDecision? Waiting, bool OpensCase) : ApprovalAnswer;

    /// <summary>The link is worth nothing any more; she is told why and where to go on.</summary>
    /// <param name="TaskPath">Null when there is nothing for her to open.</param>
    public sealed record Over(string Title, string Words, string? TaskPath, string? Comment = null) : ApprovalAnswer;

    /// <summary>Somebody else was asked.</summary>
    public sealed record NotForYou : ApprovalAnswer;

    /// <summary>She stands in for the person who was asked: she has a way of her own, with her own right.</summary>
    public sealed record OwnWay(string TaskPath) : ApprovalAnswer;
}

/// <param name="Path">The page of that decision, or of its step in the application.</param>
public sealed record NextDecision(string Path, string Name, string? CaseNo, DateOnly? DueOn);

/// <summary>Opens the question behind a link. Nothing changes but "seen at".</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record OpenApproval(Scope Scope, string Ticket) : IUseCase<ApprovalAnswer>
{
    public sealed class Handler(ApprovalDesk approvals) : IRequestHandler<OpenApproval, UseCaseResult<ApprovalAnswer>>
    {
        public async Task<UseCaseResult<ApprovalAnswer>> Handle(
            OpenApproval request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            var (ticket, closed) = await approvals.EnterAsync(scope, request.Ticket, ct);
            if (closed is not null) return new UseCaseResult<ApprovalAnswer>.Done(closed);
            var answer = await approvals.AskAsync(scope, ticket!, view => new ApprovalAnswer.Question(view), ct);
            return new UseCaseResult<ApprovalAnswer>.Done(answer);
        }
    }
}

/// <summary>How the person who decides proved who she is, and from where; for the audit (T14).</summary>
public sealed record Circumstances(DateTimeOffset? ProvedAt, string Method, string? Address)
{
    public Session.Proof Proof => new(ProvedAt, Method);
}

/// <summary>Takes a decision from a message.</summary>
/// <param name="Decision"><c>approve</c>, <c>refuse</c> or <c>return</c>.</param>
/// <param name="Version">What the page had before it, as <see cref="ContentVersion"/>.</param>
/// <param name="FromOurForm">The anti-forgery token was right.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record Decide(
    Scope Scope, string Ticket, string? Decision, string? Version, string? Comment, bool FromOurForm,
    Circumstances Circumstances) : IUseCase<ApprovalAnswer>
{
    /// <summary>More than anybody writes into a phone.</summary>
    public const int CommentLengthMax = 4_000;

    const string AskedAgain =
        "Ta strona była otwarta zbyt długo albo w innym oknie. Nic nie zostało zapisane, Twój tekst jest niżej. " +
        "Naciśnij jeszcze raz.";

    const string Changed =
        "Sprawa zmieniła się, gdy ta strona była otwarta. Nic nie zostało zapisane, Twój tekst jest niżej. " +
        "Przeczytaj, co się zmieniło, i zdecyduj jeszcze raz.";

    public sealed class Handler(
        ApprovalDesk approvals, TaskCompletion completion, ApprovalTickets tickets, ApprovalReader reader, Vault vault,
        Queries queries, ProofOfPerson proof)
        : IRequestHandler<Decide, UseCaseResult<ApprovalAnswer>>
    {
        public async Task<UseCaseResult<ApprovalAnswer>> Handle(Decide request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            var (ticket, closed) = await approvals.EnterAsync(scope, request.Ticket, ct, request.Comment);
            return new UseCaseResult<ApprovalAnswer>.Done(closed ?? await AnswerAsync(request, ticket!, ct));
        }

        async Task<ApprovalAnswer> AnswerAsync(Decide request, ApprovalTicketRow ticket, CancellationToken ct)
        {
            var (scope, comment) = (request.Scope, request.Comment?.Trim() is { Length: > 0 } text ? text : null);
            if (await reader.ReadAsync(scope, ticket, ct) is not { } view)
                return await approvals.ClosedAsync(scope, request.Ticket, comment, ct);
            ApprovalAnswer Again(string notice, ApprovalChanges? fresh = null) =>
                new ApprovalAnswer.Question(view, notice, fresh, comment, request.Decision);

            if (!request.FromOurForm) return Again(AskedAgain);
            var option = view.Options.FirstOrDefault(one => one.Choice.Kind == request.Decision);
            if (option is not { IsOpen: true } || !ticket.Offered.Split(',').Contains(option.Choice.Kind))
                return Again("Wybierz jedną z decyzji na tej stronie.");
            if (ContentVersion.Read(request.Version) is not { } shown || shown != view.Version)
            {
                // Pressed twice at once: what changed the case was perhaps this very decision.
                var (_, closed) = await approvals.EnterAsync(scope, request.Ticket, ct, comment);
                if (closed is not null) return closed;
                var fresh = ContentVersion.Read(request.Version) is { } known
                    ? await reader.SinceShownAsync(scope, view, known, ct)
                    : null;
                return Again(Changed, fresh);
            }
            if (comment?.Length > CommentLengthMax) return Again($"Skróć tekst do {CommentLengthMax} znaków.");
            if (option.CommentRequired && comment is null)
                return new ApprovalAnswer.Question(view, Chosen: option.Choice.Kind, LacksReason: true);
            if (view.Class == ApprovalClass.High
                && await proof.MissingAsync(scope.User, request.Circumstances.Proof) is { } missing)
            {
                return new ApprovalAnswer.ProveAgain(
                    view, option, comment, missing.Password, missing.Code, missing.Passkey, missing.Stale);
            }
            return await CompleteAsync(request, ticket, view, option, comment, ct);
        }

        async Task<ApprovalAnswer> CompleteAsync(
            Decide request, ApprovalTicketRow ticket, ApprovalView view, ApprovalOption option, string? comment,
            CancellationToken ct)
        {
            var scope = request.Scope;
            var task = (await queries.InboxTaskAsync(scope, ticket.TaskKey, ct))!;
            var field = (await tickets.QuestionOfAsync(task.Task, ct))!.CommentField;
            var form = option.Answer.DeepClone().AsObject();
            if (comment is not null && field is not null) form[field] = comment;
            var before = await approvals.OpenTasksAsync(scope, task, ct);
            var answer = await completion.ExecuteAsync(
                scope, ticket.TaskKey, JsonSerializer.SerializeToElement(form), action: null, idempotencyKey: null,
                new CommitExtras
                {
                    HostRows = (commit, token) => tickets.UseAsync(commit, ticket, option.Choice.Kind, token),
                    Acts = [ActOf(request, ticket, view, option, comment)],
                }, ct);
            return answer switch
            {
                CompletionAnswer.Completed => await approvals.ReceiptAsync(scope, ticket.Id, before, ct),
                CompletionAnswer.Invalid invalid => new ApprovalAnswer.Question(
                    view, "Nie udało się zapisać decyzji. Popraw poniższe albo dokończ na stronie zadania.",
                    Comment: comment, Chosen: option.Choice.Kind,
                    Problems: [.. invalid.Problems.Select(problem => problem.Message)]),
                CompletionAnswer.Rejected { Rejection: var rejection } =>
                    await RejectedAsync(request, view, rejection, comment, ct),
                _ => throw new InvalidOperationException($"Expected a known answer, found {answer.GetType().Name}."),
            };
        }

        /// <summary>Somebody was faster, or the procedure refuses: she is told so, and no word is lost.</summary>
        async Task<ApprovalAnswer> RejectedAsync(
            Decide request, ApprovalView view, EngineAnswer.Rejected rejection, string? comment, CancellationToken ct)
        {
            var (_, closed) = await approvals.EnterAsync(request.Scope, request.Ticket, ct, comment);
            return closed
                ?? new ApprovalAnswer.Question(view, WordsOf(rejection), Comment: comment, Chosen: request.Decision);
        }

        static string WordsOf(EngineAnswer.Rejected rejection) => rejection.Code switch
        {
            EngineRejection.Forbidden =>
                "Ten krok wykonuje inna osoba niż ta, która wykonała krok przed nim. Nic nie zostało zapisane.",
            EngineRejection.ResourceExhausted =>
                "Serwer jest zajęty. Nic nie zostało zapisane, naciśnij jeszcze raz za chwilę.",
            _ => rejection.Message,
        };

        /// <summary>
        /// The audit of the decision (T14), in the chain of the case and in the commit of the decision. The words of
        /// the comment stand sealed in the document of this step; here only what tells them from other words.
        /// </summary>
        RecordedAct ActOf(
            Decide request, ApprovalTicketRow ticket, ApprovalView view, ApprovalOption option, string? comment) =>
            new("ApprovalDecided", JsonSerializer.Serialize(
                new
                {
                    taskKey = TaskItems.Digits(ticket.TaskKey),
                    person = request.Scope.User,
                    actsFor = (string?)null,
                    decision = option.Choice.Kind,
                    words = option.Choice.Words,
                    comment = comment is null ? null : vault.Fingerprint(comment),
                    channel = ticket.Channel,
                    ticket = ticket.Id,
                    message = TaskItems.Digits(ticket.OutboxKey),
                    signedInAt = request.Circumstances.ProvedAt,
                    signedInBy = request.Circumstances.Method,
                    address = request.Circumstances.Address,
                    shown = view.ContentHash(),
                    version = view.Version.ToString(),
                    before = Status.Created,
                    after = Status.Completed,
                },
                AuditLog.Json));
    }
}
