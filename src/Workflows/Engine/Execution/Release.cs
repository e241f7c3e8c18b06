using Workflows.Engine.Calendar;
using Workflows.Engine.Decisions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>
/// A process with everything it is bound to, prepared by the shell: the definition side of a decision.
/// </summary>
/// <param name="Key">Process definition key.</param>
/// <param name="Forms">Form id to form key.</param>
/// <param name="Decisions">Decision id to the model that contains it.</param>
/// <param name="CalledProcesses">Process id to the definition a call activity starts.</param>
public sealed record Release(
    long Key,
    int Version,
    ProcessDefinition Definition,
    IReadOnlyDictionary<string, long> Forms,
    IReadOnlyDictionary<string, DecisionModel> Decisions,
    IReadOnlyDictionary<string, long> CalledProcesses,
    TimeZoneInfo Zone,
    BusinessCalendar Calendar);
