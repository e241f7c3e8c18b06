using System.Collections.Immutable;
using Workflows.Engine.Execution;
using Workflows.Tests.Support;

namespace Workflows.Tests.Unit;

/// <summary>An instance goes over to another version: what stays, what begins, what it refuses, and the way back.</summary>
public sealed class MigrationTests
{
    static string Task(string id, string inside = "", string name = "") => $"""
        <userTask id="{id}" name="{name}"><extensionElements><zeebe:userTask/>{inside}</extensionElements></userTask>
        """;

    static string Term(string kind, int days, string ladder = "-3wd,0") => $"""
        <zeebe:taskSchedule dueDate="=deadline(since, {days}, &quot;days&quot;)"/>
        <zeebe:properties><zeebe:property name="deadline.kind" value="{kind}"/>
        <zeebe:property name="reminders" value="{ladder}"/></zeebe:properties>
        """;

    // A process of the case file: its tasks remind.
    const string Ends = """
        <extensionElements><zeebe:properties><zeebe:property name="case" value="root"/></zeebe:properties></extensionElements>
        <startEvent id="s"/><endEvent id="e"/>
        """;

    /// <param name="places">Such as <c>a-&gt;b c-&gt;d</c>; what is not named keeps its id.</param>
    static ImmutableSortedDictionary<string, string> Mapping(Sim sim, string places = "")
    {
        var mapping = sim.Simulation.DefinitionOf(sim.Instance).Nodes.Keys
            .ToImmutableSortedDictionary(id => id, id => id, StringComparer.Ordinal);
        foreach (var pair in places.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            mapping = mapping.SetItem(pair.Split("->")[0], pair.Split("->")[1]);
        return mapping;
    }

    static StepResult Try(Sim sim, string places = "", TermPolicy terms = TermPolicy.Keep)
    {
        var target = sim.Simulation.LatestOf("p");
        var mapping = Mapping(sim, places).Where(pair => target.Nodes.ContainsKey(pair.Value));
        return sim.Simulation.Migrate(sim.Key, mapping.ToImmutableSortedDictionary(StringComparer.Ordinal), terms);
    }

    static StepResult.Accepted Migrate(Sim sim, string places = "", TermPolicy terms = TermPolicy.Keep)
    {
        var result = Try(sim, places, terms);
        Assert.True(result is StepResult.Accepted, $"{result}\n{sim.Story}");
        var folded = Apply.Fold(sim.Simulation.History.Where(h => h.InstanceKey == sim.Key).Select(h => h.Event));
        Assert.Equal(EngineJson.Write(sim.Instance), EngineJson.Write(folded));
        return (StepResult.Accepted)result;
    }

    static Sim Running(string elements, string flows) =>
        Sim.Of(Ends + elements, flows).Run("""{"since": "2026-01-05"}""");

    [Fact]
    public void Task_WithAnotherId_KeepsItsKeyAndPersonAndGoesOnInTheNewVersion()
    {
        var sim = Running(Task("a", name: "Wywiad"), "s->a->e");
        var key = sim.OpenTasks().Single().Task.Key;
        sim.Do(new AssignUserTask(key, "ewa"));
        sim.With(Ends + Task("b", name: "Wywiad w domu") + Task("c"), "s->b->c->e");

        Migrate(sim, "a->b");

        var task = sim.OpenTasks().Single().Task;
        Assert.Equal((key, "b", "Wywiad w domu", "ewa"), (task.Key, task.ElementId, task.Name, task.Assignee));
        Assert.Equal(2, sim.Instance.Version);
        sim.Complete("b").Complete("c");
        Assert.True(sim.Ended);
    }

    [Fact]
    public void Task_WithoutAPlace_IsRefusedByNameAndNothingChanges()
    {
        var sim = Running(Task("a"), "s->a->e");
        sim.With(Ends + Task("b"), "s->b->e");
        var before = EngineJson.Write(sim.Instance);

        var refused = Assert.IsType<StepResult.Rejected>(Try(sim));

        Assert.Equal(RejectionCode.InvalidState, refused.Code);
        Assert.Contains("'a' (NoPlace)", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, EngineJson.Write(sim.Instance));
    }

    [Theory]
    [InlineData("""<serviceTask id="a"><extensionElements><zeebe:taskDefinition type="x"/></extensionElements></serviceTask>""")]
    [InlineData("""<userTask id="a"><extensionElements><zeebe:userTask/></extensionElements><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1]"/></extensionElements></multiInstanceLoopCharacteristics></userTask>""")]
    public void Task_ThatIsOfAnotherKindThere_IsRefused(string other)
    {
        var sim = Running(Task("a"), "s->a->e");
        sim.With(Ends + other, "s->a->e");
        Assert.Contains("'a' (AnotherKind)", Assert.IsType<StepResult.Rejected>(Try(sim)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Task_InAnotherScopeThere_IsRefused()
    {
        var sim = Running(Task("a"), "s->a->e");
        sim.With(Ends + $"""
            <subProcess id="sub"><startEvent id="is"/>{Task("a")}<endEvent id="ie"/>{Sim.Flows("is->a->ie")}</subProcess>
            """, "s->sub->e");
        Assert.Contains("'a' (AnotherScope)", Assert.IsType<StepResult.Rejected>(Try(sim)).Message, StringComparison.Ordinal);
    }

    // ---- terms ----------------------------------------------------------------------------------------------------

    static DateOnly? Due(Sim sim) => sim.OpenTasks().Single().Task.Deadline?.DueOn;

    static int Reminders(Sim sim) => sim.Instance.Timers.Values.Count(timer => timer.Reminder is not null);

    [Theory]
    [InlineData("STAT", 14, 7, TermPolicy.Keep, 14)]
    [InlineData("STAT", 14, 7, TermPolicy.Renew, 7)]
    [InlineData("STAT", 14, 21, TermPolicy.Renew, 14)]
    [InlineData("COURT", 14, 21, TermPolicy.Renew, 14)]
    [InlineData("HOUSE", 14, 21, TermPolicy.Renew, 21)]
    [InlineData("HOUSE", 14, 21, TermPolicy.Keep, 14)]
    public void Term_OfAnOpenTask_IsKeptOrRenewedAndByLawNeverGrows(
        string kind, int before, int rule, TermPolicy terms, int expected)
    {
        var sim = Running(Task("a", Term(kind, before)), "s->a->e");
        sim.Advance("P1D");
        sim.With(Ends + Task("a", Term(kind, rule)), "s->a->e");

        var step = Migrate(sim, terms: terms);

        var start = new DateOnly(2026, 1, 5);
        Assert.Equal(start.AddDays(expected), Due(sim));
        Assert.Equal(terms == TermPolicy.Renew && expected < rule, step.History.Any(one => one is TermHeld));
        Assert.Equal(2, Reminders(sim));
        var last = sim.Instance.Timers.Values.Max(timer => timer.DueAt);
        Assert.Equal(start.AddDays(expected), DateOnly.FromDateTime(last.UtcDateTime));
    }

    // The rule of the law may not be shaken off by calling the term one of the house.
    [Fact]
    public void Term_OfTheLawThatTheNewVersionCallsOneOfTheHouse_DoesNotGrow()
    {
        var sim = Running(Task("a", Term("STAT", 14)), "s->a->e");
        sim.With(Ends + Task("a", Term("HOUSE", 30)), "s->a->e");
        Migrate(sim, terms: TermPolicy.Renew);
        Assert.Equal(new DateOnly(2026, 1, 19), Due(sim));
    }

    [Fact]
    public void Term_OfTheLawThatTheNewVersionDoesNotHave_Stays()
    {
        var sim = Running(Task("a", Term("STAT", 14)), "s->a->e");
        sim.With(Ends + Task("a"), "s->a->e");
        Assert.Contains(Migrate(sim, terms: TermPolicy.Renew).History, one => one is TermHeld { Wanted: null });
        Assert.Equal(new DateOnly(2026, 1, 19), Due(sim));
    }

    [Fact]
    public void Term_CountedFromTheOffer_IsCountedFromTheSameDay()
    {
        const string FromNow = """<zeebe:taskSchedule dueDate="=deadline(date(now()), DAYS, &quot;days&quot;)"/>""";
        var sim = Running(Task("a", FromNow.Replace("DAYS", "14", StringComparison.Ordinal)), "s->a->e");
        sim.Advance("P3D");
        sim.With(Ends + Task("a", FromNow.Replace("DAYS", "10", StringComparison.Ordinal)), "s->a->e");
        Migrate(sim, terms: TermPolicy.Renew);
        Assert.Equal(new DateOnly(2026, 1, 15), Due(sim));
    }

    [Fact]
    public void Reminders_OfAnotherLadder_BeginAnewAlsoWhereTheTermStays()
    {
        var sim = Running(Task("a", Term("HOUSE", 14, "-3wd,0")), "s->a->e");
        sim.With(Ends + Task("a", Term("HOUSE", 14, "-5wd,-1wd,0;head:0")), "s->a->e");
        Migrate(sim);
        Assert.Equal(4, Reminders(sim));
    }

    // ---- what is waited for ---------------------------------------------------------------------------------------

    static string Timer(string id, string at, string duration) => $"""
        <boundaryEvent id="{id}" attachedToRef="{at}" cancelActivity="false"><timerEventDefinition>
        <timeDuration>{duration}</timeDuration></timerEventDefinition></boundaryEvent>
        """;

    [Fact]
    public void BoundaryTimers_KeepTheirDayAreOpenedOrClosedByTheNewVersion()
    {
        var sim = Running(Task("a") + Timer("stays", "a", "P10D") + Timer("goes", "a", "P20D") + Task("x") + Task("y"),
            "s->a->e; stays->x->e; goes->y->e");
        var due = sim.Instance.Timers.Values.Single(timer => timer.TargetId == "stays").DueAt;
        sim.Advance("P1D");
        sim.With(Ends + Task("a") + Timer("stays", "a", "P30D") + Timer("comes", "a", "P5D") + Task("x") + Task("z"),
            "s->a->e; stays->x->e; comes->z->e");

        Migrate(sim);

        Assert.Equal(["comes", "stays"], sim.Instance.Timers.Values.Select(t => t.TargetId).Order(StringComparer.Ordinal));
        Assert.Equal(due, sim.Instance.Timers.Values.Single(timer => timer.TargetId == "stays").DueAt);
        sim.Advance("P6D");
        Assert.Equal("a z", sim.Tasks);
        sim.Advance("P6D");
        Assert.Equal("a x z", sim.Tasks);
    }

    [Fact]
    public void BoundaryTimer_ThatHasFiredBefore_DoesNotFireAgain()
    {
        var sim = Running(Task("a") + Timer("t", "a", "P1D") + Task("x"), "s->a->e; t->x->e");
        sim.Advance("P2D");
        sim.With(Ends + Task("a") + Timer("t", "a", "P1D") + Task("x"), "s->a->e; t->x->e");
        Migrate(sim);
        sim.Advance("P5D");
        Assert.Equal("a x", sim.Tasks);
    }

    const string Messages = """
        <message id="m" name="court"><extensionElements><zeebe:subscription correlationKey="=since"/></extensionElements></message>
        <message id="n" name="police"><extensionElements><zeebe:subscription correlationKey="=since"/></extensionElements></message>
        """;

    static string Catch(string id, string message) =>
        $"""<intermediateCatchEvent id="{id}"><messageEventDefinition messageRef="{message}"/></intermediateCatchEvent>""";

    [Theory]
    [InlineData("m", "court")]
    [InlineData("n", "police")]
    public void Message_IsAwaitedAsTheNewVersionNamesIt(string message, string name)
    {
        var sim = new Sim().With(Ends + Catch("c", "m"), "s->c->e", Messages).Run("""{"since": "2026-01-05"}""");
        sim.With(Ends + Catch("d", message) + Task("a"), "s->d->a->e", Messages);
        Migrate(sim, "c->d");
        Assert.Equal(name, Assert.Single(sim.Instance.Subscriptions.Values).MessageName);
        Assert.True(sim.Publish(name, "2026-01-05"));
        Assert.Equal("a", sim.Tasks);
    }

    [Fact]
    public void EventBasedGateway_GainsAndLosesWays()
    {
        const string Gateway = """<eventBasedGateway id="g"/>""";
        const string Wait = """
            <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>P9D</timeDuration></timerEventDefinition></intermediateCatchEvent>
            """;
        var sim = new Sim().With(Ends + Gateway + Catch("c", "m") + Catch("d", "n"), "s->g->c->e; g->d->e", Messages)
            .Run("""{"since": "2026-01-05"}""");
        sim.With(Ends + Gateway + Catch("c", "m") + Wait + Task("late"), "s->g->c->e; g->t->late->e", Messages);
        Migrate(sim);
        Assert.False(sim.Publish("police", "2026-01-05"));
        sim.Advance("P10D");
        Assert.Equal("late", sim.Tasks);
    }

    [Fact]
    public void Joining_WithATokenThere_NeedsTheSameFlow()
    {
        const string Gateways = """<parallelGateway id="f"/><parallelGateway id="j"/>""";
        var sim = Running(Gateways + Task("a") + Task("b"), "s->f->a->j->e; f->b->j").Complete("a");
        var token = Assert.Single(sim.Instance.Tokens);
        sim.With(Ends + Gateways + Task("a") + Task("b") + Task("c"), "s->f->c->a->j->e; f->b->j");
        Assert.Contains("'j' (WaitsToJoin)", Assert.IsType<StepResult.Rejected>(Try(sim)).Message, StringComparison.Ordinal);
        sim.With(Ends + Gateways + Task("a") + Task("b") + Task("c"), "s->f->a->j->c->e; f->b->j");
        Migrate(sim);
        Assert.Equal(token.FlowId, sim.Instance.Tokens[0].FlowId);
        Assert.Equal("c", sim.Complete("b").Tasks);
    }

    [Fact]
    public void FourEyes_HoldOverAMigration()
    {
        const string Other = """<zeebe:properties><zeebe:property name="notSamePersonAs" value="ID"/></zeebe:properties>""";
        var sim = Running(Task("a") + Task("b", Other.Replace("ID", "a", StringComparison.Ordinal)), "s->a->b->e");
        sim.Complete("a", actor: "ewa");
        sim.With(Ends + Task("a2") + Task("b", Other.Replace("ID", "a2", StringComparison.Ordinal)), "s->a2->b->e");
        Migrate(sim, "a->a2");
        var task = sim.OpenTasks().Single().Task.Key;
        Assert.Equal(RejectionCode.Forbidden,
            Assert.IsType<StepResult.Rejected>(sim.Do(new CompleteUserTask(task, []), "ewa")).Code);
        Assert.IsType<StepResult.Accepted>(sim.Do(new CompleteUserTask(task, []), "olga"));
    }

    [Fact]
    public void Incident_OfAWrongExpression_IsRepairedByAVersionWithoutIt()
    {
        var sim = Running(Task("a", """<zeebe:taskSchedule dueDate="=[1]"/>"""), "s->a->e");
        sim.With(Ends + Task("a", Term("HOUSE", 14)), "s->a->e");
        Migrate(sim);
        sim.Do(new ResolveIncident(sim.Incident.Key));
        Assert.Equal(new DateOnly(2026, 1, 19), Due(sim));
    }

    [Fact]
    public void Expression_OfTheNewVersionThatCannotBeEvaluated_StopsItBeforeAnythingIsStored()
    {
        var sim = Running(Task("a"), "s->a->e");
        sim.With(Ends + Task("a") + Timer("t", "a", "=unknown"), "s->a->e; t->e");
        var before = EngineJson.Write(sim.Instance);
        Assert.Contains("'t'", Assert.IsType<StepResult.Rejected>(Try(sim)).Message, StringComparison.Ordinal);
        Assert.Equal(before, EngineJson.Write(sim.Instance));
    }

    // ---- the way back ---------------------------------------------------------------------------------------------

    static (UndoMigration Undo, ProcessInstance Before) MigrateWithUndo(Sim sim, string places)
    {
        var before = sim.Instance;
        var step = Migrate(sim, places, TermPolicy.Renew);
        var moves = step.History.OfType<InstanceMigrated>().Single().Moves;
        return (new(before, moves, Migration.HashOf(sim.Instance)), before);
    }

    [Fact]
    public void Undo_AtOnce_RestoresPlacesTermsAndWaits()
    {
        var sim = Running(Task("a", Term("HOUSE", 14)) + Timer("t", "a", "P10D") + Task("x"), "s->a->e; t->x->e");
        sim.With(Ends + Task("b", Term("HOUSE", 7)), "s->b->e");
        var (undo, before) = MigrateWithUndo(sim, "a->b");
        Assert.Equal(new DateOnly(2026, 1, 12), Due(sim));

        Assert.IsType<StepResult.Accepted>(sim.Simulation.UndoMigration(sim.Key, undo));

        var task = sim.OpenTasks().Single().Task;
        Assert.Equal(("a", new DateOnly(2026, 1, 19), 1), (task.ElementId, Due(sim), sim.Instance.Version));
        Assert.Equal(Waits(before), Waits(sim.Instance));
        sim.Advance("P11D");
        Assert.Equal("a x", sim.Tasks);

        static string Waits(ProcessInstance instance) => string.Join(' ', instance.Timers.Values
            .Select(timer => $"{timer.TargetId} {timer.DueAt:O} {timer.Reminder?.Rung}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Undo_AfterAnotherStep_IsRefused()
    {
        var sim = Running(Task("a"), "s->a->e");
        sim.With(Ends + Task("b") + Task("c"), "s->b->c->e");
        var (undo, _) = MigrateWithUndo(sim, "a->b");
        sim.Complete("b");
        Assert.Equal(RejectionCode.InvalidState,
            Assert.IsType<StepResult.Rejected>(sim.Simulation.UndoMigration(sim.Key, undo)).Code);
    }

    [Fact]
    public void Undo_WhereTwoStepsBecameOne_SaysThatItIsNoLongerKnown()
    {
        const string Gateway = """<parallelGateway id="f"/>""";
        var sim = Running(Gateway + Task("a") + Task("b"), "s->f->a->e; f->b->e");
        sim.With(Ends + Gateway + Task("c"), "s->f->c->e; f->e");
        var (undo, _) = MigrateWithUndo(sim, "a->c b->c");
        Assert.Equal("c c", sim.Tasks);
        Assert.Contains("'c'",
            Assert.IsType<StepResult.Rejected>(sim.Simulation.UndoMigration(sim.Key, undo)).Message, StringComparison.Ordinal);
    }

    // ---- by hand --------------------------------------------------------------------------------------------------

    static ElementActivation Begin(string id, long ancestor = 0, params ScopedVariable[] variables) =>
        new(id, ancestor, [.. variables]);

    static StepResult Modify(Sim sim, ElementActivation[] begin, params long[] end) =>
        sim.Do(new ModifyInstance([.. begin], [.. end]));

    [Fact]
    public void Modify_MovesTheTokenWithVariablesOfItsOwn()
    {
        var sim = Running(Task("a") + Task("b", """<zeebe:assignmentDefinition assignee="=who"/>"""), "s->a->b->e");
        var element = sim.OpenTasks().Single().Task.ElementKey;
        Assert.IsType<StepResult.Accepted>(Modify(
            sim, [Begin("b", 0, new ScopedVariable("b", "who", "\"ewa\""), new ScopedVariable(null, "seen", "true"))], element));
        Assert.Equal(("b", "ewa"), (sim.Tasks, sim.OpenTasks().Single().Task.Assignee));
        Assert.Equal("true", sim.Variable("seen"));
        sim.Complete("b");
        Assert.True(sim.Ended);
    }

    [Fact]
    public void Modify_IntoASubProcessThatIsNotActive_BeginsItsScope()
    {
        var sim = Running(Task("a") + $"""
            <subProcess id="sub"><startEvent id="is"/>{Task("b")}{Task("c")}<endEvent id="ie"/>{Sim.Flows("is->b->c->ie")}</subProcess>
            """ + Timer("t", "sub", "P3D") + Task("late"), "s->a->sub->e; t->late->e");
        Modify(sim, [Begin("c")], sim.OpenTasks().Single().Task.ElementKey);
        Assert.Equal("c", sim.Tasks);
        sim.Advance("P4D");
        Assert.Equal("c late", sim.Tasks);
        sim.Complete("c").Complete("late");
        Assert.True(sim.Ended);
    }

    [Fact]
    public void Modify_ThatEndsEverything_EndsTheInstance()
    {
        var sim = Running(Task("a"), "s->a->e");
        Modify(sim, [], sim.OpenTasks().Single().Task.ElementKey);
        Assert.Equal(InstanceState.Terminated, sim.Instance.State);
    }

    [Theory]
    [InlineData("nowhere", "'nowhere' is no element")]
    [InlineData("s", "'s' is a START_EVENT")]
    public void Modify_ToAPlaceThatCannotBegin_IsRefused(string id, string message)
    {
        var sim = Running(Task("a"), "s->a->e");
        Assert.Contains(message,
            Assert.IsType<StepResult.Rejected>(Modify(sim, [Begin(id)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Modify_IntoAScopeThatIsActiveTwice_AsksWhichOne()
    {
        var sim = Running($"""
            <subProcess id="sub"><startEvent id="is"/>{Task("b")}{Task("c")}<endEvent id="ie"/>{Sim.Flows("is->b->c->ie")}
            <multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]"/></extensionElements></multiInstanceLoopCharacteristics></subProcess>
            """, "s->sub->e");
        Assert.Contains("active 2 times",
            Assert.IsType<StepResult.Rejected>(Modify(sim, [Begin("c")])).Message, StringComparison.Ordinal);
        var scope = sim.Instance.Elements.Values.First(one => one.Kind == ElementKind.MultiInstanceInner).Key;
        Assert.IsType<StepResult.Accepted>(Modify(sim, [Begin("c", scope)]));
        Assert.Equal("b b c", sim.Tasks);
    }
}
