using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Support;

/// <summary>One node of the engine over a database, without workers: what is due is done when the test says
/// so.</summary>
sealed class TestEngine : IAsyncDisposable
{
    public static readonly DateTimeOffset Monday = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    public static readonly Scope Machine = new("demo", [], EngineAll: true);

    TestEngine(WorkflowsOptions options)
    {
        Store = new WorkflowStore(options);
        Engine = new WorkflowEngine(Store, options, NullLogger<WorkflowEngine>.Instance);
    }

    public WorkflowStore Store { get; }
    public WorkflowEngine Engine { get; }

    public static async Task<TestEngine> OpenAsync(
        DatabaseProvider provider, string connectionString, Action<WorkflowsOptions>? configure = null)
    {
        var options = new WorkflowsOptions
        {
            Provider = provider, ConnectionString = connectionString, PinnableClock = true, Workers = false,
        };
        configure?.Invoke(options);
        var engine = new TestEngine(options);
        await engine.Store.MigrateAsync();
        return engine;
    }

    /// <summary>Deploys one process and fails with its problems.</summary>
    public async Task<DeployAnswer.Deployed> DeployAsync(params DeploymentFile[] files)
    {
        var answer = await Engine.DeployAsync(Machine, files);
        if (answer is DeployAnswer.Refused refused) Assert.Fail(string.Join('\n', refused.Problems));
        return (DeployAnswer.Deployed)answer;
    }

    public async Task<EngineAnswer.Accepted> StartAsync(
        string processId, string variables = "{}", string? idempotencyKey = null) => Accepted(
        await Engine.CreateInstanceAsync(
            Machine, new(ProcessSelector.ById(processId), Variables(variables)), idempotencyKey));

    public static EngineAnswer.Accepted Accepted(EngineAnswer answer)
    {
        if (answer is EngineAnswer.Rejected rejected) Assert.Fail($"{rejected.Code}: {rejected.Message}");
        return (EngineAnswer.Accepted)answer;
    }

    public static EngineAnswer.Rejected Rejected(EngineRejection code, EngineAnswer answer)
    {
        var rejected = Assert.IsType<EngineAnswer.Rejected>(answer);
        Assert.Equal(code, rejected.Code);
        return rejected;
    }

    /// <summary>A JSON object as variables.</summary>
    public static ImmutableArray<VariableValue> Variables(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateObject().Select(p => new VariableValue(p.Name, p.Value.GetRawText()))];
    }

    /// <summary>The first column of every row, as text.</summary>
    public async Task<string[]> RowsAsync(string sql, params object?[] values) => [.. await Store.ReadAsync(
        sql, row => row.IsDBNull(0) ? "null"
            : Convert.ToString(row.GetValue(0), System.Globalization.CultureInfo.InvariantCulture)!,
        CancellationToken.None, values)];

    public Task<int> ChangeAsync(string sql, params object?[] values) => Store.WriteAsync(
        (connection, transaction) => Store.ExecuteAsync(connection, transaction, sql, CancellationToken.None, values));

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Engine.Dispose();
    }
}
