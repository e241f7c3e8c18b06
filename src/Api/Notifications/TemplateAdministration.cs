using System.Globalization;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Notifications;

/// <summary>One template as its administrator sees it.</summary>
/// <param name="Fields">The fields this template has.</param>
/// <param name="Variables">What may stand in braces.</param>
/// <param name="Shipped">The product's own words.</param>
/// <param name="ChangedBy">Null where the shipped words are in force.</param>
public sealed record TemplateView(
    string Name, TemplateText Text, TemplateText Shipped, IReadOnlyList<string> Fields, IReadOnlyList<string> Variables,
    Person? ChangedBy, DateTimeOffset? ChangedAt);

/// <summary>What the use cases of templates share.</summary>
static class TemplateBook
{
    /// <summary>In the order people read them.</summary>
    public static IEnumerable<string> Names => Enum.GetNames<NoticeKind>().Prepend(Templates.CaseSubject);

    public static bool IsKnown(string name) => ShippedTemplates.All.ContainsKey(name);

    public static IReadOnlyList<string> Fields(string name) => name == Templates.CaseSubject
        ? ["subject"]
        : TemplateLint.IsOfCase(Enum.Parse<NoticeKind>(name))
            ? ["heading", "body", "linkText", "preview"]
            : ["subject", "heading", "body", "linkText", "preview"];

    public static IEnumerable<(string Field, string Message)> Problems(string name, TemplateText text) => IsKnown(name)
        ? TemplateLint.Problems(name, text)
        : [("name", $"Nie ma szablonu „{name}”. Wybierz z listy: {string.Join(", ", Names)}.")];

    public static Change.Refused Unknown(string name) =>
        new(EngineRejection.NotFound, $"Nie ma szablonu „{name}”. Wybierz go z listy.");

    public static Task<TemplateRow?> FindAsync(ProductDb db, string name, CancellationToken ct) =>
        db.NotificationTemplates.FirstOrDefaultAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.Name == name, ct);
}

/// <summary>Every text of a message, with what it may say.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record ListTemplates(Scope Scope) : IUseCase<IReadOnlyList<TemplateView>>
{
    public sealed class Handler(ProductDbFactory databases, People people)
        : IRequestHandler<ListTemplates, UseCaseResult<IReadOnlyList<TemplateView>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<TemplateView>>> Handle(
            ListTemplates request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var own = await db.NotificationTemplates.AsNoTracking()
                .Where(row => row.TenantId == WorkflowDb.DefaultTenant)
                .ToDictionaryAsync(row => row.Name, StringComparer.Ordinal, cancellationToken);
            var names = await people.OfAsync(own.Values.Select(row => row.ChangedBy), cancellationToken);
            return new UseCaseResult<IReadOnlyList<TemplateView>>.Done([.. TemplateBook.Names.Select(name =>
            {
                var row = own.GetValueOrDefault(name);
                var shipped = ShippedTemplates.All[name];
                return new TemplateView(
                    name, row?.Text ?? shipped, shipped, TemplateBook.Fields(name), NoticeVariables.Of(name),
                    names[row?.ChangedBy], row?.ChangedAt);
            })]);
        }
    }
}

/// <summary>The office's own words for one kind of message.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record ChangeTemplate(Scope Scope, string Name, TemplateText Text) : IUseCase<Unit>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems() => TemplateBook.Problems(Name, Text);

    public sealed class Handler(AuditLog audit, Templates templates)
        : IRequestHandler<ChangeTemplate, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(ChangeTemplate request, CancellationToken cancellationToken)
        {
            var (name, text) = (request.Name, request.Text);
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Settings, async (db, at, ct) =>
            {
                var row = await TemplateBook.FindAsync(db, name, ct);
                var before = row?.Text ?? ShippedTemplates.All[name];
                if (row is null)
                {
                    db.NotificationTemplates.Add(new TemplateRow
                    {
                        TenantId = WorkflowDb.DefaultTenant, Name = name, Subject = text.Subject,
                        Heading = text.Heading, Body = text.Body, LinkText = text.LinkText, Preview = text.Preview,
                        ChangedBy = request.Scope.User, ChangedAt = at,
                    });
                }
                else
                {
                    (row.Subject, row.Heading, row.Body) = (text.Subject, text.Heading, text.Body);
                    (row.LinkText, row.Preview) = (text.LinkText, text.Preview);
                    (row.ChangedBy, row.ChangedAt) = (request.Scope.User, at);
                }
                return new Change.Done("TemplateChanged", name, before, text);
            }, ct: cancellationToken);
            templates.Forget();
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>Back to the shipped words.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record ResetTemplate(Scope Scope, string Name) : IUseCase<Unit>
{
    public sealed class Handler(AuditLog audit, Templates templates)
        : IRequestHandler<ResetTemplate, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(ResetTemplate request, CancellationToken cancellationToken)
        {
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Settings, async (db, _, ct) =>
            {
                if (!TemplateBook.IsKnown(request.Name)) return TemplateBook.Unknown(request.Name);
                if (await TemplateBook.FindAsync(db, request.Name, ct) is not { } row)
                {
                    return new Change.Refused(
                        EngineRejection.InvalidState, "Ten szablon ma już teksty dostarczone z systemem.");
                }
                db.NotificationTemplates.Remove(row);
                return new Change.Done("TemplateReset", request.Name, row.Text, ShippedTemplates.All[request.Name]);
            }, ct: cancellationToken);
            templates.Forget();
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>The message as it would look, with invented values; nothing is stored.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record PreviewTemplate(Scope Scope, string Name, TemplateText Text) : IUseCase<RenderedNotice>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems() => TemplateBook.Problems(Name, Text);

    public sealed class Handler(Templates templates, Settings settings, WorkflowEngine engine)
        : IRequestHandler<PreviewTemplate, UseCaseResult<RenderedNotice>>
    {
        public async Task<UseCaseResult<RenderedNotice>> Handle(
            PreviewTemplate request, CancellationToken cancellationToken)
        {
            var (name, text) = (request.Name, request.Text);
            var today = DateOnly.FromDateTime(
                TimeZoneInfo.ConvertTime(await engine.Clock.NowAsync(cancellationToken), settings.Zone).DateTime);
            var texts = await templates.TextsAsync(cancellationToken);
            // The subject of cases is seen on a message that has it.
            var onlySubject = name == Templates.CaseSubject;
            var kind = onlySubject ? NoticeKind.TaskAssigned : Enum.Parse<NoticeKind>(name);
            var notice = NoticeVariables.Example(kind, settings.PublicBaseUrl, today);
            return new UseCaseResult<RenderedNotice>.Done(templates.Render(
                notice, onlySubject ? texts[kind.ToString()] : text,
                onlySubject ? text.Subject : texts[Templates.CaseSubject].Subject, today));
        }
    }
}

/// <summary>One message to the caller's own address, now and past the outbox: does the post work?</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record SendTestMail(Scope Scope) : IUseCase<SendTestMail.Outcome>
{
    /// <param name="State">As in the ledger.</param>
    /// <param name="Message">Polish: what happened and what to do.</param>
    public sealed record Outcome(string State, string? Address, string Message);

    public sealed class Handler(
        IMailTransport transport, MailAddresses addresses, Templates templates, Settings settings, TimeProvider time)
        : IRequestHandler<SendTestMail, UseCaseResult<Outcome>>
    {
        public async Task<UseCaseResult<Outcome>> Handle(SendTestMail request, CancellationToken cancellationToken)
        {
            var (user, ct) = (request.Scope.User, cancellationToken);
            var found = await addresses.OfAsync(user, ct);
            if (found.Address is null)
                return new UseCaseResult<Outcome>.Done(new Outcome(Status.SendFailed, null, found.Why!));
            var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), settings.Zone).DateTime);
            var notice = NoticeVariables.Example(NoticeKind.Digest, settings.PublicBaseUrl, today);
            var content = await templates.RenderAsync(notice, ct);
            // No row stands behind it; the time makes its id one of its own.
            var mail = new OutgoingMail(
                time.GetUtcNow().ToUnixTimeMilliseconds(), user, found.Address, found.Name,
                content with { Subject = "Wiadomość próbna" }, user, NoticeKind.SilenceReport, Attempt: 1);
            return new UseCaseResult<Outcome>.Done(await transport.SendAsync(mail, ct) switch
            {
                SendResult.Sent => new(
                    Status.Sent, found.Address, $"Serwer poczty przyjął wiadomość do {found.Address}."),
                SendResult.Suppressed off => new(Status.Suppressed, found.Address, off.Reason),
                SendResult.Retry later => new(Status.Planned, found.Address, later.Reason),
                SendResult.Unknown unknown => new(Status.Unknown, found.Address, unknown.Reason),
                SendResult.Failed failed => new(Status.SendFailed, found.Address, failed.Reason),
                var other => throw new InvalidOperationException($"A transport answered {other}."),
            });
        }
    }
}
