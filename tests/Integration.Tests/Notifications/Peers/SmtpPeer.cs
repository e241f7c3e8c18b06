using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Integration.Tests.Notifications.Peers;

/// <summary>One message the server answered for with 250.</summary>
/// <param name="Tls">It came over an encrypted connection.</param>
/// <param name="Raw">The message as it came, dots of the transfer removed.</param>
public sealed record ReceivedMail(string From, string To, bool Tls, string? User, string Raw)
{
    /// <summary>Header fields by name, folded lines joined; the last one of a name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; } = HeadersOf(Raw);

    static Dictionary<string, string> HeadersOf(string raw)
    {
        var head = raw.Split("\r\n\r\n", 2)[0].Replace("\r\n ", " ", StringComparison.Ordinal)
            .Replace("\r\n\t", " ", StringComparison.Ordinal);
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in head.Split("\r\n"))
        {
            if (line.IndexOf(':') is var colon and > 0) fields[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return fields;
    }
}

/// <summary>What the server does instead of being polite.</summary>
public sealed class SmtpManners
{
    /// <summary>Offers STARTTLS with this certificate.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Wants AUTH with these before MAIL.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>
    /// A reply in place of the usual one, asked with each command line and with <c>"."</c> for the end of a message;
    /// null: the usual one. <see cref="Drop"/> closes the connection without a word, <see cref="Hang"/> never answers.
    /// </summary>
    public Func<string, string?> Reply { get; set; } = _ => null;

    public const string Drop = "drop";
    public const string Hang = "hang";
}

/// <summary>
/// A mail server on loopback, as real as the transport needs: EHLO, STARTTLS, AUTH LOGIN, MAIL, RCPT, DATA over TCP.
/// </summary>
public sealed class SmtpPeer : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly SmtpManners manners;
    readonly ConcurrentBag<Task> talks = [];
    readonly Task accepting;
    int connections;
    bool stopped;

    SmtpPeer(SmtpManners manners, int port)
    {
        this.manners = manners;
        if (port != 0) listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Messages answered with 250, in the order of their ends.</summary>
    public ConcurrentQueue<ReceivedMail> Mails { get; } = new();

    /// <summary>Messages that came whole, whatever was answered: a drop after them may still deliver.</summary>
    public ConcurrentQueue<ReceivedMail> Seen { get; } = new();

    /// <summary>Command lines as they came, passwords included: only tests talk to this server.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    public int Connections => Volatile.Read(ref connections);

    public static SmtpPeer Start(SmtpManners? manners = null, int port = 0) => new(manners ?? new SmtpManners(), port);

    /// <summary>A certificate for <c>localhost</c> and <c>127.0.0.1</c> that nobody vouches for.</summary>
    public static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(
            "CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        var now = DateTimeOffset.UtcNow;
        using var made = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(12));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), password: null);
    }

    async Task AcceptAsync()
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                Interlocked.Increment(ref connections);
                talks.Add(TalkAsync(client));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Told to stop.
        }
    }

    async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await new Talk(this, client.GetStream()).RunAsync(stop.Token);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException
                or System.Security.Authentication.AuthenticationException)
            {
                // The client hung up, did not trust the certificate, or the server was told to stop.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A test takes the server down before its end.
        if (stopped) return;
        stopped = true;
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(talks);
        stop.Dispose();
    }

    /// <summary>One connection.</summary>
    sealed class Talk(SmtpPeer peer, Stream plain)
    {
        Stream stream = plain;
        bool tls;
        string? user;
        string from = "";
        string to = "";

        public async Task RunAsync(CancellationToken ct)
        {
            if (!await SayAsync(peer.manners.Reply("CONNECT") ?? "220 localhost ready", ct)) return;
            while (await LineAsync(ct) is { } line)
            {
                peer.Commands.Enqueue(line);
                var verb = line.Split(' ')[0].ToUpperInvariant();
                if (peer.manners.Reply(line) is { } other)
                {
                    if (!await SayAsync(other, ct)) return;
                    if (verb != "QUIT") continue;
                    return;
                }
                if (!await AnswerAsync(verb, line, ct)) return;
            }
        }

        async Task<bool> AnswerAsync(string verb, string line, CancellationToken ct)
        {
            switch (verb)
            {
                case "EHLO" or "HELO":
                    return await SayAsync(Greeting(), ct);
                case "STARTTLS":
                    return await StartTlsAsync(ct);
                case "AUTH":
                    return await LoginAsync(line, ct);
                case "MAIL" when peer.manners.Login is not null && user is null:
                    return await SayAsync("530 5.7.0 Authentication required", ct);
                case "MAIL":
                    from = Address(line);
                    return await SayAsync("250 2.1.0 ok", ct);
                case "RCPT":
                    to = Address(line);
                    return await SayAsync("250 2.1.5 ok", ct);
                case "DATA":
                    return await DataAsync(ct);
                case "QUIT":
                    await SayAsync("221 bye", ct);
                    return false;
                default:
                    return await SayAsync("250 ok", ct);
            }
        }

        string Greeting()
        {
            var lines = new List<string> { "localhost" };
            if (peer.manners.Certificate is not null && !tls) lines.Add("STARTTLS");
            if (peer.manners.Login is not null) lines.Add("AUTH LOGIN");
            lines.Add("8BITMIME");
            return string.Join("\r\n", lines.Select((text, at) => $"250{(at == lines.Count - 1 ? ' ' : '-')}{text}"));
        }

        async Task<bool> StartTlsAsync(CancellationToken ct)
        {
            if (peer.manners.Certificate is null) return await SayAsync("502 no TLS here", ct);
            await SayAsync("220 go ahead", ct);
            var secure = new SslStream(stream, leaveInnerStreamOpen: false);
            await secure.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = peer.manners.Certificate }, ct);
            (stream, tls) = (secure, true);
            return true;
        }

        async Task<bool> LoginAsync(string line, CancellationToken ct)
        {
            var words = line.Split(' ');
            var name = words.Length > 2 ? words[2] : null;
            if (name is null)
            {
                await SayAsync("334 VXNlcm5hbWU6", ct);
                name = await LineAsync(ct) ?? "";
            }
            await SayAsync("334 UGFzc3dvcmQ6", ct);
            var password = await LineAsync(ct) ?? "";
            var given = (Decoded(name), Decoded(password));
            if (given != peer.manners.Login) return await SayAsync("535 5.7.8 wrong credentials", ct);
            user = given.Item1;
            return await SayAsync("235 2.7.0 welcome", ct);
        }

        async Task<bool> DataAsync(CancellationToken ct)
        {
            await SayAsync("354 end with a dot", ct);
            var text = new StringBuilder();
            while (await LineAsync(ct) is { } line)
            {
                if (line == ".")
                {
                    var mail = new ReceivedMail(from, to, tls, user, text.ToString());
                    peer.Seen.Enqueue(mail);
                    var reply = peer.manners.Reply(".") ?? "250 2.0.0 taken";
                    if (reply.StartsWith('2')) peer.Mails.Enqueue(mail);
                    return await SayAsync(reply, ct);
                }
                text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            }
            return false;
        }

        /// <returns>False: the connection is over.</returns>
        async Task<bool> SayAsync(string reply, CancellationToken ct)
        {
            if (reply == SmtpManners.Drop) return false;
            if (reply == SmtpManners.Hang) await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), ct);
            return true;
        }

        // One byte at a time: after STARTTLS not one byte of the handshake may have been read ahead.
        async Task<string?> LineAsync(CancellationToken ct)
        {
            var line = new List<byte>();
            var one = new byte[1];
            while (await stream.ReadAsync(one, ct) == 1)
            {
                if (one[0] == '\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                line.Add(one[0]);
            }
            return null;
        }

        static string Address(string line)
        {
            var (open, close) = (line.IndexOf('<'), line.IndexOf('>'));
            return open >= 0 && close > open ? line[(open + 1)..close] : "";
        }

        static string Decoded(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
    }
}
