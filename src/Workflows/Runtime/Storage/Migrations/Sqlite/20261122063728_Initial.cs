using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Workflows.Runtime.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "chain_heads",
                columns: table => new
                {
                    chain = table.Column<long>(type: "INTEGER", nullable: false),
                    sequence = table.Column<int>(type: "INTEGER", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_chain_heads", x => x.chain);
                });

            migrationBuilder.CreateTable(
                name: "command_log",
                columns: table => new
                {
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    idempotency_key = table.Column<string>(type: "TEXT", nullable: false),
                    command_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    answer = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_command_log", x => new { x.actor, x.idempotency_key });
                });

            migrationBuilder.CreateTable(
                name: "command_queue",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    payload = table.Column<byte[]>(type: "BLOB", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    last_error = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_command_queue", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "decision_definitions",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    decision_id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    version_tag = table.Column<string>(type: "TEXT", nullable: true),
                    decision_requirements_id = table.Column<string>(type: "TEXT", nullable: false),
                    decision_requirements_key = table.Column<long>(type: "INTEGER", nullable: false),
                    is_latest = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_deleted = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_decision_definitions", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "decision_requirements",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    decision_requirements_id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    deployment_key = table.Column<long>(type: "INTEGER", nullable: false),
                    resource_key = table.Column<long>(type: "INTEGER", nullable: false),
                    resource_name = table.Column<string>(type: "TEXT", nullable: false),
                    is_latest = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_deleted = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_decision_requirements", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "deployments",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    deployed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    deployed_by = table.Column<string>(type: "TEXT", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: true),
                    content_hash = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_deployments", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "element_instances",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_definition_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    element_id = table.Column<string>(type: "TEXT", nullable: false),
                    element_name = table.Column<string>(type: "TEXT", nullable: true),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    scope_key = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    incident_key = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_element_instances", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "engine_clock",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    pinned_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_engine_clock", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "forms",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    form_id = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    version_tag = table.Column<string>(type: "TEXT", nullable: true),
                    deployment_key = table.Column<long>(type: "INTEGER", nullable: false),
                    resource_key = table.Column<long>(type: "INTEGER", nullable: false),
                    resource_name = table.Column<string>(type: "TEXT", nullable: false),
                    is_latest = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_deleted = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_forms", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "history",
                columns: table => new
                {
                    chain = table.Column<long>(type: "INTEGER", nullable: false),
                    sequence = table.Column<int>(type: "INTEGER", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    command = table.Column<string>(type: "TEXT", nullable: false),
                    payload = table.Column<byte[]>(type: "BLOB", nullable: true),
                    payload_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_history", x => new { x.chain, x.sequence });
                });

            migrationBuilder.CreateTable(
                name: "incidents",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    root_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_definition_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    element_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    element_id = table.Column<string>(type: "TEXT", nullable: false),
                    job_key = table.Column<long>(type: "INTEGER", nullable: true),
                    error_type = table.Column<string>(type: "TEXT", nullable: false),
                    error_message = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    resolved_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_incidents", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "jobs",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    element_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_definition_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_version = table.Column<int>(type: "INTEGER", nullable: false),
                    element_id = table.Column<string>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    retries = table.Column<int>(type: "INTEGER", nullable: false),
                    custom_headers = table.Column<string>(type: "TEXT", nullable: false),
                    worker = table.Column<string>(type: "TEXT", nullable: true),
                    lease_until = table.Column<long>(type: "INTEGER", nullable: true),
                    available_at = table.Column<long>(type: "INTEGER", nullable: false),
                    error_message = table.Column<string>(type: "TEXT", nullable: true),
                    error_code = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_jobs", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "key_blocks",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    next_key = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_key_blocks", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "message_correlations",
                columns: table => new
                {
                    message_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    message_name = table.Column<string>(type: "TEXT", nullable: false),
                    correlation_key = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_definition_key = table.Column<long>(type: "INTEGER", nullable: false),
                    subscription_key = table.Column<long>(type: "INTEGER", nullable: false),
                    element_id = table.Column<string>(type: "TEXT", nullable: false),
                    correlated_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_message_correlations", x => new { x.message_key, x.process_id });
                });

            migrationBuilder.CreateTable(
                name: "message_subscriptions",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_definition_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    element_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    element_id = table.Column<string>(type: "TEXT", nullable: false),
                    message_name = table.Column<string>(type: "TEXT", nullable: false),
                    correlation_key = table.Column<string>(type: "TEXT", nullable: true),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_message_subscriptions", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "messages",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    correlation_key = table.Column<string>(type: "TEXT", nullable: false),
                    message_id = table.Column<string>(type: "TEXT", nullable: true),
                    variables = table.Column<string>(type: "TEXT", nullable: false),
                    published_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_messages", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    business_key = table.Column<string>(type: "TEXT", nullable: false),
                    purpose = table.Column<string>(type: "TEXT", nullable: false),
                    recipient = table.Column<string>(type: "TEXT", nullable: false),
                    payload = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: true),
                    user_task_key = table.Column<long>(type: "INTEGER", nullable: true),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: true),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    last_error = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_outbox", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "process_definitions",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    version_tag = table.Column<string>(type: "TEXT", nullable: true),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    deployment_key = table.Column<long>(type: "INTEGER", nullable: false),
                    resource_key = table.Column<long>(type: "INTEGER", nullable: false),
                    resource_name = table.Column<string>(type: "TEXT", nullable: false),
                    is_latest = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_deleted = table.Column<bool>(type: "INTEGER", nullable: false),
                    properties = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_process_definitions", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "process_instance_tags",
                columns: table => new
                {
                    tag = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_process_instance_tags", x => new { x.tag, x.process_instance_key });
                });

            migrationBuilder.CreateTable(
                name: "process_instances",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_definition_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_version = table.Column<int>(type: "INTEGER", nullable: false),
                    root_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    parent_instance_key = table.Column<long>(type: "INTEGER", nullable: true),
                    parent_element_key = table.Column<long>(type: "INTEGER", nullable: true),
                    business_id = table.Column<string>(type: "TEXT", nullable: true),
                    tags = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    incident_count = table.Column<int>(type: "INTEGER", nullable: false),
                    start_correlation_key = table.Column<string>(type: "TEXT", nullable: true),
                    state_version = table.Column<int>(type: "INTEGER", nullable: false),
                    state_document = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_process_instances", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "resources",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    deployment_key = table.Column<long>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    content = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_resources", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "start_subscriptions",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_definition_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    element_id = table.Column<string>(type: "TEXT", nullable: false),
                    message_name = table.Column<string>(type: "TEXT", nullable: true),
                    due_at = table.Column<long>(type: "INTEGER", nullable: true),
                    cycle = table.Column<string>(type: "TEXT", nullable: true),
                    repetitions_left = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_start_subscriptions", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "timers",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    element_id = table.Column<string>(type: "TEXT", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_timers", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "user_task_candidates",
                columns: table => new
                {
                    user_task_key = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    open = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_user_task_candidates", x => new { x.user_task_key, x.kind, x.name });
                });

            migrationBuilder.CreateTable(
                name: "user_tasks",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    root_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    element_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_definition_key = table.Column<long>(type: "INTEGER", nullable: false),
                    process_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_version = table.Column<int>(type: "INTEGER", nullable: false),
                    element_id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    assignee = table.Column<string>(type: "TEXT", nullable: true),
                    candidate_groups = table.Column<string>(type: "TEXT", nullable: false),
                    candidate_users = table.Column<string>(type: "TEXT", nullable: false),
                    due_date = table.Column<long>(type: "INTEGER", nullable: true),
                    follow_up_date = table.Column<long>(type: "INTEGER", nullable: true),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    form_key = table.Column<long>(type: "INTEGER", nullable: true),
                    external_form_reference = table.Column<string>(type: "TEXT", nullable: true),
                    custom_headers = table.Column<string>(type: "TEXT", nullable: false),
                    deadline = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    completed_by = table.Column<string>(type: "TEXT", nullable: true),
                    action = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_user_tasks", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "variables",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    process_instance_key = table.Column<long>(type: "INTEGER", nullable: false),
                    scope_key = table.Column<long>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    value = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_variables", x => x.key);
                });

            migrationBuilder.CreateIndex(
                name: "IX_command_log_at",
                table: "command_log",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_command_queue_due_at",
                table: "command_queue",
                column: "due_at",
                filter: "state = 'PENDING'");

            migrationBuilder.CreateIndex(
                name: "IX_decision_definitions_decision_requirements_key",
                table: "decision_definitions",
                column: "decision_requirements_key");

            migrationBuilder.CreateIndex(
                name: "IX_decision_definitions_tenant_id_decision_id_version",
                table: "decision_definitions",
                columns: new[] { "tenant_id", "decision_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_decision_requirements_deployment_key",
                table: "decision_requirements",
                column: "deployment_key");

            migrationBuilder.CreateIndex(
                name: "IX_decision_requirements_tenant_id_decision_requirements_id_version",
                table: "decision_requirements",
                columns: new[] { "tenant_id", "decision_requirements_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_element_instances_process_definition_key_element_id",
                table: "element_instances",
                columns: new[] { "process_definition_key", "element_id" },
                filter: "state = 'ACTIVE'");

            migrationBuilder.CreateIndex(
                name: "IX_element_instances_process_instance_key",
                table: "element_instances",
                column: "process_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_forms_deployment_key",
                table: "forms",
                column: "deployment_key");

            migrationBuilder.CreateIndex(
                name: "IX_forms_tenant_id_form_id_version",
                table: "forms",
                columns: new[] { "tenant_id", "form_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_history_process_instance_key",
                table: "history",
                column: "process_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_incidents_created_at",
                table: "incidents",
                column: "created_at",
                filter: "state = 'ACTIVE'");

            migrationBuilder.CreateIndex(
                name: "IX_incidents_process_instance_key",
                table: "incidents",
                column: "process_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_jobs_lease_until",
                table: "jobs",
                column: "lease_until",
                filter: "lease_until is not null");

            migrationBuilder.CreateIndex(
                name: "IX_jobs_process_instance_key",
                table: "jobs",
                column: "process_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_jobs_type_available_at",
                table: "jobs",
                columns: new[] { "type", "available_at" },
                filter: "ended_at is null and retries > 0");

            migrationBuilder.CreateIndex(
                name: "IX_message_correlations_process_instance_key",
                table: "message_correlations",
                column: "process_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_message_subscriptions_message_name_correlation_key",
                table: "message_subscriptions",
                columns: new[] { "message_name", "correlation_key" },
                filter: "state = 'CREATED'");

            migrationBuilder.CreateIndex(
                name: "IX_message_subscriptions_process_instance_key",
                table: "message_subscriptions",
                column: "process_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_messages_expires_at",
                table: "messages",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "IX_messages_name_correlation_key",
                table: "messages",
                columns: new[] { "name", "correlation_key" });

            migrationBuilder.CreateIndex(
                name: "IX_messages_tenant_id_name_correlation_key_message_id",
                table: "messages",
                columns: new[] { "tenant_id", "name", "correlation_key", "message_id" },
                unique: true,
                filter: "message_id is not null");

            migrationBuilder.CreateIndex(
                name: "IX_outbox_business_key",
                table: "outbox",
                column: "business_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_outbox_due_at",
                table: "outbox",
                column: "due_at",
                filter: "state in ('planned', 'sending')");

            migrationBuilder.CreateIndex(
                name: "IX_outbox_user_task_key",
                table: "outbox",
                column: "user_task_key",
                filter: "user_task_key is not null");

            migrationBuilder.CreateIndex(
                name: "IX_process_definitions_deployment_key",
                table: "process_definitions",
                column: "deployment_key");

            migrationBuilder.CreateIndex(
                name: "IX_process_definitions_tenant_id_process_id_version",
                table: "process_definitions",
                columns: new[] { "tenant_id", "process_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_process_instances_business_id",
                table: "process_instances",
                column: "business_id",
                filter: "business_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_process_instances_incident",
                table: "process_instances",
                column: "key",
                filter: "incident_count > 0");

            migrationBuilder.CreateIndex(
                name: "IX_process_instances_parent_instance_key",
                table: "process_instances",
                column: "parent_instance_key",
                filter: "parent_instance_key is not null");

            migrationBuilder.CreateIndex(
                name: "IX_process_instances_process_definition_key_state",
                table: "process_instances",
                columns: new[] { "process_definition_key", "state" });

            migrationBuilder.CreateIndex(
                name: "IX_process_instances_root_instance_key",
                table: "process_instances",
                column: "root_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_process_instances_started_at",
                table: "process_instances",
                column: "started_at");

            migrationBuilder.CreateIndex(
                name: "IX_process_instances_tenant_id_process_id_start_correlation_key",
                table: "process_instances",
                columns: new[] { "tenant_id", "process_id", "start_correlation_key" },
                unique: true,
                filter: "start_correlation_key is not null and state = 'ACTIVE'");

            migrationBuilder.CreateIndex(
                name: "IX_resources_deployment_key",
                table: "resources",
                column: "deployment_key");

            migrationBuilder.CreateIndex(
                name: "IX_start_subscriptions_due_at",
                table: "start_subscriptions",
                column: "due_at",
                filter: "due_at is not null");

            migrationBuilder.CreateIndex(
                name: "IX_start_subscriptions_message_name",
                table: "start_subscriptions",
                column: "message_name",
                filter: "message_name is not null");

            migrationBuilder.CreateIndex(
                name: "IX_start_subscriptions_process_id",
                table: "start_subscriptions",
                column: "process_id");

            migrationBuilder.CreateIndex(
                name: "IX_timers_due_at_key",
                table: "timers",
                columns: new[] { "due_at", "key" });

            migrationBuilder.CreateIndex(
                name: "IX_user_task_candidates_name_kind_user_task_key",
                table: "user_task_candidates",
                columns: new[] { "name", "kind", "user_task_key" },
                filter: "open");

            migrationBuilder.CreateIndex(
                name: "IX_user_tasks_assignee",
                table: "user_tasks",
                column: "assignee",
                filter: "state = 'CREATED' and assignee is not null");

            migrationBuilder.CreateIndex(
                name: "IX_user_tasks_created_at",
                table: "user_tasks",
                column: "created_at",
                filter: "state = 'CREATED'");

            migrationBuilder.CreateIndex(
                name: "IX_user_tasks_due_date",
                table: "user_tasks",
                column: "due_date",
                filter: "state = 'CREATED' and due_date is not null");

            migrationBuilder.CreateIndex(
                name: "IX_user_tasks_process_instance_key",
                table: "user_tasks",
                column: "process_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_user_tasks_root_instance_key",
                table: "user_tasks",
                column: "root_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_variables_process_instance_key",
                table: "variables",
                column: "process_instance_key");

            migrationBuilder.CreateIndex(
                name: "IX_variables_scope_key_name",
                table: "variables",
                columns: new[] { "scope_key", "name" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "chain_heads");

            migrationBuilder.DropTable(
                name: "command_log");

            migrationBuilder.DropTable(
                name: "command_queue");

            migrationBuilder.DropTable(
                name: "decision_definitions");

            migrationBuilder.DropTable(
                name: "decision_requirements");

            migrationBuilder.DropTable(
                name: "deployments");

            migrationBuilder.DropTable(
                name: "element_instances");

            migrationBuilder.DropTable(
                name: "engine_clock");

            migrationBuilder.DropTable(
                name: "forms");

            migrationBuilder.DropTable(
                name: "history");

            migrationBuilder.DropTable(
                name: "incidents");

            migrationBuilder.DropTable(
                name: "jobs");

            migrationBuilder.DropTable(
                name: "key_blocks");

            migrationBuilder.DropTable(
                name: "message_correlations");

            migrationBuilder.DropTable(
                name: "message_subscriptions");

            migrationBuilder.DropTable(
                name: "messages");

            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "process_definitions");

            migrationBuilder.DropTable(
                name: "process_instance_tags");

            migrationBuilder.DropTable(
                name: "process_instances");

            migrationBuilder.DropTable(
                name: "resources");

            migrationBuilder.DropTable(
                name: "start_subscriptions");

            migrationBuilder.DropTable(
                name: "timers");

            migrationBuilder.DropTable(
                name: "user_task_candidates");

            migrationBuilder.DropTable(
                name: "user_tasks");

            migrationBuilder.DropTable(
                name: "variables");
        }
    }
}
