using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Workflows.Engine.Execution;

namespace Workflows.Tests.Architecture;

/// <summary>
/// Dependencies run one way, and the core stays pure: checked in project files and in the compiled assemblies.
/// </summary>
public sealed class DependencyTests
{
    /// <summary>Each project and everything it may refer to.</summary>
    static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["src/Workflows/Engine/Workflows.Engine.csproj"] = [],
        ["src/Workflows/Statute/Workflows.Statute.csproj"] = ["Workflows.Engine"],
        ["src/Workflows/Runtime/Workflows.Runtime.csproj"] = ["Workflows.Engine"],
        ["src/Api/Api.csproj"] = ["Workflows.Engine", "Workflows.Runtime", "Workflows.Statute"],
    };

    static readonly string[] ImpureNamespaces =
        ["System.Data", "System.Net", "System.Threading", "Microsoft", "Npgsql", "Quartz", "Workflows.Runtime", "Api"];

    /// <summary>Inside a namespace listed above, and still pure: values without a thread behind them.</summary>
    static readonly string[] PureTypes = ["System.Threading.CancellationToken"];

    public static TheoryData<string> PureAssemblies => ["Workflows.Engine", "Workflows.Statute"];

    [Fact]
    public void ProjectReferences_OfProducts_RunOneWay()
    {
        foreach (var (project, allowed) in Allowed)
        {
            var found = ReferencesOf(project).Except(allowed, StringComparer.Ordinal).ToList();
            Assert.True(found.Count == 0, $"{project} must not refer to {string.Join(", ", found)}.");
        }
    }

    [Theory]
    [InlineData("src/Workflows/Engine/Workflows.Engine.csproj")]
    [InlineData("src/Workflows/Statute/Workflows.Statute.csproj")]
    public void PackageReferences_OfThePureProjects_AreNone(string project)
    {
        var xml = XDocument.Load(Path.Combine(SourceTree.Root, project));
        var found = xml.Descendants().Select(element => element.Name.LocalName)
            .Where(name => name is "PackageReference" or "FrameworkReference").ToList();
        Assert.Empty(found);
    }

    [Theory]
    [MemberData(nameof(PureAssemblies))]
    public void TypesNamed_ByAPureAssembly_KnowNoClockThreadOrNetwork(string assembly)
    {
        using var file = OpenAssembly(assembly);
        var metadata = file.GetMetadataReader();
        var found =
            from handle in metadata.TypeReferences
            let type = metadata.GetTypeReference(handle)
            let space = metadata.GetString(type.Namespace)
            let name = $"{space}.{metadata.GetString(type.Name)}"
            where ImpureNamespaces.Any(
                impure => space == impure || space.StartsWith(impure + ".", StringComparison.Ordinal))
            where !PureTypes.Contains(name)
            select name;
        Assert.Empty(found);
    }

    [Theory]
    [MemberData(nameof(PureAssemblies))]
    public void StaticFields_OfAPureAssembly_NeverChange(string assembly)
    {
        var found =
            from type in Assembly.Load(assembly).GetTypes()
            where !type.FullName!.Contains('<', StringComparison.Ordinal)
            from field in type.GetFields(
                BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            where !field.IsLiteral && !field.Name.StartsWith("<>", StringComparison.Ordinal)
            where (!field.IsInitOnly && !IsGenerated(field)) || IsMutableCollection(field.FieldType)
            select $"{type.FullName}.{field.Name}";
        Assert.Empty(found);
    }

    [Fact]
    public void Core_InItsFolders_NeverNamesARoomAboveIt()
    {
        // Execution stands on the others; they do not know it, so that each can be read and tested alone.
        string[] lower = ["Model", "Expressions", "Decisions", "Forms", "Calendar"];
        var found =
            from file in SourceTree.Files
            from folder in lower
            where file.Path.StartsWith($"src/Workflows/Engine/{folder}/", StringComparison.Ordinal)
            where file.Text.Contains("using Workflows.Engine.Execution", StringComparison.Ordinal)
            select file.Path;
        Assert.Empty(found);
    }

    [Fact]
    public void Configuration_OfTheHost_IsReadInOnePlace()
    {
        var found =
            from file in SourceTree.Files
            where file.Path.StartsWith("src/", StringComparison.Ordinal)
            where file.Text.Contains("IConfiguration ", StringComparison.Ordinal)
                || file.Text.Contains("GetEnvironmentVariable", StringComparison.Ordinal)
            where file.Path is not ("src/Api/Startup/Settings.cs" or "src/Api/Commands/RehearseCommand.cs"
                or "src/Workflows/Runtime/CrashPoints.cs")
            select file.Path;
        Assert.Empty(found);
    }

    static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Load(Path.Combine(SourceTree.Root, project)).Descendants()
            .Where(element => element.Name.LocalName == "ProjectReference")
            .Select(element => Path.GetFileNameWithoutExtension(element.Attribute("Include")!.Value));

    static PEReader OpenAssembly(string name) =>
        new(File.ReadAllBytes(Assembly.Load(name).Location).ToImmutableArray());

    /// <summary>
    /// Caches of lambdas, generated regular expressions and JSON contexts: written by the compiler, equal for all.
    /// </summary>
    static bool IsGenerated(FieldInfo field) =>
        field.Name.Contains('<', StringComparison.Ordinal)
        || field.DeclaringType?.GetCustomAttributes().Any(IsGeneratedCode) == true
        || field.DeclaringType?.DeclaringType?.GetCustomAttributes().Any(IsGeneratedCode) == true
        || field.DeclaringType == typeof(EngineJson);

    static bool IsGeneratedCode(Attribute attribute) => attribute.GetType().Name is
        "GeneratedCodeAttribute" or "CompilerGeneratedAttribute";

    static bool IsMutableCollection(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var open
        && (open == typeof(List<>) || open == typeof(Dictionary<,>) || open == typeof(HashSet<>)
            || open == typeof(Queue<>));
}
