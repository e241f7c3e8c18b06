using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Workflows.Runtime.Storage;

/// <summary>Schema, migrations and reads of the engine's tables. Steps are written by <see
/// cref="WorkflowStore"/>.</summary>
public abstract class WorkflowDb(DbContextOptions options) : DbContext(options)
{
    /// <summary>The tenant of every row until a centre is one.</summary>
    public const string DefaultTenant = "<default>";

    public DbSet<DeploymentRow> Deployments => Set<DeploymentRow>();
    public DbSet<ResourceRow> Resources => Set<ResourceRow>();
    public DbSet<ProcessDefinitionRow> ProcessDefinitions => Set<ProcessDefinitionRow>();
    public DbSet<DecisionRequirementsRow> DecisionRequirements => Set<DecisionRequirementsRow>();
    public DbSet<DecisionDefinitionRow> DecisionDefinitions => Set<DecisionDefinitionRow>();
    public DbSet<FormRow> Forms => Set<FormRow>();
    public DbSet<StartSubscriptionRow> StartSubscriptions => Set<StartSubscriptionRow>();
    public DbSet<ProcessInstanceRow> ProcessInstances => Set<ProcessInstanceRow>();
    public DbSet<ProcessInstanceTagRow> ProcessInstanceTags => Set<ProcessInstanceTagRow>();
    public DbSet<ElementInstanceRow> ElementInstances => Set<ElementInstanceRow>();
    public DbSet<VariableRow> Variables => Set<VariableRow>();
    public DbSet<UserTaskRow> UserTasks => Set<UserTaskRow>();
    public DbSet<UserTaskCandidateRow> UserTaskCandidates => Set<UserTaskCandidateRow>();
    public DbSet<JobRow> Jobs => Set<JobRow>();
    public DbSet<TimerRow> Timers => Set<TimerRow>();
    public DbSet<IncidentRow> Incidents => Set<IncidentRow>();
    public DbSet<MessageSubscriptionRow> MessageSubscriptions => Set<MessageSubscriptionRow>();
    public DbSet<MessageRow> Messages => Set<MessageRow>();
    public DbSet<MessageCorrelationRow> MessageCorrelations => Set<MessageCorrelationRow>();
    public DbSet<HistoryRow> History => Set<HistoryRow>();
    public DbSet<ChainHeadRow> ChainHeads => Set<ChainHeadRow>();
    public DbSet<CommandQueueRow> CommandQueue => Set<CommandQueueRow>();
    public DbSet<CommandLogRow> CommandLog => Set<CommandLogRow>();
    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();
    public DbSet<EngineClockRow> EngineClock => Set<EngineClockRow>();
    public DbSet<KeyBlockRow> KeyBlocks => Set<KeyBlockRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        Definitions(modelBuilder);
        Instances(modelBuilder);
        Waiting(modelBuilder);
        Messaging(modelBuilder);
        Machinery(modelBuilder);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            entity.SetTableName(SnakeCase(entity.GetTableName()!));
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
                // Keys come from our own blocks; the database never makes one up.
                if (property.IsPrimaryKey()) property.ValueGenerated = ValueGenerated.Never;
            }
        }
    }

    static void Definitions(ModelBuilder model)
    {
        model.Entity<DeploymentRow>().HasKey(r => r.Key);
        model.Entity<ResourceRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.DeploymentKey);
        });
        model.Entity<ProcessDefinitionRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => new { r.TenantId, r.ProcessId, r.Version }).IsUnique();
            e.HasIndex(r => r.DeploymentKey);
        });
        model.Entity<DecisionRequirementsRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => new { r.TenantId, r.DecisionRequirementsId, r.Version }).IsUnique();
            e.HasIndex(r => r.DeploymentKey);
        });
        model.Entity<DecisionDefinitionRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => new { r.TenantId, r.DecisionId, r.Version }).IsUnique();
            e.HasIndex(r => r.DecisionRequirementsKey);
        });
        model.Entity<FormRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => new { r.TenantId, r.FormId, r.Version }).IsUnique();
            e.HasIndex(r => r.DeploymentKey);
        });
        model.Entity<StartSubscriptionRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.ProcessId);
            e.HasIndex(r => r.MessageName).HasFilter("message_name is not null");
            e.HasIndex(r => r.DueAt).HasFilter("due_at is not null");
        });
    }

    static void Instances(ModelBuilder model)
    {
        model.Entity<ProcessInstanceRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => new { r.ProcessDefinitionKey, r.State });
            e.HasIndex(r => r.RootInstanceKey);
            e.HasIndex(r => r.ParentInstanceKey).HasFilter("parent_instance_key is not null");
            e.HasIndex(r => r.BusinessId).HasFilter("business_id is not null");
            e.HasIndex(r => r.StartedAt);
            e.HasIndex(r => r.Key, "ix_process_instances_incident").HasFilter("incident_count > 0");
            e.HasIndex(r => new { r.TenantId, r.ProcessId, r.StartCorrelationKey }).IsUnique()
                .HasFilter("start_correlation_key is not null and state = 'ACTIVE'");
        });
        model.Entity<ProcessInstanceTagRow>().HasKey(r => new { r.Tag, r.ProcessInstanceKey });
        model.Entity<ElementInstanceRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.ProcessInstanceKey);
            e.HasIndex(r => new { r.ProcessDefinitionKey, r.ElementId }).HasFilter("state = 'ACTIVE'");
        });
        model.Entity<VariableRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => new { r.ScopeKey, r.Name }).IsUnique();
            e.HasIndex(r => r.ProcessInstanceKey);
        });
    }

    static void Waiting(ModelBuilder model)
    {
        model.Entity<UserTaskRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.ProcessInstanceKey);
            e.HasIndex(r => r.RootInstanceKey);
            e.HasIndex(r => r.Assignee).HasFilter("state = 'CREATED' and assignee is not null");
            e.HasIndex(r => r.DueDate).HasFilter("state = 'CREATED' and due_date is not null");
            e.HasIndex(r => r.CreatedAt).HasFilter("state = 'CREATED'");
        });
        model.Entity<UserTaskCandidateRow>(e =>
        {
            e.HasKey(r => new { r.UserTaskKey, r.Kind, r.Name });
            e.HasIndex(r => new { r.Name, r.Kind, r.UserTaskKey }).HasFilter("open");
        });
        model.Entity<JobRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.ProcessInstanceKey);
            e.HasIndex(r => new { r.Type, r.AvailableAt }).HasFilter("ended_at is null and retries > 0");
            e.HasIndex(r => r.LeaseUntil).HasFilter("lease_until is not null");
        });
        model.Entity<TimerRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => new { r.DueAt, r.Key });
        });
        model.Entity<IncidentRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.ProcessInstanceKey);
            e.HasIndex(r => r.CreatedAt).HasFilter("state = 'ACTIVE'");
        });
    }

    static void Messaging(ModelBuilder model)
    {
        model.Entity<MessageSubscriptionRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.ProcessInstanceKey);
            e.HasIndex(r => new { r.MessageName, r.CorrelationKey }).HasFilter("state = 'CREATED'");
        });
        model.Entity<MessageRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => new { r.Name, r.CorrelationKey });
            e.HasIndex(r => new { r.TenantId, r.Name, r.CorrelationKey, r.MessageId }).IsUnique()
                .HasFilter("message_id is not null");
            e.HasIndex(r => r.ExpiresAt);
        });
        model.Entity<MessageCorrelationRow>(e =>
        {
            e.HasKey(r => new { r.MessageKey, r.ProcessId });
            e.HasIndex(r => r.ProcessInstanceKey);
        });
    }

    static void Machinery(ModelBuilder model)
    {
        model.Entity<HistoryRow>(e =>
        {
            e.HasKey(r => new { r.Chain, r.Sequence });
            e.HasIndex(r => r.ProcessInstanceKey);
        });
        model.Entity<ChainHeadRow>().HasKey(r => r.Chain);
        model.Entity<CommandQueueRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.DueAt).HasFilter("state = 'PENDING'");
        });
        model.Entity<CommandLogRow>(e =>
        {
            e.HasKey(r => new { r.Actor, r.IdempotencyKey });
            e.HasIndex(r => r.At);
        });
        model.Entity<OutboxRow>(e =>
        {
            e.HasKey(r => r.Key);
            e.HasIndex(r => r.BusinessKey).IsUnique();
            e.HasIndex(r => r.DueAt).HasFilter("state in ('planned', 'sending')");
            e.HasIndex(r => r.UserTaskKey).HasFilter("user_task_key is not null");
        });
        model.Entity<EngineClockRow>().HasKey(r => r.Id);
        model.Entity<KeyBlockRow>().HasKey(r => r.Id);
    }

    /// <summary><c>ProcessInstanceKey</c> becomes <c>process_instance_key</c>.</summary>
    public static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }
}

/// <summary>SQLite cannot compare or order DateTimeOffset, so times are UTC ticks there.</summary>
public sealed class SqliteWorkflowDb(DbContextOptions<SqliteWorkflowDb> options) : WorkflowDb(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();
}

public sealed class PostgresWorkflowDb(DbContextOptions<PostgresWorkflowDb> options) : WorkflowDb(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InUtc>();
}

/// <summary>A moment as the number of 100 ns ticks of its UTC time.</summary>
public sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(
    moment => moment.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

/// <summary>PostgreSQL's driver takes moments in UTC only; a day of the centre begins with another offset.</summary>
public sealed class InUtc() : ValueConverter<DateTimeOffset, DateTimeOffset>(
    moment => moment.ToUniversalTime(), moment => moment);
