using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Api.Storage.Migrations.Sqlite
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
                type: "INTEGER",
                nullable: true,
                oldClrType: typeof(long),
                oldType: "INTEGER");

            migrationBuilder.AlterColumn<string>(
                name: "element_id",
                table: "documents",
                type: "TEXT",
                nullable: true,
                oldClrType: typeof(string),
                oldType: "TEXT");

            migrationBuilder.AddColumn<DateOnly>(
                name: "occurred_on",
                table: "documents",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "sealed",
                table: "documents",
                type: "BLOB",
                nullable: false,
                defaultValue: new byte[0]);

            migrationBuilder.AddColumn<byte[]>(
                name: "label",
                table: "cases",
                type: "BLOB",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "attachments",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    case_no = table.Column<string>(type: "TEXT", nullable: false),
                    task_key = table.Column<long>(type: "INTEGER", nullable: false),
                    name = table.Column<byte[]>(type: "BLOB", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    size = table.Column<long>(type: "INTEGER", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attachments", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "case_keys",
                columns: table => new
                {
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    case_no = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    master_key_id = table.Column<string>(type: "TEXT", nullable: false),
                    wrapped = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_case_keys", x => new { x.tenant_id, x.case_no, x.version });
                });

            migrationBuilder.CreateTable(
                name: "case_words",
                columns: table => new
                {
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    word = table.Column<byte[]>(type: "BLOB", nullable: false),
                    case_no = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_case_words", x => new { x.tenant_id, x.word, x.case_no });
                });

            migrationBuilder.CreateTable(
                name: "drafts",
                columns: table => new
                {
                    task_key = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    case_no = table.Column<string>(type: "TEXT", nullable: false),
                    revision = table.Column<int>(type: "INTEGER", nullable: false),
                    content = table.Column<byte[]>(type: "BLOB", nullable: false),
                    started_by = table.Column<string>(type: "TEXT", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    saved_by = table.Column<string>(type: "TEXT", nullable: false),
                    saved_at = table.Column<long>(type: "INTEGER", nullable: false)
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
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L,
                oldClrType: typeof(long),
                oldType: "INTEGER",
                oldNullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "element_id",
                table: "documents",
                type: "TEXT",
                nullable: false,
                defaultValue: "",
                oldClrType: typeof(string),
                oldType: "TEXT",
                oldNullable: true);

            migrationBuilder.AddColumn<string>(
                name: "content",
                table: "documents",
                type: "TEXT",
                nullable: false,
                defaultValue: "");
        }
    }
}
