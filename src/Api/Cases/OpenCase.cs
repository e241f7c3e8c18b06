using System.Collections.Immutable;
using System.Text.Json;
using Api.UseCases;
using MediatR;
using Workflows.Engine.Execution;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>
/// Opens a case by starting its root procedure. Who may start it stands on the procedure (<c>startableBy</c>).
/// </summary>
/// <param name="Process">Process id; the family support procedure when nothing is said.</param>
/// <param name="Variables">Start data, or nothing.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record OpenCase(
    Scope Scope, string Process, JsonElement? Variables, string? IdempotencyKey) : IUseCase<OpenCase.Opened>, IChecked
{
    public const string DefaultProcess = "family-support";

    /// <param name="RootInstanceKey">Key of the instance, as a string of digits.</param>
    public sealed record Opened(string CaseNo, string RootInstanceKey);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Variables is { ValueKind: not JsonValueKind.Object })
        {
            yield return ("variables", "Dane początkowe muszą być obiektem JSON.");
        }
    }

    public sealed class Handler(CaseOpening opening) : IRequestHandler<OpenCase, UseCaseResult<Opened>>
    {
        public async Task<UseCaseResult<Opened>> Handle(OpenCase request, CancellationToken cancellationToken)
        {
            ImmutableArray<VariableValue> variables = request.Variables is { } given
                ? [.. given.EnumerateObject()
                    .Select(field => new VariableValue(field.Name, CanonicalJson.Of(field.Value)))]
                : [];
            var answer = await opening.ExecuteAsync(
                request.Scope, new InstanceCreation(ProcessSelector.ById(request.Process), variables),
                request.IdempotencyKey, cancellationToken);
            return Answers.From(answer, accepted => new Opened(
                CaseNoOf(accepted), accepted.InstanceKey.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        static string CaseNoOf(EngineAnswer.Accepted accepted) =>
            accepted.Tags.First(tag => tag.StartsWith(CaseOpening.TagPrefix, StringComparison.Ordinal))[
                CaseOpening.TagPrefix.Length..];
    }
}
