using Microsoft.Extensions.DependencyInjection;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

public static class DependencyInjection
{
    /// <summary>
    /// Registers <see cref="WorkflowEngine"/>, <see cref="DefinitionCatalog"/>, <see cref="EngineClock"/>,
    /// <see cref="WriteGate"/> and a factory of <see cref="WorkflowDb"/> for reads; the workers start with the host.
    /// </summary>
    public static IServiceCollection AddWorkflows(this IServiceCollection services, Action<WorkflowsOptions> configure) =>
        throw new NotSupportedException($"{services} {configure.Method.Name}");

    /// <summary>Brings the engine's tables up to date; call it before the host starts.</summary>
    public static Task MigrateWorkflowsAsync(this IServiceProvider services, CancellationToken cancellation = default) =>
        throw new NotSupportedException($"{services} {cancellation.CanBeCanceled}");
}
