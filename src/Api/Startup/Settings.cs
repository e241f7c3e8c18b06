using System.Globalization;
using System.Security.Cryptography;
using Api.Cases;
using Api.Notifications;
using Microsoft.Data.Sqlite;

namespace Api.Startup;

public enum StorageProvider
{
    Sqlite,
    PostgreSql,
}

public enum ClockMode
{
    /// <summary>Engine time is the machine's UTC time; the clock endpoints answer 404.</summary>
    System,

    /// <summary>Engine time can be pinned through <c>/v2/clock</c>: tests and training.</summary>
    Pinnable,
}

/// <summary>A setting is missing or wrong; the message is the one line the operator needs.</summary>
public sealed class SettingException(string message) : Exception(message);

/// <summary>
/// Everything that can be set from outside, read and checked once. No other file reads the configuration.
/// </summary>
/// <remarks>Each name is documented in <c>appsettings.sample.json</c>; a test compares the two.</remarks>
public sealed record Settings
{
    public required StorageProvider Provider { get; init; }
    public required string ConnectionString { get; init; }
    public required ClockMode Clock { get; init; }
    public required string WorkflowsPath { get; init; }
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>32 bytes from which every stored secret is sealed.</summary>
    public required byte[] MasterKey { get; init; }
    /// <summary>The key before, while everything wrapped with it is wrapped anew; null at other times.</summary>
    public required byte[]? PreviousMasterKey { get; init; }
    public required AttachmentSettings Attachments { get; init; }
    public required RateLimitSettings RateLimits { get; init; }

    /// <summary>The centre as its people and its letters call it.</summary>
    public string CentreName { get; init; } = DefaultCentreName;

    /// <summary>
    /// File number of a new case; <c>{number}</c> (or <c>{no}</c>) and <c>{year}</c> are left to fill in, the class of
    /// the office's classification stands already in it.
    /// </summary>
    public required string CaseNumberPattern { get; init; }

    /// <summary>
    /// Full calendar years after the year of closing before a case may be erased: the archive category of the centre's
    /// file plan, which no statute fixes.
    /// </summary>
    public int RetentionYears { get; init; } = DefaultRetentionYears;

    /// <summary>Families per assistant: the statute's 15 or less.</summary>
    public required int AssistantLimit { get; init; }

    /// <summary>How long who completed a step may still look at it.</summary>
    public TimeSpan ViewAfterDecision { get; init; } = TimeSpan.FromDays(DefaultViewAfterDecisionDays);

    /// <summary>Proxies whose word about a caller's address counts; of everybody else it is ignored.</summary>
    public IReadOnlyList<System.Net.IPAddress> KnownProxies { get; init; } = [];

    /// <summary>
    /// The account made when there is none; outside Development the only way to sign in the first time.
    /// </summary>
    public required (string UserName, string Password)? FirstAdmin { get; init; }

    /// <summary>Domain passkeys belong to; null: the host name the browser asked for.</summary>
    public string? PasskeyDomain { get; init; }

    /// <summary>Sign-in through Microsoft Entra ID; null: not offered.</summary>
    public EntraSettings? Entra { get; init; }

    /// <summary>The browser that prints documents as PDF; null: none is installed.</summary>
    public string? ChromiumPath { get; init; }

    /// <summary>Where people reach the application; every link in a message begins with it.</summary>
    public Uri PublicBaseUrl { get; init; } = new(WorkflowHost.DefaultUrl);

    /// <summary>How messages leave the house; nothing does unless it is set.</summary>
    public NotificationSettings Notifications { get; init; } = new();

    /// <summary>
    /// Configuration paths, colon-separated as in JSON; in the environment <c>__</c> stands for the colon.
    /// </summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "Urls", "Storage:Provider", "ConnectionStrings:Workflows", "Clock:Mode", "Workflows:Path", "TimeZone",
        "Encryption:MasterKey", "Encryption:PreviousMasterKey", "Attachments:Path", "Attachments:BytesMax",
        "Attachments:ClamAv", "RateLimits:PersonPerMinute", "RateLimits:SearchPerMinute",
        "RateLimits:UploadPerMinute", "RateLimits:PrintPerMinute", "RateLimits:SignInPerMinute",
        "RateLimits:MachineCallsInFlight", "Centre:Name", "Cases:NumberPattern", "Cases:JrwaClass",
        "Cases:AssistantLimit", "Cases:RetentionYears", "Access:ViewAfterDecisionDays", "ForwardedHeaders:KnownProxies",
        "FirstAdmin:UserName", "FirstAdmin:Password", "Passkeys:Domain", "Entra:TenantId",
        "Entra:ClientId", "Entra:ClientSecret", "Entra:Authority", "Chromium:Path", "PublicBaseUrl",
        "Notifications:Email:Transport", "Notifications:Email:From", "Notifications:Email:AllowedDomains",
        "Notifications:Email:Smtp:Host", "Notifications:Email:Smtp:Port", "Notifications:Email:Smtp:Security",
        "Notifications:Email:Smtp:User", "Notifications:Email:Smtp:Password", "Notifications:Graph:TenantId",
        "Notifications:Graph:ClientId", "Notifications:Graph:ClientSecret", "Notifications:Graph:BaseUrl",
        "Notifications:Graph:TokenUrl", "Notifications:Teams:Enabled", "Notifications:Teams:AppId",
        "Notifications:Teams:WebhookUrl", "Notifications:ToDo:Enabled", "Notifications:Hours:From",
        "Notifications:Hours:To", "Notifications:Hours:DigestAt",
        "RateLimits:DecisionsPerTicket", "RateLimits:DecisionsPerPerson", "RateLimits:UnknownLinksPerMinute",
    ];

    public const string DefaultCaseNumberPattern = "OPS.{jrwa}.{number}.{year}";

    /// <summary>Class of the classification in the rules of procedure of most centres; each has its own.</summary>
    public const string DefaultJrwaClass = "4710";

    const string DefaultCentreName = "Ośrodek Pomocy Społecznej";
    const int CentreNameLengthMax = 200;

    public static Settings Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var provider = Choice(configuration, "Storage:Provider", StorageProvider.Sqlite);
        var connection = Connection(configuration, environment, provider);
        return new Settings
        {
            Provider = provider,
            ConnectionString = connection,
            Clock = Choice(
                configuration, "Clock:Mode", environment.IsDevelopment() ? ClockMode.Pinnable : ClockMode.System),
            WorkflowsPath = Workflows(configuration, environment),
            Zone = ReadZone(configuration),
            MasterKey = ReadMasterKey(configuration, environment, provider, connection),
            PreviousMasterKey = Text(configuration, "Encryption:PreviousMasterKey") is { } previous
                ? Decode(previous, "Set Encryption__PreviousMasterKey to the key used until now, or remove it")
                : null,
            Attachments = ReadAttachments(configuration, environment, DatabaseFile(environment, provider, connection)),
            RateLimits = new RateLimitSettings(
                Number(configuration, "RateLimits:PersonPerMinute", 300, 1, 1_000_000),
                Number(configuration, "RateLimits:SignInPerMinute", 30, 1, 1_000_000),
                Number(configuration, "RateLimits:MachineCallsInFlight", 512, 1, 1_000_000))
            {
                SearchPerMinute = Number(configuration, "RateLimits:SearchPerMinute", 60, 1, 1_000_000),
                UploadPerMinute = Number(configuration, "RateLimits:UploadPerMinute", 30, 1, 1_000_000),
                PrintPerMinute = Number(configuration, "RateLimits:PrintPerMinute", 30, 1, 1_000_000),
                DecisionsPerTicket = Number(configuration, "RateLimits:DecisionsPerTicket", 5, 1, 1_000_000),
                DecisionsPerPerson = Number(configuration, "RateLimits:DecisionsPerPerson", 20, 1, 1_000_000),
                UnknownLinksPerMinute = Number(configuration, "RateLimits:UnknownLinksPerMinute", 10, 1, 1_000_000),
            },
            CentreName = ReadCentreName(configuration),
            CaseNumberPattern = ReadCaseNumberPattern(configuration),
            RetentionYears = Number(configuration, "Cases:RetentionYears", DefaultRetentionYears, 0, 100),
            AssistantLimit = Number(
                configuration, "Cases:AssistantLimit", AssistantRow.StatutoryLimit, 1, AssistantRow.StatutoryLimit),
            ViewAfterDecision = TimeSpan.FromDays(
                Number(configuration, "Access:ViewAfterDecisionDays", DefaultViewAfterDecisionDays, 0, 3650)),
            KnownProxies = ReadProxies(configuration),
            FirstAdmin = Text(configuration, "FirstAdmin:UserName") is { } name
                ? (name, Text(configuration, "FirstAdmin:Password")
                    ?? throw new SettingException("Set FirstAdmin__Password too, or remove FirstAdmin__UserName."))
                : null,
            PasskeyDomain = Text(configuration, "Passkeys:Domain"),
            Entra = ReadEntra(configuration, environment),
            ChromiumPath = ReadChromium(configuration),
            PublicBaseUrl = ReadPublicBaseUrl(configuration, environment),
            Notifications = ReadNotifications(configuration, environment),
        };
    }

    static Uri ReadPublicBaseUrl(IConfiguration configuration, IHostEnvironment environment)
    {
        // In Development links lead to the address the server listens on; with a free port nobody knows it yet.
        var bound = configuration["Urls"]?.Split(';')[0].Replace("//*", "//localhost", StringComparison.Ordinal)
            .Replace("//+", "//localhost", StringComparison.Ordinal);
        var text = Text(configuration, "PublicBaseUrl") ?? bound ?? WorkflowHost.DefaultUrl;
        return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps
                || (address.Scheme == Uri.UriSchemeHttp && (environment.IsDevelopment() || address.IsLoopback
                    || Text(configuration, "PublicBaseUrl") is null)))
            ? address
            : throw new SettingException(
                $"Set PublicBaseUrl to the https address people open, e.g. https://sprawy.example.pl; it is '{text}'.");
    }

    const int DefaultViewAfterDecisionDays = 14;
    const int DefaultRetentionYears = 10;

    static List<System.Net.IPAddress> ReadProxies(IConfiguration configuration)
    {
        var texts = (Text(configuration, "ForwardedHeaders:KnownProxies") ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. texts.Select(text => System.Net.IPAddress.TryParse(text, out var address)
            ? address
            : throw new SettingException(
                $"Set ForwardedHeaders__KnownProxies to addresses separated by commas: '{text}' is none."))];
    }

    static string ReadCentreName(IConfiguration configuration)
    {
        var name = Text(configuration, "Centre:Name") ?? DefaultCentreName;
        return name.Length <= CentreNameLengthMax
            ? name
            : throw new SettingException($"Set Centre__Name to at most {CentreNameLengthMax} characters.");
    }

    /// <summary>With the class of the classification filled in; what is left are number and year.</summary>
    static string ReadCaseNumberPattern(IConfiguration configuration)
    {
        var jrwa = Text(configuration, "Cases:JrwaClass") ?? DefaultJrwaClass;
        if (jrwa.Any(letter => !char.IsAsciiDigit(letter)) || jrwa.Length > 8)
        {
            throw new SettingException($"Set Cases__JrwaClass to the digits of a class, e.g. 4710; it is '{jrwa}'.");
        }
        var text = Text(configuration, "Cases:NumberPattern") ?? DefaultCaseNumberPattern;
        var pattern = CaseNumbers(text, jrwa);
        // A number is a text in an address and in a tag; the two braces left are the ones that are filled in.
        var fits = pattern.Contains("{no}", StringComparison.Ordinal)
            && pattern.Contains("{year}", StringComparison.Ordinal)
            && pattern.Replace("{no}", "", StringComparison.Ordinal).Replace("{year}", "", StringComparison.Ordinal)
                .All(letter => char.IsLetterOrDigit(letter) || letter is '.' or '-' or '_')
            && pattern.Length <= CaseRow.CaseNoLengthMax - 8;
        return fits
            ? pattern
            : throw new SettingException(
                "Set Cases__NumberPattern to letters, digits, dots and dashes with {number} and {year}, and {jrwa} " +
                $"where the class stands, e.g. OPS.{{jrwa}}.{{number}}.{{year}}; it is '{text}'.");
    }

    /// <summary>The pattern with its class; number and year are left to fill in.</summary>
    public static string CaseNumbers(string pattern, string jrwaClass) => pattern
        .Replace("{jrwa}", jrwaClass, StringComparison.Ordinal)
        .Replace("{number}", "{no}", StringComparison.Ordinal);

    static EntraSettings? ReadEntra(IConfiguration configuration, IHostEnvironment environment)
    {
        var tenant = Text(configuration, "Entra:TenantId");
        var client = Text(configuration, "Entra:ClientId");
        var secret = Text(configuration, "Entra:ClientSecret");
        var authority = Text(configuration, "Entra:Authority") ?? "https://login.microsoftonline.com";
        if (tenant is null && client is null && secret is null) return null;
        if (tenant is null || client is null || secret is null)
        {
            throw new SettingException(
                "Set Entra__TenantId, Entra__ClientId and Entra__ClientSecret together, or none of them.");
        }
        var secure = Uri.TryCreate(authority, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || (environment.IsDevelopment() && address.IsLoopback));
        return secure
            ? new EntraSettings(tenant, client, secret, authority.TrimEnd('/'))
            : throw new SettingException($"Set Entra__Authority to an https address; it is '{authority}'.");
    }

    static string? ReadChromium(IConfiguration configuration)
    {
        const string debian = "/usr/bin/chromium";
        if (Text(configuration, "Chromium:Path") is not { } path) return File.Exists(debian) ? debian : null;
        if (path == "none") return null;
        return File.Exists(path)
            ? path
            : throw new SettingException($"Set Chromium__Path to the program of the browser: '{path}' is not there.");
    }

    static NotificationSettings ReadNotifications(IConfiguration configuration, IHostEnvironment environment)
    {
        var transport = Choice(configuration, "Notifications:Email:Transport", MailTransport.None);
        var from = Text(configuration, "Notifications:Email:From");
        if (transport != MailTransport.None && from is null)
        {
            throw new SettingException(
                "Set Notifications__Email__From to the sender's address: " +
                $"Notifications__Email__Transport is {transport}.");
        }
        if (from is not null && !System.Net.Mail.MailAddress.TryCreate(from, out _))
        {
            throw new SettingException(
                $"Set Notifications__Email__From to one address, e.g. sprawy@example.pl; it is '{from}'.");
        }
        var teams = Flag(configuration, "Notifications:Teams:Enabled");
        var toDo = Flag(configuration, "Notifications:ToDo:Enabled");
        var graph = ReadGraph(configuration, environment);
        var needsGraph = transport == MailTransport.Graph ? "Notifications__Email__Transport is Graph"
            : teams ? "Notifications__Teams__Enabled is true"
            : toDo ? "Notifications__ToDo__Enabled is true" : null;
        if (needsGraph is not null && graph is null)
        {
            throw new SettingException(
                "Set Notifications__Graph__TenantId, Notifications__Graph__ClientId and " +
                $"Notifications__Graph__ClientSecret: {needsGraph}.");
        }
        return new NotificationSettings
        {
            Transport = transport,
            From = from,
            AllowedDomains = ReadDomains(configuration, from),
            Smtp = transport == MailTransport.Smtp ? ReadSmtp(configuration, environment) : null,
            Graph = graph,
            Teams = ReadTeams(configuration, environment, teams),
            ToDo = toDo,
            Hours = ReadHours(configuration),
        };
    }

    static WorkingHours ReadHours(IConfiguration configuration)
    {
        var usual = WorkingHours.Usual;
        var hours = new WorkingHours(
            Time(configuration, "Notifications:Hours:From", usual.From),
            Time(configuration, "Notifications:Hours:To", usual.To),
            Time(configuration, "Notifications:Hours:DigestAt", usual.DigestAt));
        return hours.From <= hours.DigestAt && hours.DigestAt < hours.To
            ? hours
            : throw new SettingException(
                "Set Notifications__Hours__From, __DigestAt and __To in this order; they are " +
                $"{hours.From:HH\\:mm}, {hours.DigestAt:HH\\:mm} and {hours.To:HH\\:mm}.");
    }

    static TimeOnly Time(IConfiguration configuration, string name, TimeOnly otherwise)
    {
        if (Text(configuration, name) is not { } text) return otherwise;
        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : throw new SettingException(
                $"Set {name.Replace(":", "__", StringComparison.Ordinal)} to a time such as 07:00; it is '{text}'.");
    }

    static string[] ReadDomains(IConfiguration configuration, string? from)
    {
        var domains = (Text(configuration, "Notifications:Email:AllowedDomains") ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (domains.FirstOrDefault(one => Uri.CheckHostName(one) != UriHostNameType.Dns) is { } odd)
        {
            throw new SettingException(
                $"Set Notifications__Email__AllowedDomains to domains separated by commas: '{odd}' is none.");
        }
        return domains.Length > 0 ? domains : from is null ? [] : [from[(from.LastIndexOf('@') + 1)..]];
    }

    static SmtpSettings ReadSmtp(IConfiguration configuration, IHostEnvironment environment)
    {
        var host = Text(configuration, "Notifications:Email:Smtp:Host") ?? throw new SettingException(
            "Set Notifications__Email__Smtp__Host to the mail server: Notifications__Email__Transport is Smtp.");
        var security = Choice(configuration, "Notifications:Email:Smtp:Security", SmtpSecurity.StartTls);
        var loopback = host == "localhost"
            || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));
        if (security == SmtpSecurity.None && !loopback && !environment.IsDevelopment())
        {
            throw new SettingException(
                "Set Notifications__Email__Smtp__Security to StartTls: without it messages and the password would " +
                $"cross the network to '{host}' in the clear.");
        }
        var user = Text(configuration, "Notifications:Email:Smtp:User");
        var password = Text(configuration, "Notifications:Email:Smtp:Password");
        if (user is null != password is null)
        {
            throw new SettingException(
                "Set Notifications__Email__Smtp__User and Notifications__Email__Smtp__Password together, or neither.");
        }
        return new SmtpSettings(
            host, Number(configuration, "Notifications:Email:Smtp:Port", 587, 1, 65_535), security, user, password);
    }

    static GraphSettings? ReadGraph(IConfiguration configuration, IHostEnvironment environment)
    {
        var tenant = Text(configuration, "Notifications:Graph:TenantId");
        var client = Text(configuration, "Notifications:Graph:ClientId");
        var secret = Text(configuration, "Notifications:Graph:ClientSecret");
        if (tenant is null && client is null && secret is null) return null;
        if (tenant is null || client is null || secret is null)
        {
            throw new SettingException(
                "Set Notifications__Graph__TenantId, Notifications__Graph__ClientId and " +
                "Notifications__Graph__ClientSecret together, or none of them.");
        }
        return new GraphSettings(
            tenant, client, secret,
            Secure(environment, "Notifications:Graph:BaseUrl", Text(configuration, "Notifications:Graph:BaseUrl")
                ?? "https://graph.microsoft.com/v1.0"),
            Secure(environment, "Notifications:Graph:TokenUrl", Text(configuration, "Notifications:Graph:TokenUrl")
                ?? $"https://login.microsoftonline.com/{Uri.EscapeDataString(tenant)}/oauth2/v2.0/token"));
    }

    static TeamsSettings ReadTeams(IConfiguration configuration, IHostEnvironment environment, bool enabled)
    {
        var app = Text(configuration, "Notifications:Teams:AppId");
        if (enabled && !Guid.TryParse(app, out _))
        {
            throw new SettingException(
                "Set Notifications__Teams__AppId to the id in the manifest of the Teams app (docs/teams.md): " +
                $"Notifications__Teams__Enabled is true; it is '{app}'.");
        }
        var webhook = Text(configuration, "Notifications:Teams:WebhookUrl") is { } address
            ? Secure(environment, "Notifications:Teams:WebhookUrl", address)
            : null;
        return new TeamsSettings(enabled, app, webhook);
    }

    /// <summary>An https address, or http to this machine: what goes there is secret.</summary>
    static Uri Secure(IHostEnvironment environment, string name, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps
                || (address.Scheme == Uri.UriSchemeHttp && (address.IsLoopback || environment.IsDevelopment())))
            ? address
            // The address of a webhook is a password itself and is not repeated.
            : throw new SettingException($"Set {Variable(name)} to an https address.");

    static bool Flag(IConfiguration configuration, string name) => Text(configuration, name) switch
    {
        null or "false" or "False" => false,
        "true" or "True" => true,
        var other => throw new SettingException($"Set {Variable(name)} to true or false: '{other}' is neither."),
    };

    static string Connection(IConfiguration configuration, IHostEnvironment environment, StorageProvider provider)
    {
        var text = Text(configuration, "ConnectionStrings:Workflows");
        if (provider == StorageProvider.PostgreSql)
        {
            return text ?? throw new SettingException(
                "Set ConnectionStrings__Workflows, e.g. \"Host=localhost;Database=workflows;Username=workflows\": " +
                "Storage__Provider is PostgreSql.");
        }
        var file = Path.Combine(environment.ContentRootPath, "data", "workflows.db");
        return WithFolder(text ?? $"Data Source={file}", environment.ContentRootPath);
    }

    /// <summary>Makes the path of the database file absolute and its folder exist.</summary>
    static string WithFolder(string connection, string root)
    {
        try
        {
            var builder = new SqliteConnectionStringBuilder(connection);
            if (builder.DataSource is "" or ":memory:" || builder.Mode == SqliteOpenMode.Memory)
            {
                throw new SettingException("Set ConnectionStrings__Workflows to a file: \"Data Source=workflows.db\".");
            }
            builder.DataSource = Path.GetFullPath(builder.DataSource, root);
            Directory.CreateDirectory(Path.GetDirectoryName(builder.DataSource)!);
            return builder.ToString();
        }
        catch (Exception problem) when (problem is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new SettingException(
                "Set ConnectionStrings__Workflows to a writable SQLite file, e.g. \"Data Source=/srv/workflows.db\", " +
                $"or Storage__Provider to PostgreSql: {problem.Message}");
        }
    }

    static string Workflows(IConfiguration configuration, IHostEnvironment environment)
    {
        var text = Text(configuration, "Workflows:Path");
        var beside = Path.Combine(AppContext.BaseDirectory, "workflows");
        var path = text is not null ? Path.GetFullPath(text, environment.ContentRootPath)
            : environment.IsDevelopment() && Locations.Repository() is { } repository
                ? Path.Combine(repository, "workflows")
                : beside;
        if (text is null || Directory.Exists(path)) return path;
        throw new SettingException($"Set Workflows__Path to the folder of the procedures: '{path}' is not there.");
    }

    static TimeZoneInfo ReadZone(IConfiguration configuration)
    {
        var id = Text(configuration, "TimeZone") ?? "Europe/Warsaw";
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new SettingException($"Set TimeZone to an IANA zone such as Europe/Warsaw: '{id}' is unknown.");
    }

    static byte[] ReadMasterKey(
        IConfiguration configuration, IHostEnvironment environment, StorageProvider provider, string connection)
    {
        const string advice = "Set Encryption__MasterKey to 32 random bytes in base64 (openssl rand -base64 32)";
        if (Text(configuration, "Encryption:MasterKey") is { } text) return Decode(text, advice);
        if (!environment.IsDevelopment())
        {
            throw new SettingException(
                advice + " and keep a copy apart from the backups: stored data cannot be read without it.");
        }
        var file = Path.ChangeExtension(DatabaseFile(environment, provider, connection), ".masterkey");
        if (File.Exists(file)) return Decode(
            File.ReadAllText(file).Trim(), $"Delete {file} with its database, or repair it");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var key = RandomNumberGenerator.GetBytes(MasterKeyBytes);
        File.WriteAllText(file, Convert.ToBase64String(key) + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return key;
    }

    /// <summary>Where the database lies, or would lie if it were a file.</summary>
    static string DatabaseFile(IHostEnvironment environment, StorageProvider provider, string connection) =>
        provider == StorageProvider.Sqlite
            ? new SqliteConnectionStringBuilder(connection).DataSource
            : Path.Combine(environment.ContentRootPath, "data", "workflows.db");

    static AttachmentSettings ReadAttachments(
        IConfiguration configuration, IHostEnvironment environment, string database)
    {
        var path = Text(configuration, "Attachments:Path") is { } text
            ? Path.GetFullPath(text, environment.ContentRootPath)
            : Path.Combine(Path.GetDirectoryName(database)!, "files");
        (string, int)? scanner = null;
        if (Text(configuration, "Attachments:ClamAv") is { } peer)
        {
            scanner = peer.LastIndexOf(':') is var colon and > 0 && int.TryParse(
                peer[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                && port is > 0 and <= 65_535
                ? (peer[..colon], port)
                : throw new SettingException(
                    $"Set Attachments__ClamAv to host:port of clamd, e.g. localhost:3310: it is '{peer}'.");
        }
        return new AttachmentSettings(
            path, Number(configuration, "Attachments:BytesMax", 10_000_000, 1024, 100 * 1024 * 1024), scanner);
    }

    const int MasterKeyBytes = 32;

    static byte[] Decode(string text, string advice)
    {
        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var length) && length == MasterKeyBytes
            ? key[..length]
            : throw new SettingException(advice + ": the value is not 32 bytes in base64.");
    }

    static string? Text(IConfiguration configuration, string name) =>
        configuration[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    static T Choice<T>(IConfiguration configuration, string name, T fallback) where T : struct, Enum
    {
        if (Text(configuration, name) is not { } text) return fallback;
        return Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value)
            ? value
            : throw new SettingException(
                $"Set {Variable(name)} to {string.Join(" or ", Enum.GetNames<T>())}: '{text}' is neither.");
    }

    static int Number(IConfiguration configuration, string name, int fallback, int least, int most)
    {
        if (Text(configuration, name) is not { } text) return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most
            ? value
            : throw new SettingException(
                $"Set {Variable(name)} to a whole number from {least} to {most}: it is '{text}'.");
    }

    static string Variable(string name) => name.Replace(":", "__", StringComparison.Ordinal);
}

/// <param name="Path">Folder of the sealed files.</param>
/// <param name="BytesMax">Largest file.</param>
/// <param name="ClamAv">Host and port of clamd; null: files are kept unscanned.</param>
public sealed record AttachmentSettings(string Path, int BytesMax, (string Host, int Port)? ClamAv);

/// <param name="PersonPerMinute">Requests of one person in a minute; then 429.</param>
/// <param name="SignInPerMinute">Attempts to sign in from one address in a minute; then 429.</param>
/// <param name="MachineCallsInFlight">Calls of machine clients served at once; then 503 RESOURCE_EXHAUSTED.</param>
public sealed record RateLimitSettings(int PersonPerMinute, int SignInPerMinute, int MachineCallsInFlight)
{
    /// <summary>Searches of one person in a minute.</summary>
    public int SearchPerMinute { get; init; } = 60;

    /// <summary>Files one person sends in a minute.</summary>
    public int UploadPerMinute { get; init; } = 30;

    /// <summary>Documents one person has printed or written out in a minute.</summary>
    public int PrintPerMinute { get; init; } = 30;

    /// <summary>Decisions sent through one link of a message in a minute.</summary>
    public int DecisionsPerTicket { get; init; } = 5;

    /// <summary>Decisions one person sends from messages in a minute.</summary>
    public int DecisionsPerPerson { get; init; } = 20;

    /// <summary>Links nobody was ever sent, opened from one address in a minute.</summary>
    public int UnknownLinksPerMinute { get; init; } = 10;
}

/// <summary>The centre's application in Microsoft Entra ID.</summary>
/// <param name="Authority">Address before the tenant, without a slash at the end.</param>
public sealed record EntraSettings(string TenantId, string ClientId, string ClientSecret, string Authority);

public enum MailTransport
{
    /// <summary>No e-mail leaves the house.</summary>
    None,
    Smtp,
    Graph,
}

public enum SmtpSecurity
{
    /// <summary>In the clear: this machine or Development only.</summary>
    None,

    /// <summary>Nothing is sent before the connection is encrypted and the certificate is right.</summary>
    StartTls,
}

/// <summary>Channels out of the house.</summary>
public sealed record NotificationSettings
{
    public MailTransport Transport { get; init; }

    /// <summary>The one sender; with Graph also the mailbox.</summary>
    public string? From { get; init; }

    /// <summary>Domains of recipients; every other address is refused.</summary>
    public IReadOnlyList<string> AllowedDomains { get; init; } = [];
    public SmtpSettings? Smtp { get; init; }
    public GraphSettings? Graph { get; init; }
    public TeamsSettings Teams { get; init; } = new(Enabled: false, AppId: null, WebhookUrl: null);

    /// <summary>Tasks are copied into Microsoft To Do of whoever asks for it.</summary>
    public bool ToDo { get; init; }

    public WorkingHours Hours { get; init; } = WorkingHours.Usual;
}

public sealed record SmtpSettings(string Host, int Port, SmtpSecurity Security, string? User, string? Password);

/// <summary>The application that sends, in the centre's directory.</summary>
/// <param name="BaseUrl">Graph with its version.</param>
/// <param name="TokenUrl">The whole address tokens are asked at.</param>
public sealed record GraphSettings(string TenantId, string ClientId, string ClientSecret, Uri BaseUrl, Uri TokenUrl);

/// <param name="AppId">Id of the Teams app, as in its manifest.</param>
/// <param name="WebhookUrl">Where pings for the whole team go; the address is the password.</param>
public sealed record TeamsSettings(bool Enabled, string? AppId, Uri? WebhookUrl);

/// <summary>Where things lie when no setting says it.</summary>
public static class Locations
{
    /// <summary>
    /// The folder of the solution above the running dll, or null where only the product is installed.
    /// </summary>
    public static string? Repository() => Above(AppContext.BaseDirectory, "WorkflowHost.sln");

    /// <summary>
    /// The current folder when it holds the product's appsettings.json; in a working copy the folder of the project, so
    /// that Debug and Release share their data; otherwise the dll's folder.
    /// </summary>
    public static string ContentRoot()
    {
        var current = Directory.GetCurrentDirectory();
        if (File.Exists(Path.Combine(current, "appsettings.json"))) return current;
        return Above(AppContext.BaseDirectory, "Api.csproj") ?? AppContext.BaseDirectory;
    }

    static string? Above(string folder, string file)
    {
        for (var place = new DirectoryInfo(folder); place is not null; place = place.Parent)
        {
            if (File.Exists(Path.Combine(place.FullName, file))) return place.FullName;
        }
        return null;
    }
}
