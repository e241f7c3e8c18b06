using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;
using Api.Startup;
using Workflows.Runtime;

namespace Api.Notifications;

/// <summary>E-mail is switched off: the inbox in the application is the only truth anyway.</summary>
public sealed class NoTransport : IMailTransport
{
    public static readonly SendResult Off = new SendResult.Suppressed(
        "Ośrodek nie wysyła e-maili: wysyłanie jest wyłączone w ustawieniach serwera.");

    public Task<SendResult> SendAsync(OutgoingMail mail, CancellationToken ct) => Task.FromResult(Off);

    public Task<bool?> WasSentAsync(long outboxKey, CancellationToken ct) => Task.FromResult<bool?>(false);
}

/// <summary>
/// Whether the mail server may be asked at this moment. One row learns that it is down or wants a pause; all others
/// wait as long without asking.
/// </summary>
public sealed class MailboxGate(TimeProvider time)
{
    (DateTimeOffset Until, string Why)? closed;

    /// <summary>The last failure that was not about one message; null since the last success.</summary>
    public string? Trouble { get; private set; }

    /// <summary>How long to wait, and why; null: open.</summary>
    public SendResult.Retry? Refusal() =>
        closed is { } pause && pause.Until - time.GetUtcNow() is var left && left > TimeSpan.Zero
            ? new SendResult.Retry(pause.Why, left)
            : null;

    public SendResult.Retry Close(string why, TimeSpan after)
    {
        Trouble = why;
        closed = (time.GetUtcNow() + after, why);
        return new SendResult.Retry(why, after);
    }

    public void Open() => (closed, Trouble) = (null, null);
}

/// <summary>What the transports agree on.</summary>
static class MailRules
{
    static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1),
        TimeSpan.FromHours(4), TimeSpan.FromHours(12), TimeSpan.FromHours(24),
    ];

    /// <summary>A server that is down is asked again after a minute first, after a day last.</summary>
    public static TimeSpan PauseAfter(int attempt) => Pauses[Math.Clamp(attempt - 1, 0, Pauses.Length - 1)];

    /// <summary>The sentence for an address no message may go to; null when it may.</summary>
    public static string? Refuse(string address, NotificationSettings settings)
    {
        // A name in front of the address, or a second address, has no place here.
        if (!MailAddress.TryCreate(address, out var parsed) || parsed.Address != address)
            return $"„{address}” nie jest adresem e-mail. Popraw go w kontach.";
        return settings.AllowedDomains.Contains(parsed.Host, StringComparer.OrdinalIgnoreCase)
            ? null
            : $"Adres w domenie {parsed.Host} jest poza ośrodkiem: powiadomienia idą tylko do " +
              $"{string.Join(", ", settings.AllowedDomains)}.";
    }

    /// <summary>A name as it may stand in a header: one line.</summary>
    public static string NameOf(string name) =>
        string.Concat(name.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();

    static readonly Regex Enhanced = new(
        @"\b[245]\.[0-9]{1,3}\.[0-9]{1,3}\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>RFC 3463 status in the words of a server; null when there is none.</summary>
    public static string? StatusIn(string words) =>
        Enhanced.Match(words) is { Success: true } found ? found.Value : null;

    /// <summary>RFC 3463: 5.1.x is the address; everything else is the server's mood or rules.</summary>
    public static bool IsAboutAddress(string status) => status.StartsWith("5.1.", StringComparison.Ordinal);
}

/// <summary>The office's mail server through System.Net.Mail: STARTTLS, AUTH LOGIN, one recipient a message.</summary>
public sealed class SmtpTransport(
    Settings settings, MailboxGate gate, MailAddresses addresses, ILogger<SmtpTransport> log) : IMailTransport
{
    static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(30);

    readonly NotificationSettings notifications = settings.Notifications;
    readonly SmtpSettings smtp = settings.Notifications.Smtp!;
    readonly string from = settings.Notifications.From!;

    /// <summary>How long the server may take for each answer; shorter in tests.</summary>
    public TimeSpan Timeout { get; set; } = AnswerMax;

    public async Task<SendResult> SendAsync(OutgoingMail mail, CancellationToken ct)
    {
        if (MailRules.Refuse(mail.To, notifications) is { } refusal) return new SendResult.Failed(refusal);
        if (gate.Refusal() is { } pause) return pause;
        using var message = Compose(mail, out var content);
        using var client = new SmtpClient(smtp.Host, smtp.Port)
        {
            EnableSsl = smtp.Security == SmtpSecurity.StartTls,
            Timeout = (int)Timeout.TotalMilliseconds,
            Credentials = smtp.User is null ? null : new NetworkCredential(smtp.User, smtp.Password),
        };
        try
        {
            await client.SendMailAsync(message, ct);
            gate.Open();
            return new SendResult.Sent();
        }
        catch (SmtpException problem)
        {
            return await ResultOfAsync(mail, problem, content.WasRead, ct);
        }
    }

    /// <summary>A mail server keeps no list of what it took.</summary>
    public Task<bool?> WasSentAsync(long outboxKey, CancellationToken ct) => Task.FromResult<bool?>(null);

    MailMessage Compose(OutgoingMail mail, out WatchedContent content)
    {
        var message = new MailMessage(
            new MailAddress(from, MailRules.NameOf(settings.CentreName), Encoding.UTF8),
            new MailAddress(mail.To, MailRules.NameOf(mail.ToName), Encoding.UTF8))
        {
            Subject = mail.Content.Subject,
            SubjectEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in MailNames.HeadersOf(mail, from)) message.Headers[name] = value;
        content = new WatchedContent(mail.Content.Text);
        message.AlternateViews.Add(new AlternateView(content, "text/plain; charset=utf-8"));
        message.AlternateViews.Add(
            AlternateView.CreateAlternateViewFromString(mail.Content.Html, Encoding.UTF8, "text/html"));
        return message;
    }

    /// <param name="begun">The server had asked for the message before it failed.</param>
    async Task<SendResult> ResultOfAsync(OutgoingMail mail, SmtpException problem, bool begun, CancellationToken ct)
    {
        var code = (int)problem.StatusCode;
        if (code is 530 or 534 or 535 or 538)
        {
            return Close(mail, $"Serwer poczty {smtp.Host} odrzucił logowanie. Sprawdź " +
                "Notifications__Email__Smtp__User i __Password.", problem);
        }
        if (code >= 500)
        {
            var reason = $"Serwer poczty odmówił: {problem.Message}";
            if (problem is SmtpFailedRecipientException
                && (MailRules.StatusIn(problem.Message) is not { } status || MailRules.IsAboutAddress(status)))
            {
                await addresses.MarkBadAsync(mail.UserName, mail.To, reason, ct);
            }
            return new SendResult.Failed(reason);
        }
        if (code >= 400)
        {
            return new SendResult.Retry(
                $"Serwer poczty prosi, by spróbować później: {problem.Message}", MailRules.PauseAfter(mail.Attempt));
        }
        // No answer with a number: the connection failed. Before the message was asked for, nothing can have left.
        return begun
            ? new SendResult.Unknown("Połączenie z serwerem poczty urwało się po wysłaniu treści: mogła dotrzeć.")
            : Close(mail, WordsOf(problem), problem);
    }

    SendResult.Retry Close(OutgoingMail mail, string why, SmtpException problem)
    {
        log.LogWarning(
            "E-mail through {Host}:{Port} does not work: {Why} ({Error})", smtp.Host, smtp.Port, why,
            problem.InnerException?.Message ?? problem.Message);
        gate.Close(why, MailRules.PauseAfter(1));
        return new SendResult.Retry(why, MailRules.PauseAfter(mail.Attempt));
    }

    string WordsOf(SmtpException problem) => problem.InnerException switch
    {
        AuthenticationException => $"Certyfikat serwera poczty {smtp.Host} nie jest zaufany: " +
            "wiadomości nie zostały wysłane. Zainstaluj certyfikat albo popraw Notifications__Email__Smtp__Host.",
        SocketException => $"Serwer poczty {smtp.Host}:{smtp.Port} nie przyjmuje połączeń.",
        null when problem.Message.Contains("secure connections", StringComparison.Ordinal) =>
            $"Serwer poczty {smtp.Host} nie oferuje STARTTLS: wiadomości nie zostały wysłane.",
        null => $"Serwer poczty {smtp.Host} nie odpowiedział na czas.",
        _ => $"Serwer poczty {smtp.Host} przerwał połączenie.",
    };

    /// <summary>
    /// Text that notices being read. The client reads it only after the server has answered DATA with 354, and tells
    /// of a lost connection in the same words before and after: this is the only way to know.
    /// </summary>
    sealed class WatchedContent(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public bool WasRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            WasRead = true;
            return base.Read(buffer, offset, count);
        }

        public override int Read(Span<byte> buffer)
        {
            WasRead = true;
            return base.Read(buffer);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            WasRead = true;
            return base.ReadAsync(buffer, offset, count, cancellationToken);
        }

        public override ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            WasRead = true;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}

/// <summary>
/// One message as RFC 5322 and 2045 want it, for Graph: only there do Message-ID and References survive.
/// </summary>
static class Mime
{
    public static byte[] Write(OutgoingMail mail, string from, string fromName, DateTimeOffset at)
    {
        var boundary = string.Create(CultureInfo.InvariantCulture, $"part-{mail.OutboxKey}");
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append("\r\n");
        Line($"From: {Phrase(fromName)} <{from}>");
        Line($"To: {Phrase(mail.ToName)} <{mail.To}>");
        Line($"Subject: {Encoded(mail.Content.Subject)}");
        Line($"Date: {at.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture)}");
        foreach (var (name, value) in MailNames.HeadersOf(mail, from)) Line($"{name}: {value}");
        Line("MIME-Version: 1.0");
        Line($"Content-Type: multipart/alternative; boundary=\"{boundary}\"");
        foreach (var (type, content) in new[] { ("text/plain", mail.Content.Text), ("text/html", mail.Content.Html) })
        {
            Line("");
            Line($"--{boundary}");
            Line($"Content-Type: {type}; charset=utf-8");
            Line("Content-Transfer-Encoding: base64");
            Line("");
            var bytes = Encoding.UTF8.GetBytes(content.ReplaceLineEndings("\r\n"));
            foreach (var part in bytes.Chunk(57)) Line(Convert.ToBase64String(part));
        }
        Line("");
        Line($"--{boundary}--");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>A name before an address: what is more than letters, digits and spaces is encoded.</summary>
    static string Phrase(string name)
    {
        var plain = MailRules.NameOf(name);
        return plain.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '-') ? plain : Words(plain);
    }

    static string Encoded(string text) =>
        text.All(letter => char.IsAscii(letter) && !char.IsControl(letter)) ? text : Words(text);

    /// <summary>RFC 2047: words of at most 45 bytes, never cut inside a letter.</summary>
    static string Words(string text)
    {
        var words = new List<string>();
        var word = new List<byte>();
        foreach (var rune in text.EnumerateRunes())
        {
            var bytes = Encoding.UTF8.GetBytes(Rune.IsControl(rune) ? " " : rune.ToString());
            if (word.Count + bytes.Length > 45) Flush();
            word.AddRange(bytes);
        }
        Flush();
        return string.Join("\r\n ", words);

        void Flush()
        {
            if (word.Count > 0) words.Add($"=?utf-8?B?{Convert.ToBase64String([.. word])}?=");
            word.Clear();
        }
    }
}
