using System.Globalization;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Tests.Support;

namespace Workflows.Tests.Unit;

public sealed class ReminderTests
{
    static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");

    static string Plan(string ladder, string from, string due, params string[] escalation)
    {
        var read = ReminderLadder.Parse(ladder, [.. escalation], out var problem);
        Assert.Null(problem);
        return string.Join(" | ", read!.Plan(At(from), At(due), BusinessCalendar.Poland, Warsaw).Select(
            one => $"{one.Role ?? "performer"} {one.Rung} {TimeZoneInfo.ConvertTime(one.At, Warsaw):MM-dd HH:mm}"));
    }

    static DateTimeOffset At(string local) =>
        LocalTime.ToInstant(DateTime.Parse(local, CultureInfo.InvariantCulture), Warsaw);

    // 11 November 2026 is a Wednesday and a holiday; the term ends on Monday the 16th.
    [Fact]
    public void Std_OverAHoliday_CountsWorkingDays() => Assert.Equal(
        "performer -3wd 11-10 07:00 | performer -1wd 11-13 07:00 | performer 0 11-16 07:00 | team_lead 0 11-16 07:00 "
        + "| head +2wd 11-18 07:00",
        Plan("std", "2026-11-02 09:00", "2026-11-16 23:59:59"));

    [Fact]
    public void Std_WithEscalation_TellsTheRolesInTheirOrderAndTheHeadAtTheEnd()
    {
        Assert.EndsWith(
            "team_lead 0 11-16 07:00 | head +2wd 11-18 07:00",
            Plan("std", "2026-11-02 09:00", "2026-11-16 23:59:59", "team_lead"), StringComparison.Ordinal);
        Assert.EndsWith(
            "performer 0 11-16 07:00 | head 0 11-16 07:00",
            Plan("std", "2026-11-02 09:00", "2026-11-16 23:59:59", "head"), StringComparison.Ordinal);
    }

    [Fact]
    public void Fast_OfTwoDays_RemindsAtHalfAndGoesStraightToTheHead() => Assert.Equal(
        "performer 50% 11-03 09:00 | performer 0 11-04 07:00 | head 0 11-04 07:00",
        Plan("fast", "2026-11-02 09:00", "2026-11-04 09:00"));

    [Fact]
    public void Max_OfHalfAYear_TellsTheHeadFromSevenDaysBefore() => Assert.Equal(
        "performer -30d 05-31 07:00 | performer -14d 06-16 07:00 | performer -7d 06-23 07:00 | head -7d 06-23 07:00 "
        + "| performer -1d 06-29 07:00 | head -1d 06-29 07:00 | performer 0 06-30 07:00 | head 0 06-30 07:00",
        Plan("max", "2026-01-02 09:00", "2026-06-30 23:59:59"));

    // The night of 24 to 25 October 2026 has 25 hours: shares of a period are of true time.
    [Fact]
    public void Hour_OverTheEndOfSummerTime_CountsTrueHours() => Assert.Equal(
        "performer 25% 10-24 18:00 | head 25% 10-24 18:00 | team_lead 25% 10-24 18:00 | performer 50% 10-25 00:00 "
        + "| head 50% 10-25 00:00 | team_lead 50% 10-25 00:00 | performer 75% 10-25 05:00 | head 75% 10-25 05:00 "
        + "| team_lead 75% 10-25 05:00 | performer 100% 10-25 11:00 | head 100% 10-25 11:00 "
        + "| team_lead 100% 10-25 11:00",
        Plan("hour", "2026-10-24 12:00", "2026-10-25 11:00", "head", "team_lead"));

    [Fact]
    public void Morning_OnTheDayTheClockGoesForward_IsSevenByTheClock() => Assert.Equal(
        "performer -1d 03-29 07:00 | performer 0 03-30 07:00",
        Plan("-1d,0", "2026-03-20 09:00", "2026-03-30 23:59:59"));

    [Fact]
    public void Late_BegunAfterItsTerm_TellsEachRoleItsLastRungAtOnce() => Assert.Equal(
        "performer 0 11-20 10:00 | head +2wd 11-20 10:00 | team_lead 0 11-20 10:00",
        Plan("std", "2026-11-20 10:00", "2026-11-16 23:59:59"));

    [Fact]
    public void Late_BegunOnItsLastDay_TellsNobodyBeforeTheTermIsOver() => Assert.Equal(
        "performer 0 11-17 00:00 | team_lead 0 11-17 00:00 | head +2wd 11-18 07:00",
        Plan("std", "2026-11-16 10:00", "2026-11-16 23:59:59"));

    [Theory]
    [InlineData("-3wd,-1wd,0,+2wd/2wd;head:+2wd", "+2wd/2wd", "2026-11-18 07:00", "2026-11-20 07:00")]
    [InlineData("+1h/6h", "+1h/6h", "2026-11-18 07:00", "2026-11-18 13:00")]
    [InlineData("0", "0", "2026-11-18 07:00", null)]
    public void Rung_Repeated_ComesAgain(string ladder, string rung, string last, string? next)
    {
        Assert.NotNull(ReminderLadder.Parse(ladder, [], out _));
        Assert.Equal(
            next is null ? null : At(next), ReminderLadder.Next(rung, At(last), BusinessCalendar.Poland, Warsaw));
    }

    [Theory]
    [InlineData("")]
    [InlineData("standard")]
    [InlineData("-3")]
    [InlineData("3wd")]
    [InlineData("+50%")]
    [InlineData("101%")]
    [InlineData("+2wd/0wd")]
    [InlineData("+2wd/50%")]
    [InlineData("Head:0")]
    [InlineData("-1000d")]
    [InlineData("0,nonsense")]
    public void Ladder_Unreadable_IsRefusedWithTheEntry(string text)
    {
        Assert.Null(ReminderLadder.Parse(text, [], out var problem));
        Assert.NotNull(problem);
    }

    // ---- in a running process ----------------------------------------------------------------------------------

    static (Simulation Simulation, long Instance) Begin(string reminders, string due)
    {
        var simulation = new Simulation(At("2026-11-02 09:00"), Warsaw, BusinessCalendar.Poland);
        simulation.Deploy(Sim.Read(Sim.Xml($"""
            <extensionElements><zeebe:properties><zeebe:property name="case" value="root" /></zeebe:properties>
            </extensionElements>
            <startEvent id="s" />
            <userTask id="visit"><extensionElements><zeebe:userTask />
              <zeebe:taskSchedule dueDate="{due}" />
              <zeebe:properties><zeebe:property name="reminders" value="{reminders}" /></zeebe:properties>
            </extensionElements></userTask>
            <endEvent id="e" />
            """, "s->visit->e")).Processes[0]);
        simulation.Start("p", []);
        return (simulation, simulation.Instances.Keys.Single());
    }

    static string[] Fired(Simulation simulation) => [.. simulation.History
        .Where(one => one.Event is ReminderFired)
        .Select(one => $"{((ReminderFired)one.Event).Reminder.Rung} {TimeZoneInfo.ConvertTime(one.At, Warsaw):MM-dd}")];

    [Fact]
    public void Task_Open_IsRemindedOfWithoutMovingOn()
    {
        var (simulation, instance) = Begin("-3wd,0,+2wd/2wd", "2026-11-16T23:59:59");
        simulation.AdvanceTo(At("2026-11-21 00:00"));
        Assert.Equal(["-3wd 11-10", "0 11-16", "+2wd/2wd 11-18", "+2wd/2wd 11-20"], Fired(simulation));
        Assert.Single(simulation.Instances[instance].UserTasks);
    }

    [Fact]
    public void Task_Completed_TakesItsRemindersWithIt()
    {
        var (simulation, instance) = Begin("-3wd,0,+2wd/2wd", "2026-11-16T23:59:59");
        simulation.AdvanceTo(At("2026-11-12 00:00"));
        var task = simulation.Instances.Values.Single().UserTasks.Values.Single();
        Assert.IsType<StepResult.Accepted>(simulation.Execute(instance, new CompleteUserTask(task.Key, [])));
        simulation.AdvanceTo(At("2026-12-31 00:00"));
        Assert.Equal(["-3wd 11-10"], Fired(simulation));
        Assert.Empty(simulation.Instances.Values.Single().Timers);
    }

    [Fact]
    public void Task_WithAnotherTerm_IsRemindedOfTheNewOneOnly()
    {
        var (simulation, instance) = Begin("-1wd,0", "2026-11-16T23:59:59");
        var task = simulation.Instances.Values.Single().UserTasks.Values.Single();
        simulation.Execute(instance, new UpdateUserTask(
            task.Key, new UserTaskChanges(DueDate: At("2026-11-27 23:59:59"))));
        simulation.AdvanceTo(At("2026-12-31 00:00"));
        Assert.Equal(["-1wd 11-26", "0 11-27"], Fired(simulation));
    }

    [Fact]
    public void Ladder_ThatFeelMakesUnreadable_IsAnIncidentThatNamesIt()
    {
        var (simulation, _) = Begin("=&quot;so&quot; + &quot;on&quot;", "2026-11-16T23:59:59");
        var incident = Assert.Single(simulation.Instances.Values.Single().Incidents.Values);
        Assert.Contains("'soon'", incident.Message, StringComparison.Ordinal);
    }
}
