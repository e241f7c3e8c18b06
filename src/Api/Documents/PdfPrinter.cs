using System.Diagnostics;
using Api.Startup;

namespace Api.Documents;

/// <summary>
/// Prints the page of a document as PDF through the Chromium of the machine: what is on paper is what is on the screen.
/// Two at a time and not for long, because each is a browser of its own.
/// </summary>
public sealed class PdfPrinter(Settings settings, ILogger<PdfPrinter> log) : IDisposable
{
    const int AtOnceMax = 2;
    static readonly TimeSpan PrintMax = TimeSpan.FromSeconds(30);
    static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(20);

    readonly SemaphoreSlim places = new(AtOnceMax);

    public bool IsInstalled => settings.ChromiumPath is not null;

    /// <returns>The PDF; null when it could not be made in time: then the page itself can still be printed.</returns>
    public async Task<byte[]?> PrintAsync(string html, CancellationToken ct)
    {
        if (!await places.WaitAsync(WaitMax, ct)) return null;
        // Readable for this account only, and gone when the answer is made: the page is about a family.
        var folder = Directory.CreateTempSubdirectory("document-").FullName;
        try
        {
            var page = Path.Combine(folder, "document.html");
            var pdf = Path.Combine(folder, "document.pdf");
            await File.WriteAllTextAsync(page, html, ct);
            return await RunAsync(folder, page, pdf, ct) && File.Exists(pdf)
                ? await File.ReadAllBytesAsync(pdf, ct)
                : null;
        }
        finally
        {
            places.Release();
            Delete(folder);
        }
    }

    async Task<bool> RunAsync(string folder, string page, string pdf, CancellationToken ct)
    {
        var start = new ProcessStartInfo(settings.ChromiumPath!)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        foreach (var argument in Arguments(folder, page, pdf)) start.ArgumentList.Add(argument);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(PrintMax);
        using var browser = Process.Start(start)
            ?? throw new InvalidOperationException("Expected a new process of the browser.");
        try
        {
            // What it says is read, or it would wait for a reader; it may name the file, never what is in it.
            var said = browser.StandardError.ReadToEndAsync(limit.Token);
            await browser.StandardOutput.ReadToEndAsync(limit.Token);
            await browser.WaitForExitAsync(limit.Token);
            if (browser.ExitCode == 0) return true;
            var text = await said;
            log.LogWarning(
                "The browser ended with {Code}: {Text}", browser.ExitCode, text.Length > 500 ? text[^500..] : text);
            return false;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            log.LogWarning("The browser took longer than {Seconds} s to print a document", PrintMax.TotalSeconds);
            return false;
        }
        finally
        {
            if (!browser.HasExited) browser.Kill(entireProcessTree: true);
        }
    }

    // Without its sandbox, which containers and service accounts do not allow: the page is written by this program, has
    // no script, may load nothing by its own policy, and no name is resolved.
    static IEnumerable<string> Arguments(string folder, string page, string pdf) =>
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-quic",
        "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND", $"--user-data-dir={Path.Combine(folder, "profile")}",
        "--no-pdf-header-footer", $"--print-to-pdf={pdf}", new Uri(page).AbsoluteUri,
    ];

    void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            log.LogWarning(
                "The folder {Folder} of a printed document could not be deleted: {Reason}", folder, busy.Message);
        }
    }

    public void Dispose() => places.Dispose();
}
