using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Api.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class People : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "content",
                table: "documents");

            migrationBuilder.AlterColumn<long>(
                name: "task_key",
                table: "documents",
                type: "bigint",
                nullable: true,
                oldClrType: typeof(long),
                oldType: "bigint");

            migrationBuilder.AlterColumn<string>(
                name: "element_id",
                table: "documents",
                type: "text",
                nullable: true,
                oldClrType: typeof(string),
                oldType: "text");

            migrationBuilder.AddColumn<DateOnly>(
                name: "occurred_on",
                table: "documents",
                type: "date",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "sealed",
                table: "documents",
                type: "bytea",
                nullable: false,
                defaultValue: new byte[0]);

            migrationBuilder.AddColumn<byte[]>(
                name: "label",
                table: "cases",
                type: "bytea",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "attachments",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    tenant_id = table.Column<string>(type: "text", nullable: false),
                    case_no = table.Column<string>(type: "text", nullable: false),
                    task_key = table.Column<long>(type: "bigint", nullable: false),
                    name = table.Column<byte[]>(type: "bytea", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    size = table.Column<long>(type: "bigint", nullable: false),
                    sha256 = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    by = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attachments", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "case_keys",
                columns: table => new
                {
                    tenant_id = table.Column<string>(type: "text", nullable: false),
                    case_no = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    master_key_id = table.Column<string>(type: "text", nullable: false),
                    wrapped = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_case_keys", x => new { x.tenant_id, x.case_no, x.version });
                });

            migrationBuilder.CreateTable(
                name: "case_words",
                columns: table => new
                {
                    tenant_id = table.Column<string>(type: "text", nullable: false),
                    word = table.Column<byte[]>(type: "bytea", nullable: false),
                    case_no = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_case_words", x => new { x.tenant_id, x.word, x.case_no });
                });

            migrationBuilder.CreateTable(
                name: "drafts",
                columns: table => new
                {
                    task_key = table.Column<long>(type: "bigint", nullable: false),
                    tenant_id = table.Column<string>(type: "text", nullable: false),
                    case_no = table.Column<string>(type: "text", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: false),
                    started_by = table.Column<string>(type: "text", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    saved_by = table.Column<string>(type: "text", nullable: false),
                    saved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_drafts", x => x.task_key);
                });

            migrationBuilder.CreateIndex(
                name: "IX_attachments_tenant_id_case_no",
                table: "attachments",
                columns: new[] { "tenant_id", "case_no" });

            migrationBuilder.CreateIndex(
                name: "IX_case_words_tenant_id_case_no",
                table: "case_words",
                columns: new[] { "tenant_id", "case_no" });

            migrationBuilder.CreateIndex(
                name: "IX_drafts_tenant_id_case_no",
                table: "drafts",
                columns: new[] { "tenant_id", "case_no" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "attachments");

            migrationBuilder.DropTable(
                name: "case_keys");

            migrationBuilder.DropTable(
                name: "case_words");

            migrationBuilder.DropTable(
                name: "drafts");

            migrationBuilder.DropColumn(
                name: "occurred_on",
                table: "documents");

            migrationBuilder.DropColumn(
                name: "sealed",
                table: "documents");

            migrationBuilder.DropColumn(
                name: "label",
                table: "cases");

            migrationBuilder.AlterColumn<long>(
                name: "task_key",
                table: "documents",
                type: "bigint",
                nullable: false,
                defaultValue: 0L,
                oldClrType: typeof(long),
                oldType: "bigint",
                oldNullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "element_id",
                table: "documents",
                type: "text",
                nullable: false,
                defaultValue: "",
                oldClrType: typeof(string),
                oldType: "text",
                oldNullable: true);

            migrationBuilder.AddColumn<string>(
                name: "content",
                table: "documents",
                type: "text",
                nullable: false,
                defaultValue: "");
        }
    }
}
