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

    /// <param name="InstanceKey">Key of the instance, as a string of digits.</param>
    /// <param name="TaskKey">The first task the caller may do in it; null when it is others' turn.</param>
    public sealed record Opened(string CaseNo, string InstanceKey, string? TaskKey);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Variables is { ValueKind: not JsonValueKind.Object })
        {
            yield return ("variables", "Dane początkowe muszą być obiektem JSON.");
        }
    }

    public sealed class Handler(CaseOpening opening, CaseRest rest) : IRequestHandler<OpenCase, UseCaseResult<Opened>>
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
            if (answer is not EngineAnswer.Accepted accepted)
                return Answers.From<Opened>(answer, _ => throw new InvalidOperationException("Expected a rejection."));
            var caseNo = CaseView.CaseNoOf(accepted.Tags)!;
            return new UseCaseResult<Opened>.Done(new Opened(
                caseNo, TaskItems.Digits(accepted.InstanceKey), await rest.FirstTaskAsync(
                    request.Scope, accepted.InstanceKey, CaseView.TagPrefix + caseNo, cancellationToken)));
        }
    }
}
