namespace Integration.Tests.Support;

/// <summary>One procedure on disk, as <c>Workflows__Path</c> expects it.</summary>
static class ProcedureFolder
{
    /// <returns>The folder above that of the procedure.</returns>
    public static string Write(string processId, string bpmn, params (string Name, string Content)[] forms)
    {
        var root = Directory.CreateTempSubdirectory($"{processId}-").FullName;
        var folder = Directory.CreateDirectory(Path.Combine(root, processId)).FullName;
        File.WriteAllText(Path.Combine(folder, "process.bpmn"), bpmn);
        foreach (var (name, content) in forms) File.WriteAllText(Path.Combine(folder, name), content);
        return root;
    }
}
