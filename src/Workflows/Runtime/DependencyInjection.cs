using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

public static class DependencyInjection
{
    /// <summary>
    /// Registers <see cref="WorkflowEngine"/>, <see cref="DefinitionCatalog"/>, <see cref="EngineClock"/>,
    /// <see cref="WorkflowStore"/>, <see cref="WriteGate"/> and, per scope, a <see cref="WorkflowDb"/> for reads; the
    /// workers start with the host.
    /// </summary>
    public static IServiceCollection AddWorkflows(
        this IServiceCollection services, Action<WorkflowsOptions> configure)
    {
        var options = new WorkflowsOptions();
        configure(options);
        services.AddSingleton(options);
        services.AddSingleton<WorkflowStore>();
        services.AddSingleton<WorkflowEngine>();
        services.AddSingleton(provider => provider.GetRequiredService<WorkflowEngine>().Catalog);
        services.AddSingleton(provider => provider.GetRequiredService<WorkflowEngine>().Clock);
        services.AddSingleton(provider => provider.GetRequiredService<WorkflowStore>().Gate);
        services.AddScoped(provider => provider.GetRequiredService<WorkflowStore>().Dialect.NewDb());
        services.AddSingleton<IHostedService, Workers>();
        if (options is { Workers: true, Quartz: true }) SafetySweep.AddTo(services, options);
        return services;
    }

    /// <summary>Brings the engine's tables up to date; call it before the host starts.</summary>
    public static Task MigrateWorkflowsAsync(
        this IServiceProvider services, CancellationToken cancellation = default) =>
        services.GetRequiredService<WorkflowStore>().MigrateAsync(cancellation);
}
