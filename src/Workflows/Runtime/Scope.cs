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
    /// <summary>The engine itself: timers, queued commands, built-in job handlers.</summary>
    public static readonly Scope Engine = new("engine", [], EngineAll: true);
}
