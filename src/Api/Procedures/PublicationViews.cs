using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;

namespace Api.Procedures;

/// <summary>A publication as both persons see it.</summary>
/// <param name="Revision">Of the draft; 0 where an older version comes into force again.</param>
/// <param name="RollbackTo">That older version; null otherwise.</param>
/// <param name="State"><c>waiting</c>, <c>scheduled</c>, <c>released</c> or <c>refused</c>.</param>
/// <param name="Refusal">Why it was refused; null otherwise.</param>
/// <param name="Version">The version it became; null before that.</param>
/// <param name="Lines">The change in words.</param>
/// <param name="Accepted">Warnings the author accepted, in words.</param>
/// <param name="Backtest">How closed cases would have gone; null where nobody asked.</param>
public sealed record PublicationView(
    string Id, string ProcessId, string Name, int BaseVersion, int Revision, int? RollbackTo, string State,
    Person Author, DateTimeOffset At, string Reason, string LegalBasis, DateOnly ValidFrom, string Hash,
    Person? DecidedBy, DateTimeOffset? DecidedAt, string? Refusal, int? Version, ImmutableArray<string> Lines,
    ImmutableArray<string> Accepted, JsonElement? Backtest)
{
    /// <param name="version">See <see cref="VersionOf"/>.</param>
    public static PublicationView Of(PublicationRow row, int? version, People.Names names) => new(
        row.Id, row.ProcessId, row.Name, row.BaseVersion, row.Revision, row.RollbackTo, row.State,
        names.Of(row.Author), row.At, row.Reason, row.LegalBasis, row.ValidFrom, row.Hash, names.Find(row.DecidedBy),
        row.DecidedAt, row.Refusal, version, List(row.Lines), List(row.Accepted),
        row.Backtest is null ? null : JsonDocument.Parse(row.Backtest).RootElement);

    /// <summary>The version whose first deployment it is.</summary>
    public static int? VersionOf(PublicationRow row, ImmutableArray<ProcedureVersion> versions) =>
        row.DeploymentKey is null ? null
            : versions.FirstOrDefault(one => one.FirstDeployment == row.DeploymentKey)?.Number;

    static ImmutableArray<string> List(string json) => [.. JsonSerializer.Deserialize<string[]>(json)!];
}
