using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Workflows.Statute;

/// <summary>The invariants of one procedure (<c>workflows/*/statute.json</c>, format: docs/statute.md).</summary>
/// <param name="ProcessId">The process they hold for.</param>
/// <param name="Rules">Empty for a procedure that no statute governs.</param>
public sealed record StatuteBook(string ProcessId, ImmutableArray<StatuteRule> Rules)
{
    static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowOutOfOrderMetadataProperties = true,
    };

    /// <exception cref="FormatException">Not a book; the message names the place.</exception>
    public static StatuteBook Read(string json)
    {
        try
        {
            var book = JsonSerializer.Deserialize<StatuteBook>(json, Format)
                ?? throw new FormatException("The statute book is null. Write an object with processId and rules.");
            book.Verify();
            return book with
            {
                Rules = [.. book.Rules.Select(rule => rule with { Article = Citation.ForPeople(rule.Article) })],
            };
        }
        catch (JsonException problem)
        {
            throw new FormatException(
                $"The statute book is wrong at {problem.Path ?? "$"}: {problem.Message}", problem);
        }
        catch (NotSupportedException problem)
        {
            throw new FormatException($"The statute book names no known kind of rule: {problem.Message}", problem);
        }
    }

    void Verify()
    {
        if (string.IsNullOrWhiteSpace(ProcessId)) throw Wrong("$.processId", "it is empty");
        if (Rules.IsDefault) throw Wrong("$.rules", "it is missing");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Rules.Length; i++)
        {
            if (FlawOf(Rules[i], ids) is { } flaw) throw Wrong($"$.rules[{i}] ({Rules[i]?.Id ?? "?"})", flaw);
        }
    }

    static string? FlawOf(StatuteRule? rule, HashSet<string> ids) =>
        rule is null ? "it is null"
        : string.IsNullOrWhiteSpace(rule.Id) || !ids.Add(rule.Id) ? "its id is empty or not the only one"
        : string.IsNullOrWhiteSpace(rule.Article) ? "it names no article"
        : string.IsNullOrWhiteSpace(rule.Sentence) ? "it has no sentence"
        : rule.Flaw();

    static FormatException Wrong(string place, string flaw) => new($"The statute book is wrong at {place}: {flaw}.");
}

/// <summary>The source of a rule as people read it.</summary>
static class Citation
{
    /// <summary>
    /// Without the remarks of the catalogue about itself: the marks (✓ text seen, † from general knowledge), and in
    /// brackets how a number was found or that something is an assumption.
    /// </summary>
    public static string ForPeople(string article)
    {
        var plain = article.Replace("✓", "", StringComparison.Ordinal).Replace("†", "", StringComparison.Ordinal);
        while (plain.IndexOf('(', StringComparison.Ordinal) is >= 0 and var open
            && plain.IndexOf(')', open) is >= 0 and var close
            && Remarks.Any(remark => plain[open..close].Contains(remark, StringComparison.Ordinal)))
        {
            plain = plain.Remove(open, close + 1 - open);
        }
        return string.Join(' ', plain.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    static readonly ImmutableArray<string> Remarks = ["założenie", "wywiedzion"];
}

/// <summary>One invariant of a procedure.</summary>
/// <param name="Article">Source; in the file with its mark (✓ seen, † from general knowledge), as procedures.md gives
/// it, and read without.</param>
/// <param name="Sentence">What the law asks, in plain Polish.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(StepRule), "step")]
[JsonDerivedType(typeof(BeforeRule), "before")]
[JsonDerivedType(typeof(EventuallyRule), "eventually")]
[JsonDerivedType(typeof(ConditionRule), "condition")]
[JsonDerivedType(typeof(PerformerRule), "performer")]
[JsonDerivedType(typeof(FieldsRule), "fields")]
[JsonDerivedType(typeof(PeriodRule), "period")]
[JsonDerivedType(typeof(StartableRule), "startable")]
[JsonDerivedType(typeof(DifferentPersonsRule), "differentPersons")]
[JsonDerivedType(typeof(PropertyRule), "property")]
[JsonDerivedType(typeof(ExpressionRule), "expression")]
[JsonDerivedType(typeof(DecisionRule), "decision")]
public abstract record StatuteRule(string Id, string Article, string Sentence)
{
    /// <summary>What is wrong with the rule itself, or null.</summary>
    internal virtual string? Flaw() => null;
}

/// <summary>The step is there and can be reached.</summary>
/// <param name="Type">Element type in the words of the Camunda API; null: any.</param>
/// <param name="Calls">Process a call activity calls.</param>
/// <param name="Starts">Process that a <c>procedure.start</c> task starts.</param>
/// <param name="Job">Job type of a service task.</param>
/// <param name="On">Activity a boundary event is attached to.</param>
/// <param name="Interrupting">Whether an event interrupts what it is attached to, or its scope.</param>
/// <param name="Message">Name of the message an event waits for; its correlation key is the case number.</param>
/// <param name="Throws">Escalation code an event throws or catches.</param>
/// <param name="Form">Id of the form of a user task, where another procedure holds it.</param>
/// <param name="Each">FEEL of the list for whose items the activity is repeated.</param>
public sealed record StepRule(
    string Id, string Article, string Sentence, string Step, string? Type = null, string? Calls = null,
    string? Starts = null, string? Job = null, string? On = null, bool? Interrupting = null, string? Message = null,
    string? Throws = null, string? Form = null, string? Each = null)
    : StatuteRule(Id, Article, Sentence);

/// <summary>On every path to <paramref name="Then"/> one of <paramref name="First"/> has been completed.</summary>
/// <param name="ExceptWhen">FEEL: paths through a flow that is taken only then are free.</param>
public sealed record BeforeRule(
    string Id, string Article, string Sentence, ImmutableArray<string> First, string Then, string? ExceptWhen = null)
    : StatuteRule(Id, Article, Sentence)
{
    internal override string? Flaw() => First.IsDefaultOrEmpty ? "first is empty" : Conditions.Flaw(ExceptWhen);
}

/// <summary>Whenever <paramref name="After"/> is completed, one of <paramref name="Then"/> always follows.</summary>
/// <param name="When">FEEL: only where this is true after the step; null: always.</param>
public sealed record EventuallyRule(
    string Id, string Article, string Sentence, string After, ImmutableArray<string> Then, string? When = null)
    : StatuteRule(Id, Article, Sentence)
{
    internal override string? Flaw() => Then.IsDefaultOrEmpty ? "then is empty" : Conditions.Flaw(When);
}

/// <summary>Each path to the step takes a flow whose condition implies this one.</summary>
/// <param name="Condition">FEEL.</param>
public sealed record ConditionRule(string Id, string Article, string Sentence, string Step, string Condition)
    : StatuteRule(Id, Article, Sentence)
{
    internal override string? Flaw() => Conditions.Flaw(Condition);
}

/// <summary>Nobody without one of these roles may perform the step.</summary>
public sealed record PerformerRule(
    string Id, string Article, string Sentence, string Step, ImmutableArray<string> Roles)
    : StatuteRule(Id, Article, Sentence)
{
    internal override string? Flaw() => Roles.IsDefaultOrEmpty ? "roles is empty" : null;
}

/// <summary>The form of the step asks for these fields.</summary>
/// <param name="Keys">Key paths: <c>sign.person</c>.</param>
/// <param name="Required">Nobody can leave them empty; false: it is enough that they are shown.</param>
/// <param name="Hide">FEEL that may hide them, as in the product; null: they are always shown.</param>
/// <param name="Process">Their value steers the procedure.</param>
/// <param name="Options">Values that can be chosen, among others.</param>
/// <param name="Max">No larger number is accepted.</param>
public sealed record FieldsRule(
    string Id, string Article, string Sentence, string Step, ImmutableArray<string> Keys, bool Required = true,
    string? Hide = null, bool Process = false, ImmutableArray<string>? Options = null, decimal? Max = null)
    : StatuteRule(Id, Article, Sentence)
{
    internal override string? Flaw() => Keys.IsDefaultOrEmpty ? "keys is empty" : null;
}

/// <summary>The task is due, or the timer fires, at most this long after an event.</summary>
/// <param name="From">FEEL of the events the term may run from.</param>
/// <param name="Unit"><c>hours</c>, <c>days</c>, <c>working-days</c>, <c>weeks</c>, <c>months</c> or
/// <c>years</c>.</param>
/// <param name="RollsForward">A holiday at the end may make it longer.</param>
/// <param name="Same">Expressions that are right as they stand, where a table gives the amount.</param>
/// <param name="When">FEEL: only where this is true; branches of the expression that need the opposite do not
/// count.</param>
public sealed record PeriodRule(
    string Id, string Article, string Sentence, string Step, ImmutableArray<string> From, int Amount, string Unit,
    bool RollsForward = false, ImmutableArray<string>? Same = null, string? When = null)
    : StatuteRule(Id, Article, Sentence)
{
    internal Term Limit => Term.Of(Amount, Unit, RollsForward)!;

    internal override string? Flaw() =>
        From.IsDefaultOrEmpty ? "from is empty"
        : Term.Of(Amount, Unit, RollsForward) is null ? "amount or unit is none"
        : Conditions.Flaw(When);
}

/// <summary>Can be started by these, at any time, and acts at once without asking anybody.</summary>
/// <param name="By">Roles, or <c>staff</c> for every staff role.</param>
/// <param name="First">Steps that are open at once after the start: nothing is waited for before them.</param>
public sealed record StartableRule(
    string Id, string Article, string Sentence, ImmutableArray<string> By, ImmutableArray<string> First)
    : StatuteRule(Id, Article, Sentence)
{
    internal override string? Flaw() =>
        By.IsDefaultOrEmpty ? "by is empty" : First.IsDefaultOrEmpty ? "first is empty" : null;
}

/// <summary>Who completed <paramref name="Other"/> may not complete <paramref name="Step"/>.</summary>
public sealed record DifferentPersonsRule(string Id, string Article, string Sentence, string Step, string Other)
    : StatuteRule(Id, Article, Sentence);

/// <summary>A property of docs/extensions.md on a step.</summary>
/// <param name="Values">One of these is its value (FEEL is compared without regard to blanks).</param>
/// <param name="Contains">The value is a list with commas and names this.</param>
public sealed record PropertyRule(
    string Id, string Article, string Sentence, string Step, string Name, ImmutableArray<string>? Values = null,
    string? Contains = null)
    : StatuteRule(Id, Article, Sentence)
{
    internal override string? Flaw() => Values is null == Contains is null ? "it needs values or contains" : null;
}

/// <summary>The step gives a variable this value, by its script or an output mapping.</summary>
/// <param name="Value">FEEL with <c>=</c>.</param>
public sealed record ExpressionRule(
    string Id, string Article, string Sentence, string Step, string Variable, string Value)
    : StatuteRule(Id, Article, Sentence);

/// <summary>The table that a step asks answers so.</summary>
/// <param name="Step">Business rule task that calls the decision.</param>
/// <param name="Variable">Variable its answer goes to.</param>
public sealed record DecisionRule(
    string Id, string Article, string Sentence, string Step, string Decision, string Variable,
    ImmutableArray<DecisionCase> Cases)
    : StatuteRule(Id, Article, Sentence)
{
    internal override string? Flaw() => Cases.IsDefaultOrEmpty ? "cases is empty" : null;
}

/// <summary>For every combination of the inputs the answer is as said.</summary>
/// <param name="Inputs">FEEL by name of the input: the values it may have.</param>
/// <param name="Output">Name of an output of several; null: the answer itself.</param>
/// <param name="Is">FEEL it must equal.</param>
/// <param name="IsNot">FEEL it must not equal.</param>
/// <param name="AtMost">Largest number.</param>
public sealed record DecisionCase(
    ImmutableSortedDictionary<string, ImmutableArray<string>> Inputs, string? Output = null, string? Is = null,
    string? IsNot = null, decimal? AtMost = null);

static class Conditions
{
    public static string? Flaw(string? feel) => feel is not null && Condition.Parse(feel) is null
        ? $"'{feel}' is no condition that can be judged"
        : null;
}
