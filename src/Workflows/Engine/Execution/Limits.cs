namespace Workflows.Engine.Execution;

/// <summary>
/// Every bound of the interpreter. Reaching one is an incident a person can see, never a silent stop.
/// </summary>
public static class Limits
{
    /// <summary>
    /// Element lives one command may carry out before it must wait; a loop without a wait state ends here.
    /// </summary>
    public const int StepsPerCommand = 10_000;

    /// <summary>Keys handed to one command: each step uses at most a handful.</summary>
    public const int KeysPerCommand = 65_536;

    /// <summary>Instances of one multi-instance activity: more is a job for a list, not for a diagram.</summary>
    public const int MultiInstanceMax = 1_000;

    /// <summary>Nested scopes; the reader refuses deeper models, this guards the walk up.</summary>
    public const int ScopeDepthMax = 100;

    /// <summary>Callers above each other: a process that calls itself without end stops here as an incident.</summary>
    public const int CallDepthMax = 50;

    /// <summary>Characters of one variable value as JSON: larger things are documents.</summary>
    public const int VariableCharactersMax = 1_000_000;

    /// <summary>Characters of an incident message; the rest tells nobody more.</summary>
    public const int MessageCharactersMax = 2_000;
}
