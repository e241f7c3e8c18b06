using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Workflows.Runtime.Storage;

/// <summary>
/// SQLite has one writer. Everybody in this process who writes passes this gate first, in the order of arrival, instead
/// of meeting in SQLite's busy loop. On PostgreSQL it is open.
/// </summary>
/// <remarks>Contexts of the host add <see cref="Interceptor"/>; their commits then pass the gate by
/// themselves.</remarks>
public sealed class WriteGate(bool open) : IDisposable
{
    readonly SemaphoreSlim one = new(1, 1);

    // Connections whose transaction already holds the gate: their saves must not ask for it again.
    readonly ConditionalWeakTable<DbConnection, object> inside = [];

    public bool IsOpen => open;

    public IInterceptor Interceptor => field ??= new TransactionGate(this);

    public async Task EnterAsync(CancellationToken cancellation = default)
    {
        if (!open) await one.WaitAsync(cancellation);
    }

    public void Leave()
    {
        if (!open) one.Release();
    }

    /// <summary>Transactions on this connection run while its owner already holds the gate.</summary>
    public void MarkInside(DbConnection connection) => inside.AddOrUpdate(connection, this);

    public void Dispose() => one.Dispose();

    /// <summary>Holds the gate from the beginning to the end of each transaction of an EF context.</summary>
    sealed class TransactionGate(WriteGate gate) : DbTransactionInterceptor, IDbConnectionInterceptor
    {
        readonly ConditionalWeakTable<DbConnection, object> holding = [];

        public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
            DbConnection connection, TransactionStartingEventData eventData,
            InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
        {
            if (gate.inside.TryGetValue(connection, out _)) return result;
            await gate.EnterAsync(cancellationToken);
            holding.AddOrUpdate(connection, this);
            return result;
        }

        public override InterceptionResult<DbTransaction> TransactionStarting(
            DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result)
        {
            if (gate.inside.TryGetValue(connection, out _)) return result;
            gate.EnterAsync().GetAwaiter().GetResult();
            holding.AddOrUpdate(connection, this);
            return result;
        }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) =>
            Leave(eventData);

        public override Task TransactionCommittedAsync(
            DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Leave(eventData);
            return Task.CompletedTask;
        }

        public override void TransactionRolledBack(DbTransaction transaction, TransactionEndEventData eventData) =>
            Leave(eventData);

        public override Task TransactionRolledBackAsync(
            DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Leave(eventData);
            return Task.CompletedTask;
        }

        // A transaction that is disposed unfinished, as after a failed save, ends with its connection.
        public void ConnectionClosed(DbConnection connection, ConnectionEndEventData eventData) => Leave(connection);

        public Task ConnectionClosedAsync(DbConnection connection, ConnectionEndEventData eventData)
        {
            Leave(connection);
            return Task.CompletedTask;
        }

        void Leave(TransactionEventData ended) => Leave(ended.Context?.Database.GetDbConnection());

        void Leave(DbConnection? connection)
        {
            if (connection is not null && holding.Remove(connection)) gate.Leave();
        }
    }
}
