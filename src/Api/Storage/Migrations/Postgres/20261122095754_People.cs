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
            migrationBuilder.CreateTable(
                name: "case_links",
                columns: table => new
                {
                    tenant_id = table.Column<string>(type: "text", nullable: false),
                    case_no = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    other_case_no = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    why = table.Column<string>(type: "text", nullable: false),
                    linked_by = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_case_links", x => new { x.tenant_id, x.case_no, x.other_case_no });
                });

            migrationBuilder.CreateIndex(
                name: "IX_case_links_tenant_id_other_case_no",
                table: "case_links",
                columns: new[] { "tenant_id", "other_case_no" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "case_links");
        }
    }
}
