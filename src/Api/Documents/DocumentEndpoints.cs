using Api.Access;
using Api.UseCases;
using MediatR;

namespace Api.Documents;

/// <summary><c>/api/cases/{no}/documents</c>: as data, as a page for print, as .docx and as PDF.</summary>
public static class DocumentEndpoints
{
    public static void MapDocuments(this IEndpointRouteBuilder routes)
    {
        var documents = routes.MapGroup("/api/cases/{no}/documents").WithTags("Documents");
        documents.MapGet("/{number:int}", async (
            string no, int number, HttpContext http, CaseAccess access, IMediator mediator) =>
        {
            var (_, refusal) = await access.EnterAsync(http, no, what: null, content: false, http.RequestAborted);
            if (refusal is not null) return refusal;
            var result = await mediator.Send(new ReadDocument(http.Scope(), no, number), http.RequestAborted);
            if (result is UseCaseResult<ReadDocument.Answer>.Done)
                await access.LogAsync(http, no, $"document {number}");
            return result.ToResult(answer => Results.Ok(answer));
        });
        documents.MapGet("/{number:int}/print", (
            string no, int number, HttpContext http, CaseAccess access, IMediator mediator) =>
            PageAsync(no, number, http, access, mediator, page =>
            {
                http.Response.Headers.ContentSecurityPolicy =
                    DocumentHtml.ContentSecurityPolicy + "; frame-ancestors 'none'";
                return Task.FromResult(Results.Content(DocumentHtml.Write(page), "text/html; charset=utf-8"));
            }));
        documents.MapGet("/{number:int}.docx", (
            string no, int number, HttpContext http, CaseAccess access, IMediator mediator) =>
            PageAsync(no, number, http, access, mediator, page => Task.FromResult(Results.File(
                DocumentWord.Write(page), DocumentWord.MediaType, FileName(no, number, "docx")))));
        documents.MapGet("/{number:int}.pdf", PdfAsync);
    }

    static async Task<IResult> PdfAsync(
        string no, int number, HttpContext http, CaseAccess access, IMediator mediator, PdfPrinter printer)
    {
        return await PageAsync(no, number, http, access, mediator, async page =>
        {
            if (!printer.IsInstalled)
            {
                return Problems.Of(
                    StatusCodes.Status501NotImplemented, "NOT_IMPLEMENTED",
                    "Na serwerze nie ma przeglądarki, która tworzy PDF. Otwórz wydruk i zapisz go jako PDF albo " +
                    "pobierz plik .docx.", http.Request.Path);
            }
            return await printer.PrintAsync(DocumentHtml.Write(page), http.RequestAborted) is { } pdf
                ? Results.File(pdf, "application/pdf", FileName(no, number, "pdf"))
                : Problems.Of(
                    StatusCodes.Status503ServiceUnavailable, "RESOURCE_EXHAUSTED",
                    "PDF nie powstał w przewidzianym czasie. Spróbuj za chwilę albo otwórz wydruk.", http.Request.Path);
        });
    }

    static async Task<IResult> PageAsync(
        string no, int number, HttpContext http, CaseAccess access, IMediator mediator,
        Func<DocumentPage, Task<IResult>> answer)
    {
        var (_, refusal) = await access.EnterAsync(http, no, what: null, content: false, http.RequestAborted);
        if (refusal is not null) return refusal;
        var result = await mediator.Send(new PrintDocument(http.Scope(), no, number), http.RequestAborted);
        if (result is UseCaseResult<DocumentPage>.Done) await access.LogAsync(http, no, $"print {number}");
        return result is UseCaseResult<DocumentPage>.Done { Answer: var page }
            ? await answer(page)
            : result.ToResult(_ => Results.Empty);
    }

    static string FileName(string no, int number, string extension) => $"{no}-{number}.{extension}";
}
