using System.Collections.Immutable;
using Workflows.Engine.Model;

namespace Api.Approvals;

/// <summary>How sure the page must be of who decides (docs/extensions.md, property <c>approval</c>).</summary>
public enum ApprovalClass
{
    /// <summary>A valid session.</summary>
    Normal,

    /// <summary>A sign-in of the last minutes and a second factor.</summary>
    High,
}

/// <summary>One button.</summary>
/// <param name="Kind"><c>approve</c>, <c>refuse</c> or <c>return</c>.</param>
/// <param name="Words">What stands on it; it names the act.</param>
/// <param name="Value">Value of the decision field, or FEEL with <c>=</c>; null where completing is the
/// decision.</param>
public sealed record ApprovalChoice(string Kind, string Words, string? Value)
{
    public const string Approve = "approve";
    public const string Refuse = "refuse";
    public const string Return = "return";

    public static readonly ImmutableArray<string> Kinds = [Approve, Refuse, Return];

    /// <summary>Nobody is refused or sent back without a reason.</summary>
    public bool NeedsReason => Kind != Approve;
}

/// <summary>
/// What a user task says about the decision it is: the buttons, the field they fill, the field of the comment and the
/// documents the decision is about. The vocabulary is that of docs/extensions.md.
/// </summary>
/// <param name="DecisionField">Key of the form field; null where completing is the decision.</param>
/// <param name="CommentField">Key of the text field the comment goes to.</param>
/// <param name="Shows">Forms whose newest documents are shown as the proposal; empty: the newest document.</param>
public sealed record ApprovalQuestion(
    ApprovalClass Class, string? DecisionField, ImmutableArray<ApprovalChoice> Choices, string? CommentField,
    ImmutableArray<string> Shows)
{
    public const string Property = "approval";
    public const string Decision = "approval.decision";
    public const string Comment = "approval.comment";
    public const string ShowsProperty = "approval.shows";

    public static string WordsOf(string kind) => $"approval.{kind}";

    public static string ValueOf(string kind) => $"approval.{kind}.value";

    /// <summary>Every property of a user task that belongs to a decision.</summary>
    public static readonly ImmutableArray<string> Properties =
    [
        Property, Decision, Comment, ShowsProperty, .. ApprovalChoice.Kinds.Select(WordsOf),
        .. ApprovalChoice.Kinds.Select(ValueOf),
    ];

    /// <summary>Null for a task that is no decision.</summary>
    public static ApprovalQuestion? Of(FlowNode node) => Of(node.Property);

    public static ApprovalQuestion? Of(Func<string, string?> property)
    {
        if (property(Property) is not { } required) return null;
        return new ApprovalQuestion(
            required == "high" ? ApprovalClass.High : ApprovalClass.Normal, property(Decision),
            [.. from kind in ApprovalChoice.Kinds
                let words = property(WordsOf(kind))
                where words is not null
                select new ApprovalChoice(kind, words, property(ValueOf(kind)))],
            property(Comment),
            [.. (property(ShowsProperty) ?? "")
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);
    }

    /// <summary>What the author of a procedure must still say; nothing when the question can be asked.</summary>
    public IEnumerable<string> Problems()
    {
        if (Choices.IsEmpty)
        {
            yield return "a task with approval must name a button: approval.approve, approval.refuse or " +
                "approval.return.";
        }
        if (DecisionField is null && (Choices.Length > 1 || Choices.Any(choice => choice.Value is not null)))
            yield return "approval.decision must name the field of the form that the buttons fill.";
        if (DecisionField is not null && Choices.FirstOrDefault(choice => choice.Value is null) is { } without)
            yield return $"approval.{without.Kind}.value must say what the button writes into '{DecisionField}'.";
        if (CommentField is null && Choices.Any(choice => choice.NeedsReason))
            yield return "approval.comment must name the field for the reason: there is a button to refuse or return.";
    }
}
