using System.Collections.Immutable;
using Workflows.Engine.Model;
using Workflows.Tests.Statute;

namespace Workflows.Tests.Unit;

/// <summary>What a second person reads before she says yes: every difference, in words, with its place.</summary>
public sealed class DefinitionDiffTests
{
    const string Body = """
        start s
        user a head
        user b head
        end e
        s -> a
        a -> b
        b -> e
        """;

    static DefinitionChanges Compare(
        ImmutableSortedDictionary<string, string> before, ImmutableSortedDictionary<string, string> after) =>
        DefinitionDiff.Compare(before, after, role => role == "head" ? "kierownik" : role);

    static ImmutableSortedDictionary<string, string> Diagram(string body) => SmallProcedure.Files(body);

    static ImmutableSortedDictionary<string, string> With(string name, string text) => Diagram(Body).SetItem(name, text);

    [Fact]
    public void Compare_OfTheSameFiles_SaysNothing()
    {
        var changes = Compare(Diagram(Body), Diagram(Body));
        Assert.Empty(changes.Elements);
        Assert.Empty(changes.Lines);
    }

    [Fact]
    public void Step_AddedRemovedAndGivenToAnother_IsNamedWithItsPlace()
    {
        var after = Diagram("""
            start s
            user a clerk
            user c head
            end e
            s -> a
            a -> c
            c -> e
            """);
        var changes = Compare(Diagram(Body), after);
        Assert.Contains(new ElementChange("a", ChangeKind.Changed), changes.Elements);
        Assert.Contains(new ElementChange("b", ChangeKind.Removed), changes.Elements);
        Assert.Contains(new ElementChange("c", ChangeKind.Added), changes.Elements);
        Assert.Contains(changes.Lines, line => line is { ElementId: "b", Change: ChangeKind.Removed, Text: "Usunięto: „Krok b”" });
        Assert.Contains(changes.Lines, line => line.ElementId == "c" && line.Text.Contains("kierownik", StringComparison.Ordinal));
        var changed = Assert.Single(changes.Lines, line => line.ElementId == "a");
        Assert.StartsWith("„Krok a”:", changed.Text, StringComparison.Ordinal);
        Assert.Contains("kierownik -> clerk", changed.Text, StringComparison.Ordinal);
    }

    static string User(string settings) => Body.Replace("user a head", $"user a {settings}", StringComparison.Ordinal);

    [Theory]
    [InlineData("=deadline(now(), 14, &quot;dni&quot;)", "=deadline(now(), 14, \"dni\")")]
    [InlineData("=deadline(now(), 99999999999, &quot;days&quot;)", "=deadline(now(), 99999999999, \"days\")")]
    [InlineData("=deadline(now(), 36, &quot;hours&quot;)", "36 godzin od chwili")]
    public void Term_ThatCannotBeReadAsOne_IsToldAsItIsWritten(string due, string told)
    {
        var after = Diagram(User($"<zeebe:taskSchedule dueDate=\"{due}\" />"));
        Assert.Contains(Compare(Diagram(Body), after).Lines, line => line.Text.Contains(told, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-99999999999wd")]
    [InlineData("0/99999999999d")]
    public void Ladder_WithAnAmountBeyondAllNumbers_IsToldAsItIsWritten(string ladder)
    {
        var after = Diagram(User(
            $"<zeebe:properties><zeebe:property name=\"reminders\" value=\"{ladder}\" /></zeebe:properties>"));
        Assert.Contains(Compare(Diagram(Body), after).Lines, line => line.Text.EndsWith(ladder, StringComparison.Ordinal));
    }

    [Fact]
    public void Form_WithANounForItsDocument_IsNamedByIt()
    {
        const string before = """{"id":"f","properties":{"documentTitle":"Karta wizyty"},"components":[]}""";
        var after = before.Replace(
            "[]", """[{"id":"x","type":"textfield","key":"x","label":"Uwagi"}]""", StringComparison.Ordinal);
        Assert.Equal(
            "formularz „Karta wizyty”: dodano pole „Uwagi”",
            Assert.Single(Compare(With("f.form", before), With("f.form", after)).Lines).Text);
    }

    [Fact]
    public void Condition_OfAWay_IsComparedInWords()
    {
        const string Fork = "start s\nxor g g-e\nuser a head\nend e\ns -> g\ng -> e\ng -> a : {0}\na -> e";
        var changes = Compare(Diagram(Fork.Replace("{0}", "x > 1")), Diagram(Fork.Replace("{0}", "x > 2")));
        var line = Assert.Single(changes.Lines);
        Assert.Equal(("g-a", ChangeKind.Changed), (line.ElementId, line.Change));
        Assert.Contains("x > 1", line.Text, StringComparison.Ordinal);
        Assert.Contains("x > 2", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Diagram_WrittenOtherwise_IsSaidToBeTheSameInEffect()
    {
        var before = Diagram(Body);
        var after = before.SetItem(
            "process.bpmn", before["process.bpmn"].Replace("<bpmn:process", "<!-- x --><bpmn:process", StringComparison.Ordinal));
        var line = Assert.Single(Compare(before, after).Lines);
        Assert.Equal((null, "process.bpmn: zmienił się układ albo sam zapis pliku"), (line.ElementId, line.Text));
    }

    [Theory]
    [InlineData("""{"id":"1","type":"number","key":"n","label":"Ile","validate":{"required":true}}""", ChangeKind.Added, "dodano pole „Kiedy”")]
    [InlineData("""{"id":"2","type":"textfield","key":"w","label":"Kiedy"}""", ChangeKind.Removed, "usunięto pole „Ile”")]
    public void Field_AddedOrRemoved_IsNamedByItsLabel(string kept, ChangeKind change, string words)
    {
        const string Both = """{"type":"default","id":"f","components":[{"id":"1","type":"number","key":"n","label":"Ile","validate":{"required":true}},{"id":"2","type":"textfield","key":"w","label":"Kiedy"}]}""";
        var one = """{"type":"default","id":"f","components":[""" + kept + "]}";
        var (before, after) = change == ChangeKind.Added ? (one, Both) : (Both, one);
        var line = Assert.Single(Compare(With("f.form", before), With("f.form", after)).Lines);
        Assert.Equal(("f.form", change), (line.File, line.Change));
        Assert.EndsWith(words, line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Field_NoLongerRequired_SaysBothValues()
    {
        const string Form = """{"type":"default","id":"f","components":[{"id":"1","type":"number","key":"n","label":"Ile","validate":{"required":true}}]}""";
        var line = Assert.Single(Compare(
            With("f.form", Form), With("f.form", Form.Replace("true", "false", StringComparison.Ordinal))).Lines);
        Assert.Equal("1", line.ElementId);
        Assert.EndsWith("tak -> nie", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void File_AddedOrRemoved_IsNamed()
    {
        const string Form = """{"type":"default","id":"f","components":[]}""";
        Assert.Equal("Nowy plik: formularz f.form", Assert.Single(Compare(Diagram(Body), With("f.form", Form)).Lines).Text);
        Assert.Equal("Usunięto: formularz f.form", Assert.Single(Compare(With("f.form", Form), Diagram(Body)).Lines).Text);
    }

    [Fact]
    public void Table_WithAnotherAnswer_SaysTheRowBeforeAndAfter()
    {
        var files = ShippedBooks.Files("interview-analysis");
        var name = files.Keys.First(one => one.EndsWith(".dmn", StringComparison.Ordinal));
        var answer = System.Text.RegularExpressions.Regex.Match(files[name], "<outputEntry[^>]*>\\s*<text>(?<text>[^<]+)</text>");
        Assert.True(answer.Success);
        var at = answer.Groups["text"];
        var after = files.SetItem(name, files[name].Remove(at.Index, at.Length).Insert(at.Index, "99"));
        var line = Assert.Single(Compare(files, after).Lines);
        Assert.Equal((name, ChangeKind.Changed), (line.File, line.Change));
        Assert.Contains("wiersz 1:", line.Text, StringComparison.Ordinal);
        Assert.Contains("99", line.Text.Split("->")[^1], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compare_OfAShippedProcedureWithNothing_NamesEveryElementOnce(string name)
    {
        var files = ShippedBooks.Files(name);
        var changes = DefinitionDiff.Compare(ImmutableSortedDictionary<string, string>.Empty, files, role => role);
        Assert.Equal(changes.Elements.Length, changes.Elements.DistinctBy(one => one.ElementId).Count());
        var definition = ShippedBooks.Read(name).Definition;
        Assert.Empty(definition.Nodes.Keys.Concat(definition.Flows.Keys).Except(changes.Elements.Select(one => one.ElementId)));
        Assert.All(changes.Lines, line => Assert.Equal(ChangeKind.Added, line.Change));
    }

    public static TheoryData<string> Names => ShippedBooks.Rows;
}
