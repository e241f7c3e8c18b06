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
            migrationBuilder.AddColumn<bool>(
                name: "restricted",
                table: "cases",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "absences",
                columns: table => new
                {
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    user_name = table.Column<string>(type: "TEXT", nullable: false),
                    from = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    to = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    substitute = table.Column<string>(type: "TEXT", nullable: true),
                    scope = table.Column<int>(type: "INTEGER", nullable: false),
                    authorisation = table.Column<string>(type: "TEXT", nullable: true),
                    state = table.Column<int>(type: "INTEGER", nullable: false),
                    registered_by = table.Column<string>(type: "TEXT", nullable: false),
                    registered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    accepted_by = table.Column<string>(type: "TEXT", nullable: true),
                    accepted_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_by = table.Column<string>(type: "TEXT", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_absences", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "break_glass",
                columns: table => new
                {
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    case_no = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    user_name = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_break_glass", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "readings",
                columns: table => new
                {
                    tenant_id = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    case_no = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    user_name = table.Column<string>(type: "TEXT", nullable: false),
                    what = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    purpose = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_readings", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateIndex(
                name: "IX_absences_substitute_state",
                table: "absences",
                columns: new[] { "substitute", "state" });

            migrationBuilder.CreateIndex(
                name: "IX_absences_user_name",
                table: "absences",
                column: "user_name");

            migrationBuilder.CreateIndex(
                name: "IX_break_glass_user_name_until",
                table: "break_glass",
                columns: new[] { "user_name", "until" });

            migrationBuilder.CreateIndex(
                name: "IX_readings_case_no_at",
                table: "readings",
                columns: new[] { "case_no", "at" });

            HandWrittenSchema.SqliteUp(migrationBuilder);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            HandWrittenSchema.SqliteDown(migrationBuilder);

            migrationBuilder.DropTable(
                name: "absences");

            migrationBuilder.DropTable(
                name: "break_glass");

            migrationBuilder.DropTable(
                name: "readings");

            migrationBuilder.DropColumn(
                name: "restricted",
                table: "cases");
        }
    }
}
