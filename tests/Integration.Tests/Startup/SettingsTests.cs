using System.Text.RegularExpressions;
using Api.Commands;
using Api.Startup;

namespace Integration.Tests.Startup;

public sealed class SettingsTests
{
    const string Smtp = "--Notifications:Email:Transport=Smtp --Notifications:Email:From=a@b.pl";

    const string Graph =
        "--Notifications:Graph:TenantId=t --Notifications:Graph:ClientId=c --Notifications:Graph:ClientSecret=s";

    const string Production =
        "--environment=Production --Encryption:MasterKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= ";

    [Fact]
    public void Names_OfAllSettings_AreTheOnesTheCodeReads()
    {
        var source = File.ReadAllText(Path.Combine(Locations.Repository()!, "src", "Api", "Startup", "Settings.cs"));
        var read = Regex.Matches(
            source, "configuration, \"(?<name>[A-Za-z:]+)\"", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Select(match => match.Groups["name"].Value).Append("Urls").ToHashSet(StringComparer.Ordinal);
        Assert.Equal(Settings.Names.ToHashSet(StringComparer.Ordinal), read);
    }

    [Fact]
    public void Sample_OfSettings_DocumentsEachWithAComment()
    {
        var lines = File.ReadAllLines(Path.Combine(Locations.Repository()!, "appsettings.sample.json"));
        foreach (var name in Settings.Names)
        {
            var key = name.Split(':')[^1];
            var line = Array.FindIndex(
                lines, text => text.TrimStart().StartsWith($"\"{key}\":", StringComparison.Ordinal));
            Assert.True(line > 0, $"{name} is not in appsettings.sample.json.");
            Assert.StartsWith("//", lines[line - 1].TrimStart(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--Storage:Provider=Oracle", "Storage__Provider")]
    [InlineData("--Storage:Provider=PostgreSql --ConnectionStrings:Workflows=", "ConnectionStrings__Workflows")]
    [InlineData("--TimeZone=Mars/Olympus", "TimeZone")]
    [InlineData("--Clock:Mode=Sundial", "Clock__Mode")]
    [InlineData("--RateLimits:PersonPerMinute=many", "RateLimits__PersonPerMinute")]
    [InlineData("--Cases:AssistantLimit=16", "Cases__AssistantLimit")]
    [InlineData("--Cases:NumberPattern=OPS", "Cases__NumberPattern")]
    [InlineData("--Encryption:MasterKey=short", "Encryption__MasterKey")]
    [InlineData("--environment=Production", "Encryption__MasterKey")]
    [InlineData("--Workflows:Path=/nowhere/at/all", "Workflows__Path")]
    [InlineData("--FirstAdmin:UserName=root", "FirstAdmin__Password")]
    [InlineData("--PublicBaseUrl=sprawy.example.pl", "PublicBaseUrl")]
    [InlineData("--Notifications:Email:Transport=Pigeon", "Notifications__Email__Transport")]
    [InlineData("--Notifications:Email:Transport=Smtp", "Notifications__Email__From")]
    [InlineData("--Notifications:Email:From=nobody", "Notifications__Email__From")]
    [InlineData(Smtp, "Notifications__Email__Smtp__Host")]
    [InlineData(Smtp + " --Notifications:Email:Smtp:Host=mail --Notifications:Email:Smtp:Port=0",
        "Notifications__Email__Smtp__Port")]
    [InlineData(Smtp + " --Notifications:Email:Smtp:Host=mail --Notifications:Email:Smtp:User=u",
        "Notifications__Email__Smtp__Password")]
    [InlineData(Production + Smtp + " --Notifications:Email:Smtp:Host=mail --Notifications:Email:Smtp:Security=None",
        "Notifications__Email__Smtp__Security")]
    [InlineData("--Notifications:Email:AllowedDomains=a@b", "Notifications__Email__AllowedDomains")]
    [InlineData("--Notifications:Email:Transport=Graph --Notifications:Email:From=a@b.pl", "Notifications__Graph__TenantId")]
    [InlineData("--Notifications:Graph:TenantId=t", "Notifications__Graph__ClientSecret")]
    [InlineData(Graph + " --Notifications:Graph:BaseUrl=ftp://graph", "Notifications__Graph__BaseUrl")]
    [InlineData(Graph + " --Notifications:Graph:TokenUrl=token", "Notifications__Graph__TokenUrl")]
    [InlineData(Graph + " --Notifications:Teams:Enabled=true", "Notifications__Teams__AppId")]
    [InlineData("--Notifications:Teams:Enabled=yes", "Notifications__Teams__Enabled")]
    [InlineData(Production + "--Notifications:Teams:WebhookUrl=http://flow.example.pl/x",
        "Notifications__Teams__WebhookUrl")]
    [InlineData("--Notifications:Hours:From=7", "Notifications__Hours__From")]
    [InlineData("--Notifications:Hours:To=07:30", "Notifications__Hours__From")]
    [InlineData("--Notifications:ToDo:Enabled=true", "Notifications__Graph__TenantId")]
    public async Task Start_WithAWrongSetting_EndsWithOneLineThatNamesIt(string arguments, string named)
    {
        var folder = Directory.CreateTempSubdirectory("settings-").FullName;
        using var errors = new StringWriter();
        var code = await ServeCommand.RunAsync(
            RunningHost.Arguments(folder, arguments.Split(' ')), TextWriter.Null, errors);
        Assert.Equal(1, code);
        var line = Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(named, line, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Start_OnATakenAddress_EndsWithOneLineAndNoStackTrace()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var folder = Directory.CreateTempSubdirectory("taken-").FullName;
        var address = $"http://{taken.LocalEndpoint}";
        using var host = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                typeof(Program).Assembly.Location, $"--urls={address}", "--environment=Development",
                $"--ConnectionStrings:Workflows=Data Source={Path.Combine(folder, "test.db")};Pooling=False",
                "--Logging:LogLevel:Default=Error", $"--Workflows:Path={folder}",
            },
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var (told, failed) = (host.StandardOutput.ReadToEndAsync(), host.StandardError.ReadToEndAsync());
        await host.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, host.ExitCode);
        Assert.Equal("", await told);
        Assert.StartsWith("Set ASPNETCORE_URLS to a free address", Assert.Single((await failed).TrimEnd().Split('\n')), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Start_WithAnUnfitProcedure_EndsWithTheListOfWhatIsWrong()
    {
        var folder = Directory.CreateTempSubdirectory("unfit-").FullName;
        var procedure = Directory.CreateDirectory(Path.Combine(folder, "workflows", "letter"));
        await File.WriteAllTextAsync(Path.Combine(procedure.FullName, "process.bpmn"), """
            <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
                         xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d">
              <process id="letter" isExecutable="true">
                <startEvent id="start" /><sequenceFlow id="f1" sourceRef="start" targetRef="write" />
                <userTask id="write">
                  <extensionElements>
                    <zeebe:userTask />
                    <zeebe:formDefinition formId="letter" />
                    <zeebe:properties><zeebe:property name="colour" value="red" /></zeebe:properties>
                  </extensionElements>
                </userTask>
                <sequenceFlow id="f2" sourceRef="write" targetRef="end" /><endEvent id="end" />
              </process>
            </definitions>
            """);
        using var errors = new StringWriter();
        var code = await ServeCommand.RunAsync(
            RunningHost.Arguments(folder, $"--Workflows:Path={Path.Combine(folder, "workflows")}"), TextWriter.Null,
            errors);
        Assert.Equal(1, code);
        Assert.Contains(
            "letter/process.bpmn: write: zeebe:formDefinition", errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("property 'colour'", errors.ToString(), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }
}
