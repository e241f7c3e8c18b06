using System.Net;
using System.Net.Http.Json;
using Api.Startup;
using Integration.Tests.Access;
using static Integration.Tests.Procedures.ProcedureClient;

namespace Integration.Tests.Procedures;

public sealed class ProcedureReadingTests(DesignHost host) : IClassFixture<DesignHost>
{
    [Fact]
    public async Task List_OfAnAdministrator_HoldsEachShippedProcedureWithItsFirstVersion()
    {
        var list = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures"));
        var items = list.GetProperty("items").EnumerateArray().ToList();
        var folders = Directory.GetDirectories(Path.Combine(Locations.Repository()!, "workflows"))
            .Where(folder => File.Exists(Path.Combine(folder, "process.bpmn"))).Select(Path.GetFileName);
        Assert.Equal(
            folders.Order(StringComparer.Ordinal),
            items.Select(item => item.GetProperty("processId").GetString()).Order(StringComparer.Ordinal));
        var first = items.Single(item => item.GetProperty("processId").GetString() == "family-support");
        Assert.True(first.GetProperty("opensCase").GetBoolean());
        var version = Assert.Single(first.GetProperty("versions").EnumerateArray());
        Assert.Equal("shipped", version.GetProperty("source").GetString());
        Assert.Equal(1, version.GetProperty("version").GetInt32());
        Assert.False(items.Single(item => item.GetProperty("processId").GetString() == DesignHost.Monitoring)
            .GetProperty("opensCase").GetBoolean());
    }

    [Fact]
    public async Task Running_AfterACaseWasOpened_IsANumberOfTheVersion()
    {
        using var clerk = host.Running.Client("clerk");
        var before = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/family-support"));
        await Centre.OkAsync(clerk.PostAsJsonAsync("/api/cases", new { process = "family-support" }));
        var after = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/family-support"));
        Assert.Equal(before.GetProperty("running").GetInt32() + 1, after.GetProperty("running").GetInt32());
        Assert.Equal(
            after.GetProperty("running").GetInt32(),
            after.GetProperty("versions")[0].GetProperty("running").GetInt32());
    }

    [Fact]
    public async Task Files_OfAVersion_AreTheDeliveredBytes()
    {
        var files = await host.Head.NewestAsync(DesignHost.Monitoring);
        var folder = Path.Combine(Locations.Repository()!, "workflows", DesignHost.Monitoring);
        Assert.Equal(
            Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!)
                .Where(name => !name.EndsWith(".json", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            files.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, text) in files)
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(folder, name)),
                new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(text));
        }
    }

    [Fact]
    public async Task Procedures_AskedForByStaff_AreForbiddenAndUnknownOnesAreNotFound()
    {
        using var worker = host.Running.Client("social_worker");
        await Centre.IsAsync(HttpStatusCode.Forbidden, worker.GetAsync("/api/procedures"));
        await Centre.IsAsync(HttpStatusCode.Forbidden, host.Head.GetAsync("/api/procedures/monitoring/draft"));
        await Centre.IsAsync(HttpStatusCode.NotFound, host.Admin.GetAsync("/api/procedures/no-such"));
        await Centre.IsAsync(HttpStatusCode.NotFound, host.Admin.GetAsync("/api/procedures/monitoring/versions/9/files"));
    }

    [Fact]
    public async Task Deadline_OfFourteenWorkingDays_IsCountedAndExplained()
    {
        var answer = await Centre.OkAsync(host.Admin.PostAsJsonAsync("/api/procedures/deadline", new
        {
            amount = 14, unit = "working-days", roll = "forward", from = "2025-12-10",
        }));
        Assert.Equal("2026-01-05", answer.GetProperty("dueOn").GetString());
        Assert.NotEmpty(answer.GetProperty("explanation").GetString()!);
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Admin.PostAsJsonAsync(
            "/api/procedures/deadline", new { amount = 14, unit = "fortnights" }));
        // A case refuses more than 500 working days, so they are no example.
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Admin.PostAsJsonAsync(
            "/api/procedures/deadline", new { amount = 501, unit = "working-days" }));
    }

    [Theory]
    [InlineData("=consent = true and age >= 18", false, null)]
    [InlineData("consent =", false, 9)]
    [InlineData("> 5, < 2", true, null)]
    [InlineData("=", false, 1)]
    public async Task Expression_AsTyped_IsReadOrTheCharacterIsNamed(string expression, bool unary, int? position)
    {
        var answer = await Centre.OkAsync(host.Admin.PostAsJsonAsync(
            "/api/procedures/feel", new { expression, unary }));
        var problem = answer.GetProperty("problem");
        if (position is null) Assert.Equal(System.Text.Json.JsonValueKind.Null, problem.ValueKind);
        else Assert.Equal(position, problem.GetProperty("position").GetInt32());
    }

    [Fact]
    public async Task Vocabulary_OfTheCentre_NamesRolesPeopleFormsAndWhatTheEngineExecutes()
    {
        var words = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/vocabulary"));
        Assert.Contains(words.GetProperty("roles").EnumerateArray(), role =>
            role.GetProperty("id").GetString() == "assistant"
            && role.GetProperty("name").GetString() == "asystent rodziny");
        Assert.Contains(words.GetProperty("forms").EnumerateArray(), form => Named(form) == ("interview", "Wywiad środowiskowy"));
        Assert.Contains(words.GetProperty("decisions").EnumerateArray(), one => Named(one) == ("interview-term", "Termin wywiadu"));
        Assert.Contains(words.GetProperty("staff").EnumerateArray(), person =>
            person.GetProperty("userName").GetString() == "social_worker");
        Assert.DoesNotContain(words.GetProperty("elements").EnumerateArray(), one =>
            one.GetString() == "bpmn:InclusiveGateway");

        static (string?, string?) Named(System.Text.Json.JsonElement one) =>
            (one.GetProperty("id").GetString(), one.GetProperty("name").GetString());
    }
}
