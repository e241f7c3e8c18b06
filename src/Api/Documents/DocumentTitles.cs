using System.Collections.Concurrent;
using System.Text;
using Api.Cases;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Documents;

/// <summary>
/// What a document is called: by the noun its form gives it (property <c>documentTitle</c>, docs/extensions.md), else
/// by the step it was written in. A deployed form never changes, so each is looked at once.
/// </summary>
public sealed class DocumentTitles(Queries queries)
{
    static readonly Dictionary<string, string> WithoutTask = new(StringComparer.Ordinal)
    {
        [CaseFile.FamilyCard] = "Karta rodziny",
        [Families.EntryForm] = "Wpis do akt",
    };

    readonly ConcurrentDictionary<(string FormId, int Version), string?> known = new();

    /// <param name="taskName">Name of the task the form was completed in; null for what is entered outside of
    /// one.</param>
    public async ValueTask<string> OfAsync(string formId, int version, string? taskName, CancellationToken ct)
    {
        if (!known.TryGetValue((formId, version), out var title))
        {
            var schema = await queries.FormSchemaAsync(Scope.Engine, formId, version, ct);
            title = schema is null ? null : FormReader.Read(Encoding.UTF8.GetString(schema)).Form?.DocumentTitle;
            known[(formId, version)] = title;
        }
        return title ?? taskName ?? WithoutTask.GetValueOrDefault(formId, formId);
    }
}
