using Workflows.Runtime;
using Workflows.Runtime.Storage;
namespace Api.Notifications
{
    public sealed record TeamsSettings(bool Enabled = false);
    public sealed record NotificationSettings { public TeamsSettings Teams { get; init; } = new(); }
    public abstract record TeamsAnswer { public sealed record Done(SendResult Result) : TeamsAnswer; public sealed record NotInstalled(string Reason) : TeamsAnswer; }
    public sealed class TeamsChannel { public Task<TeamsAnswer> SendAsync(long k, string u, Notice n, RenderedNotice c, string chain, CancellationToken ct) => throw new NotSupportedException(); }
    public sealed class Templates { public Task<RenderedNotice> RenderAsync(Notice n, CancellationToken ct) => throw new NotSupportedException(); }
}
namespace Api.Approvals
{
    public sealed class ApprovalTickets { public Task<Uri> IssueAsync(UserTaskRow t, string u, string c, long k, CancellationToken ct) => throw new NotSupportedException(); }
}
