using System.Collections.Immutable;

namespace Workflows.Runtime;

/// <summary>
/// On whose behalf something is read or done, and therefore what exists for them. Made by the host's Access/.
/// </summary>
/// <param name="User">Immutable user name; also the actor written to history.</param>
/// <param name="Groups">Role keys in lower case: Camunda's groups, our candidate groups.</param>
/// <param name="EngineAll">
/// Camunda's admin view (right ENGINE_ALL): demo and machine clients, never a person of the centre.
/// </param>
/// <param name="DefinitionsOnly">
/// Administrators of procedures: definitions, steps, dates and error types, no case content.
/// </param>
public sealed record Scope(
    string User, ImmutableArray<string> Groups, bool EngineAll = false, bool DefinitionsOnly = false)
{
    /// <summary>Cases she may look into beyond her own tasks.</summary>
    public CaseView Cases { get; init; } = CaseView.None;

    /// <summary>Absent people she stands in for today; nobody's substitute is substituted in turn.</summary>
    public ImmutableArray<Substitution> ActsFor { get; init; } = [];

    /// <summary>
    /// A task she completed shows its instance from this moment of engine time on; null without an end. The task itself
    /// stays hers to see.
    /// </summary>
    public DateTimeOffset? DecidedSince { get; init; }

    /// <summary>The engine itself: timers, queued commands, built-in job handlers.</summary>
    public static readonly Scope Engine = new("engine", [], EngineAll: true);
}

/// <summary>Which cases somebody may look into; a case is what carries one tag (<c>case:OPS.4710.7.2026</c>).</summary>
/// <param name="All">Every case but those in <paramref name="Except"/>.</param>
/// <param name="Tags">Tags of single cases; they stand above <paramref name="Except"/>.</param>
/// <param name="Except">Tags of restricted cases.</param>
public sealed record CaseView(bool All, ImmutableArray<string> Tags, ImmutableArray<string> Except)
{
    /// <summary>Tags with this prefix say to which case an instance belongs.</summary>
    public const string TagPrefix = "case:";

    /// <summary>Number of the case an instance with these tags belongs to; null for none.</summary>
    public static string? CaseNoOf(IEnumerable<string> tags) =>
        tags.FirstOrDefault(tag => tag.StartsWith(TagPrefix, StringComparison.Ordinal))?[TagPrefix.Length..];

    public static readonly CaseView None = new(false, [], []);

    public bool IsNone => !All && Tags.IsEmpty;

    public bool Shows(string tag) => Tags.Contains(tag) || (All && !Except.Contains(tag));
}

/// <summary>An absent person somebody stands in for.</summary>
/// <param name="Groups">
/// Her groups, whose offers the substitute may take; empty where only her own tasks were handed over.
/// </param>
public sealed record Substitution(string User, ImmutableArray<string> Groups);
