using System.Globalization;
using System.Text.Json;
using Integration.Tests.Notifications.Peers;

// The peers of the channels as a process of their own, for tests/Browser and for people: one line of JSON with where they
// listen, then one for every message, until the input ends or the process is told to stop.
//   dotnet run --project tests/Peers [SMTP-PORT [GRAPH-PORT]]
var ports = args.Select(port => int.Parse(port, CultureInfo.InvariantCulture)).ToArray();
await using var smtp = SmtpPeer.Start(port: ports.ElementAtOrDefault(0));
await using var graph = await GraphPeer.StartAsync(ports.ElementAtOrDefault(1));
Say(new
{
    smtp = new
    {
        port = smtp.Port,
        settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Notifications__Email__Transport"] = "Smtp",
            ["Notifications__Email__From"] = "sprawy@demo.invalid",
            ["Notifications__Email__Smtp__Host"] = "127.0.0.1",
            ["Notifications__Email__Smtp__Port"] = smtp.Port.ToString(CultureInfo.InvariantCulture),
            ["Notifications__Email__Smtp__Security"] = "None",
        },
    },
    graph = new
    {
        address = graph.Address,
        settings = graph.Settings().ToDictionary(
            one => one.Split('=', 2)[0].TrimStart('-').Replace(":", "__", StringComparison.Ordinal),
            one => one.Split('=', 2)[1], StringComparer.Ordinal),
    },
});
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
var ended = Task.Run(async () =>
{
    while (await Console.In.ReadLineAsync(stop.Token) is not null)
    {
        // What is typed means nothing; the end of the input ends the peers.
    }
    await stop.CancelAsync();
});
using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
try
{
    while (await look.WaitForNextTickAsync(stop.Token))
    {
        while (smtp.Mails.TryDequeue(out var mail)) Say(new { channel = "smtp", mail.From, mail.To, mail.Headers, mail.Raw });
        while (graph.Mails.TryDequeue(out var mail)) Say(new { channel = "graph", mail.From, mail.To, mail.Headers, mail.Raw });
        while (graph.Calls.TryDequeue(out var call))
        {
            if (call.Path.EndsWith("/sendActivityNotification", StringComparison.Ordinal)) Say(new { channel = "teams", call.Path, call.Body });
        }
    }
}
catch (OperationCanceledException)
{
    // Told to stop.
}
return 0;

static void Say(object line) => Console.WriteLine(JsonSerializer.Serialize(line, JsonSerializerOptions.Web));
