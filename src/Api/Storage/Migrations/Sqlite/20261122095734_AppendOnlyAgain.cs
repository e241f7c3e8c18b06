using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Api.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class AppendOnlyAgain : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            AppendOnly.ProtectOnSqlite(migrationBuilder, "documents");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // The triggers go with the table that is rebuilt next.
        }
    }
}
