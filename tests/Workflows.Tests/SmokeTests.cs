namespace Workflows.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void Core_assembly_loads() => Assert.NotNull(typeof(Workflows.Engine.Model.ProcessDefinition));
}
