using Workflows.Engine.Calendar;

namespace Api.Commands;

/// <summary>
/// The command line <c>deadline 14 working-days from 2025-12-10 [forward|none|back]</c>: counts one period without
/// database, port or settings, so that anyone can check a term of the statute against a calendar on the wall. Without
/// arguments it reads one request a line from the input and answers each by one line.
/// </summary>
public static class DeadlineCommand
{
    /// <param name="args">The words of one request, with or without the leading <c>deadline</c>; or none.</param>
    /// <param name="input">Requests by line, read only when there are no words.</param>
    /// <param name="output">Answers; a bad request is answered by <c>error: </c> and a sentence in its place.</param>
    /// <returns>0 when every request was good, otherwise 1.</returns>
    public static int Run(string[] args, TextReader input, TextWriter output)
    {
        var words = args is ["deadline", ..] ? args[1..] : args;
        return DeadlineText.Answer(words, input, output, BusinessCalendar.Poland) ? 0 : 1;
    }
}
