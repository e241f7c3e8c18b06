using Api.Cases;

namespace Integration.Tests.Cases;

public sealed class LabelTests
{
    [Theory]
    [InlineData("Kowalscy", "rodzina K.")]
    [InlineData("Kowalscy, Anna i Jan", "rodzina K.")]
    [InlineData("Kowalska Anna", "rodzina K.")]
    [InlineData("Anna Kowalska i Jan Kowalski", "rodzina K.")]
    [InlineData("Anna Nowak", "rodzina N.")]
    [InlineData("Nowak, Anna", "rodzina N.")]
    [InlineData("państwo Wiśniewscy", "rodzina W.")]
    [InlineData("rodzina Żak", "rodzina Ż.")]
    [InlineData("  ", null)]
    [InlineData(",", null)]
    public void Label_OfWhatPeopleWrite_IsTheInitialOfTheSurname(string names, string? label) =>
        Assert.Equal(label, CaseFile.LabelOf(names, address: null));
}
