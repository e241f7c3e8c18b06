namespace Workflows.Engine.Model;

public sealed record ProcessDefinition(string Id);
