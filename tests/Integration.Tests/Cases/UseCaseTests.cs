using Api.UseCases;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Scope = Workflows.Runtime.Scope;

namespace Integration.Tests.Cases;

public sealed class UseCaseTests
{
    sealed record Unprotected(Scope Scope) : IUseCase<int>;

    [Policy(PolicyAttribute.CaseWork)]
    sealed record Unhandled(Scope Scope) : IUseCase<int>;

    [Fact]
    public void Registration_OfARequestWithoutPolicy_FailsAtStart()
    {
        var failure = Assert.Throws<InvalidOperationException>(
            () => new ServiceCollection().AddUseCases([typeof(Unprotected)]));
        Assert.Contains("[Policy] on Unprotected", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Registration_OfARequestWithoutHandler_FailsAtStart() => Assert.Throws<InvalidOperationException>(
        () => new ServiceCollection().AddUseCases([typeof(Unhandled)]));

    [Theory]
    [InlineData("clerk", true)]
    [InlineData("admin", false)]
    public void Policy_OfCaseWork_KeepsAdministratorsOut(string role, bool allowed) => Assert.Equal(
        allowed, new PolicyAttribute(PolicyAttribute.CaseWork)
            .Allows(new Scope("x", [role], DefinitionsOnly: role == "admin")));
}
