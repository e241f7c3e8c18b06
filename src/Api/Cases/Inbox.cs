using System.Collections.Immutable;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>The tasks of a person: hers, those she may take, those of people she stands in for, those done.</summary>
/// <param name="View"><c>mine</c>, <c>queue</c>, <c>done</c>, <c>substitute:user</c>; null: hers and her queue.</param>
/// <param name="Q">Words of a surname, a PESEL or file number, or a part of what the list shows.</param>
/// <param name="Due"><c>all</c>, <c>overdue</c>, <c>today</c> or <c>week</c>: the coming seven days.</param>
/// <param name="Sort"><c>due</c>, <c>priority</c> or <c>created</c>.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ListTasks(
    Scope Scope, string? View, string? Q, string? Due, string? Process, string? Sort, int Page)
    : IUseCase<ListTasks.Answer>, IChecked
{
    public const int PageSize = 50;

    /// <summary>Days after today that count as the near future.</summary>
    public const int NextDays = 7;

    const int QueryLengthMax = 200;
    const string Substitute = "substitute:";

    public sealed record Answer(
        ImmutableArray<TaskItem> Items, int Total, int Page, int PageSize, CountsOfTasks Counts);

    /// <param name="Overdue">As <paramref name="Today"/> and <paramref name="Next"/> of her own tasks.</param>
    public sealed record CountsOfTasks(
        int Mine, int Queue, int Overdue, int Today, int Next, int DoneToday,
        ImmutableArray<SubstituteCount> Substitute);

    public sealed record SubstituteCount(string UserName, string Name, int Count);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (View is not (null or "mine" or "queue" or "done")
            && !View.StartsWith(Substitute, StringComparison.Ordinal))
        {
            yield return ("view", "Nieznany widok. Wybierz: mine, queue, done albo substitute:<użytkownik>.");
        }
        if (Due is not (null or "all" or "overdue" or "today" or "week"))
            yield return ("due", "Nieznany filtr terminu. Wybierz: all, overdue, today albo week.");
        if (Sort is not (null or "due" or "priority" or "created"))
            yield return ("sort", "Nieznane sortowanie. Wybierz: due, priority albo created.");
        if (Page is < 1 or > 10_000) yield return ("page", "Numer strony musi być liczbą od 1.");
        if (Q?.Length > QueryLengthMax) yield return ("q", $"Szukany tekst może mieć do {QueryLengthMax} znaków.");
    }

    public sealed class Handler(
        Queries queries, TaskItems items, ProductDbFactory databases, CaseWords words, CaseFile file, People people,
        LocalMoments moments, EngineClock clock) : IRequestHandler<ListTasks, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ListTasks request, CancellationToken cancellationToken)
        {
            var scope = request.Scope;
            var today = moments.DayOf(await clock.NowAsync(cancellationToken));
            var open = await queries.OpenTasksAsync(scope, cancellationToken);
            var mine = open.Where(item => item.Task.Assignee == scope.User).ToList();
            var queue = open.Where(item => TaskItems.IsOffered(item.Task, scope.User, scope.Groups)).ToList();
            var absent = scope.ActsFor.ToDictionary(
                one => one.User,
                one => open.Where(item => TaskItems.OnBehalfOf(item.Task, scope) == one.User).ToList(),
                StringComparer.Ordinal);
            var user = request.View?.StartsWith(Substitute, StringComparison.Ordinal) == true
                ? request.View[Substitute.Length..]
                : null;
            var chosen = request.View switch
            {
                "mine" => mine,
                "queue" => queue,
                "done" => [.. await queries.DoneTasksAsync(
                    scope, since: null, Queries.InboxMax, cancellationToken)],
                null => [.. mine, .. queue],
                // Nobody's substitute, or no longer: there is nothing.
                _ => absent.GetValueOrDefault(user!) ?? [],
            };
            var wanted = await FilteredAsync(request, chosen, today, cancellationToken);
            var found = Sorted(wanted, request.Sort, request.View).ToList();
            var page = found.Skip((request.Page - 1) * PageSize).Take(PageSize).ToList();
            return new UseCaseResult<Answer>.Done(new Answer(
                await items.OfAsync(page, user, cancellationToken), found.Count, request.Page, PageSize,
                await CountAsync(scope, mine, queue, absent, today, cancellationToken)));
        }

        async Task<CountsOfTasks> CountAsync(
            Scope scope, List<InboxTask> mine, List<InboxTask> queue, Dictionary<string, List<InboxTask>> absent,
            DateOnly today, CancellationToken ct)
        {
            var names = await people.OfAsync(absent.Keys, ct);
            var days = mine.Select(DueDay).ToList();
            return new CountsOfTasks(
                mine.Count, queue.Count, days.Count(day => day < today), days.Count(day => day == today),
                days.Count(day => day > today && day <= today.AddDays(NextDays)),
                await queries.CountDoneAsync(scope, moments.StartOf(today), ct),
                [.. absent.Select(one => new SubstituteCount(one.Key, names.Of(one.Key).Name, one.Value.Count))]);
        }

        async Task<IEnumerable<InboxTask>> FilteredAsync(
            ListTasks request, IReadOnlyCollection<InboxTask> tasks, DateOnly today, CancellationToken ct)
        {
            IEnumerable<InboxTask> found = tasks;
            if (request.Process is { Length: > 0 } process) found = found.Where(item => item.Task.ProcessId == process);
            found = request.Due switch
            {
                "overdue" => found.Where(item => DueDay(item) < today),
                "today" => found.Where(item => DueDay(item) == today),
                "week" => found.Where(item => DueDay(item) <= today.AddDays(NextDays)),
                _ => found,
            };
            if (string.IsNullOrWhiteSpace(request.Q)) return found;
            await using var db = databases.Create();
            var cases = (await words.FindAsync(db, request.Q, ct)).ToHashSet(StringComparer.Ordinal);
            var labels = await file.LabelsAsync(
                db, [.. tasks.Select(TaskItems.CaseNoOf).OfType<string>().Distinct(StringComparer.Ordinal)], ct);
            var part = CaseWords.Normalised(request.Q);
            return found.Where(item => TaskItems.CaseNoOf(item) is var caseNo
                && ((caseNo is not null && cases.Contains(caseNo))
                    || Texts(item, caseNo, labels).Any(
                        text => CaseWords.Normalised(text).Contains(part, StringComparison.Ordinal))));
        }

        static IEnumerable<string> Texts(InboxTask item, string? caseNo, Dictionary<string, string> labels)
        {
            yield return item.Task.Name ?? item.Task.ElementId;
            yield return item.ProcessName ?? item.Task.ProcessId;
            if (caseNo is null) yield break;
            yield return caseNo;
            if (labels.TryGetValue(caseNo, out var label)) yield return label;
        }

        static IEnumerable<InboxTask> Sorted(IEnumerable<InboxTask> tasks, string? sort, string? view) => sort switch
        {
            "priority" => tasks.OrderByDescending(item => item.Task.Priority)
                .ThenBy(item => item.Task.DueDate ?? DateTimeOffset.MaxValue).ThenBy(item => item.Task.Key),
            "created" => tasks.OrderByDescending(item => item.Task.CreatedAt)
                .ThenByDescending(item => item.Task.Key),
            // What is done stands in the order in which it was done.
            null when view == "done" => tasks,
            _ => tasks.OrderBy(item => item.Task.DueDate ?? DateTimeOffset.MaxValue)
                .ThenByDescending(item => item.Task.Priority).ThenBy(item => item.Task.Key),
        };

        DateOnly? DueDay(InboxTask item) => item.Task.DueDate is { } due ? moments.DayOf(due) : null;
    }
}
