namespace Workflows.Engine.Calendar;

public sealed class BusinessCalendar;
