namespace Integration.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void Api_assembly_loads() => Assert.NotNull(typeof(Program).Assembly);
}
