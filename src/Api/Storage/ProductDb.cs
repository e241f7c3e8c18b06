using System.Data.Common;
using System.Text;
using Api.Access;
using Api.Approvals;
using Api.Cases;
using Api.Notifications;
using Api.Procedures;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime.Storage;

namespace Api.Storage;

/// <summary>
/// The product's own tables in the database of the engine: accounts, cases, documents, places of assistants. It has its
/// own
/// migrations and its own migrations history; a transaction over both contexts exists only as the rows a command
/// carries
/// into the engine's commit (see <see cref="ProductDbFactory.On"/>).
/// </summary>
public abstract class ProductDb(DbContextOptions options) : IdentityDbContext<Account, IdentityRole, string>(options)
{
    public const string MigrationsTable = "product_migrations";

    public DbSet<CaseRow> Cases => Set<CaseRow>();
    public DbSet<CaseNumberRow> CaseNumbers => Set<CaseNumberRow>();
    public DbSet<DocumentRow> Documents => Set<DocumentRow>();
    public DbSet<AssistantRow> Assistants => Set<AssistantRow>();
    public DbSet<AssistantPlaceRow> AssistantPlaces => Set<AssistantPlaceRow>();
    public DbSet<AbsenceRow> Absences => Set<AbsenceRow>();
    public DbSet<AccountRequestRow> AccountRequests => Set<AccountRequestRow>();
    public DbSet<BreakGlassRow> BreakGlass => Set<BreakGlassRow>();
    public DbSet<ReadingRow> Readings => Set<ReadingRow>();
    public DbSet<CaseLinkRow> CaseLinks => Set<CaseLinkRow>();
    public DbSet<KeyRingRow> KeyRing => Set<KeyRingRow>();
    public DbSet<EndedSessionRow> EndedSessions => Set<EndedSessionRow>();
    public DbSet<ErasureRow> Erasures => Set<ErasureRow>();
    public DbSet<CaseKeyRow> CaseKeys => Set<CaseKeyRow>();
    public DbSet<CaseWordRow> CaseWords => Set<CaseWordRow>();
    public DbSet<DraftRow> Drafts => Set<DraftRow>();
    public DbSet<AttachmentRow> Attachments => Set<AttachmentRow>();
    public DbSet<CalendarJobRow> CalendarJobs => Set<CalendarJobRow>();
    public DbSet<NotificationPreferenceRow> NotificationPreferences => Set<NotificationPreferenceRow>();
    public DbSet<SilenceProofRow> SilenceProofs => Set<SilenceProofRow>();
    public DbSet<SilenceFindingRow> SilenceFindings => Set<SilenceFindingRow>();
    public DbSet<TemplateRow> NotificationTemplates => Set<TemplateRow>();
    public DbSet<PersonChannelRow> PersonChannels => Set<PersonChannelRow>();
    public DbSet<BadAddressRow> BadAddresses => Set<BadAddressRow>();
    public DbSet<MailboxCursorRow> MailboxCursors => Set<MailboxCursorRow>();
    public DbSet<ToDoCopyRow> ToDoCopies => Set<ToDoCopyRow>();
    public DbSet<ApprovalTicketRow> ApprovalTickets => Set<ApprovalTicketRow>();
    public DbSet<ProcedureDraftRow> ProcedureDrafts => Set<ProcedureDraftRow>();
    public DbSet<ProcedureDraftRevisionRow> ProcedureDraftRevisions => Set<ProcedureDraftRevisionRow>();
    public DbSet<PublicationRow> Publications => Set<PublicationRow>();
    public DbSet<ProcedureScenarioRow> ProcedureScenarios => Set<ProcedureScenarioRow>();
    public DbSet<ProductVersionRow> ProductVersions => Set<ProductVersionRow>();
    public DbSet<MigrationRow> Migrations => Set<MigrationRow>();
    public DbSet<MigrationItemRow> MigrationItems => Set<MigrationItemRow>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<Account>().ToTable("accounts");
        builder.Entity<IdentityRole>().ToTable("roles");
        builder.Entity<IdentityUserRole<string>>().ToTable("account_roles");
        builder.Entity<IdentityUserClaim<string>>().ToTable("account_claims");
        builder.Entity<IdentityUserLogin<string>>().ToTable("account_logins");
        builder.Entity<IdentityUserToken<string>>().ToTable("account_tokens");
        builder.Entity<IdentityRoleClaim<string>>().ToTable("role_claims");
        builder.Entity<IdentityUserPasskey<string>>(passkey =>
        {
            passkey.ToTable("account_passkeys");
            passkey.OwnsOne(p => p.Data).ToJson("data");
        });

        builder.Entity<CaseRow>(row =>
        {
            row.ToTable("cases").HasKey(r => new { r.TenantId, r.CaseNo });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
            row.HasIndex(r => r.RootInstanceKey);
            row.HasIndex(r => new { r.OpenedBy, r.OpenedWith });
        });
        builder.Entity<CaseNumberRow>().ToTable("case_numbers").HasKey(r => new { r.TenantId, r.Year });
        builder.Entity<DocumentRow>(row =>
        {
            row.ToTable("documents").HasKey(r => new { r.TenantId, r.CaseNo, r.Number });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
            row.HasIndex(r => new { r.TenantId, r.CaseNo, r.FormId, r.Version }).IsUnique();
            row.HasIndex(r => r.TaskKey).IsUnique();
        });
        builder.Entity<AssistantRow>(row =>
        {
            row.ToTable("assistants", table => table.HasCheckConstraint("ck_assistants_active", "active >= 0"));
            row.HasKey(r => new { r.TenantId, r.UserName });
        });
        builder.Entity<AssistantPlaceRow>().ToTable("assistant_places")
            .HasKey(r => new { r.TenantId, r.CaseNo, r.UserName });
        Rights(builder);
        builder.Entity<CaseLinkRow>(row =>
        {
            row.ToTable("case_links").HasKey(r => new { r.TenantId, r.CaseNo, r.OtherCaseNo });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
            row.Property(r => r.OtherCaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
            row.HasIndex(r => new { r.TenantId, r.OtherCaseNo });
        });
        builder.Entity<ErasureRow>(row =>
        {
            row.ToTable("erasures").HasKey(r => new { r.TenantId, r.Id });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
            row.Property(r => r.ProtocolNo).HasMaxLength(ErasureRow.ProtocolNoLengthMax);
            row.HasIndex(r => new { r.CaseNo, r.State });
        });
        builder.Entity<KeyRingRow>().ToTable("key_ring").HasKey(r => r.Id);
        builder.Entity<EndedSessionRow>().ToTable("ended_sessions").HasKey(r => r.Id);
        MapSealed(builder);
        MapCalendar(builder);
        MapNotifications(builder);
        ApprovalTicketRow.Map(builder);
        ProcedureTables.Map(builder);
        UseSnakeCase(builder);
    }

    static void Rights(ModelBuilder builder)
    {
        builder.Entity<AbsenceRow>(row =>
        {
            row.ToTable("absences").HasKey(r => new { r.TenantId, r.Id });
            row.HasIndex(r => new { r.Substitute, r.State });
            row.HasIndex(r => r.UserName);
        });
        builder.Entity<AccountRequestRow>(row =>
        {
            row.ToTable("account_requests").HasKey(r => new { r.TenantId, r.Id });
            row.HasIndex(r => new { r.UserName, r.State });
        });
        builder.Entity<BreakGlassRow>(row =>
        {
            row.ToTable("break_glass").HasKey(r => new { r.TenantId, r.Id });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
            row.HasIndex(r => new { r.UserName, r.Until });
        });
        builder.Entity<ReadingRow>(row =>
        {
            row.ToTable("readings").HasKey(r => new { r.TenantId, r.Id });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
            row.Property(r => r.What).HasMaxLength(ReadingRow.WhatLengthMax);
            row.Property(r => r.Purpose).HasMaxLength(ReadingRow.PurposeLengthMax);
            row.HasIndex(r => new { r.CaseNo, r.At });
        });
    }

    static void MapCalendar(ModelBuilder builder)
    {
        builder.Entity<CalendarJobRow>().ToTable("calendar_jobs").HasKey(r => new { r.TenantId, r.Name });
        builder.Entity<NotificationPreferenceRow>().ToTable("notification_preferences")
            .HasKey(r => new { r.TenantId, r.UserName });
        builder.Entity<SilenceProofRow>().ToTable("silence_proofs").HasKey(r => new { r.TenantId, r.Night });
        builder.Entity<SilenceFindingRow>(row =>
        {
            row.ToTable("silence_findings").HasKey(r => new { r.TenantId, r.Night, r.CaseNo, r.Number });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
        });
    }

    static void MapNotifications(ModelBuilder builder)
    {
        builder.Entity<TemplateRow>(row =>
        {
            row.ToTable("notification_templates").HasKey(r => new { r.TenantId, r.Name });
            row.Ignore(r => r.Text);
        });
        builder.Entity<PersonChannelRow>().ToTable("person_channels").HasKey(r => new { r.TenantId, r.UserName });
        builder.Entity<BadAddressRow>().ToTable("bad_addresses")
            .HasKey(r => new { r.TenantId, r.UserName, r.Address });
        builder.Entity<MailboxCursorRow>().ToTable("mailbox_cursors").HasKey(r => r.Mailbox);
        builder.Entity<ToDoCopyRow>(row =>
        {
            row.ToTable("to_do_copies").HasKey(r => new { r.TaskKey, r.UserName });
            row.HasIndex(r => r.UserName);
        });
    }

    static void MapSealed(ModelBuilder builder)
    {
        builder.Entity<CaseKeyRow>(row =>
        {
            row.ToTable("case_keys").HasKey(r => new { r.TenantId, r.CaseNo, r.Version });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
        });
        builder.Entity<CaseWordRow>(row =>
        {
            row.ToTable("case_words").HasKey(r => new { r.TenantId, r.Word, r.CaseNo });
            row.Property(r => r.CaseNo).HasMaxLength(CaseRow.CaseNoLengthMax);
            row.HasIndex(r => new { r.TenantId, r.CaseNo });
        });
        builder.Entity<DraftRow>(row =>
        {
            row.ToTable("drafts").HasKey(r => r.TaskKey);
            row.Property(r => r.TaskKey).ValueGeneratedNever();
            row.HasIndex(r => new { r.TenantId, r.CaseNo });
        });
        builder.Entity<AttachmentRow>(row =>
        {
            row.ToTable("attachments").HasKey(r => r.Id);
            row.HasIndex(r => new { r.TenantId, r.CaseNo });
        });
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        var moments = configurationBuilder.Properties<DateTimeOffset>();
        if (this is SqliteProductDb) moments.HaveConversion<UtcTicks>();
        else moments.HaveConversion<InUtc>();
    }

    static void UseSnakeCase(ModelBuilder builder)
    {
        foreach (var entity in builder.Model.GetEntityTypes().Where(entity => !entity.IsOwned()))
        {
            foreach (var property in entity.GetProperties()) property.SetColumnName(SnakeCase(property.Name));
        }
    }

    static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }
}

/// <summary>What both providers and the design-time tool agree on.</summary>
public static class ProductDbOptions
{
    /// <summary>
    /// Identity reads its schema version from the services given here. Version 3 has the table of passkeys from the
    /// first
    /// migration on, so that switching them on changes no schema.
    /// </summary>
    static readonly ServiceProvider Identity = new ServiceCollection()
        .Configure<IdentityOptions>(options => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
        .BuildServiceProvider();

    /// <param name="gate">SQLite has one writer: every transaction passes this gate.</param>
    public static DbContextOptions<SqliteProductDb> Sqlite(string connection, WriteGate gate) =>
        new DbContextOptionsBuilder<SqliteProductDb>()
            .UseSqlite(connection, options => options.MigrationsHistoryTable(ProductDb.MigrationsTable))
            .AddInterceptors(gate.Interceptor)
            .UseApplicationServiceProvider(Identity).Options;

    public static DbContextOptions<PostgresProductDb> Postgres(string connection) =>
        new DbContextOptionsBuilder<PostgresProductDb>()
            .UseNpgsql(connection, options => options.MigrationsHistoryTable(ProductDb.MigrationsTable))
            .UseApplicationServiceProvider(Identity).Options;

    public static DbContextOptions<SqliteProductDb> Sqlite(DbConnection connection) =>
        new DbContextOptionsBuilder<SqliteProductDb>()
            .UseSqlite(connection).UseApplicationServiceProvider(Identity).Options;

    public static DbContextOptions<PostgresProductDb> Postgres(DbConnection connection) =>
        new DbContextOptionsBuilder<PostgresProductDb>()
            .UseNpgsql(connection).UseApplicationServiceProvider(Identity).Options;
}

public sealed class SqliteProductDb(DbContextOptions<SqliteProductDb> options) : ProductDb(options);

public sealed class PostgresProductDb(DbContextOptions<PostgresProductDb> options) : ProductDb(options);

/// <summary>One key of the ring that protects cookies; its XML is sealed with the master key.</summary>
public sealed record KeyRingRow
{
    public long Id { get; init; }
    public required string Xml { get; set; }
}
