using Api.Access;
using Microsoft.AspNetCore.Http.HttpResults;
using Workflows.Runtime;

namespace Api.UseCases;

/// <summary>From the end of a use case to a response.</summary>
public static class Answers
{
    public static IResult ToResult<T>(this UseCaseResult<T> result, Func<T, IResult> done) => result switch
    {
        UseCaseResult<T>.Done finished => done(finished.Answer),
        UseCaseResult<T>.Invalid invalid => Problems.Invalid("Popraw wskazane pola i wyślij ponownie.", invalid.Errors),
        UseCaseResult<T>.Problem problem =>
            Problems.With(problem.Status, problem.Title, problem.Message, problem.Facts),
        UseCaseResult<T>.Refused refused => Problem(refused.Code, refused.Message),
        _ => throw new InvalidOperationException($"Expected a known result, found {result.GetType().Name}."),
    };

    public static UseCaseResult<T> From<T>(EngineAnswer answer, Func<EngineAnswer.Accepted, T> done) => answer switch
    {
        EngineAnswer.Accepted accepted => new UseCaseResult<T>.Done(done(accepted)),
        EngineAnswer.Rejected rejected => new UseCaseResult<T>.Refused(rejected.Code, Words(rejected)),
        _ => throw new InvalidOperationException($"Expected accepted or rejected, found {answer.GetType().Name}."),
    };

    /// <summary>What a person is told: the product's own words, and for the engine's English what they mean.</summary>
    public static string Words(EngineAnswer.Rejected rejected) =>
        rejected.IsVeto ? rejected.Message : WordsOf(rejected.Code);

    static string WordsOf(EngineRejection code) => code switch
    {
        EngineRejection.NotFound =>
            "Tego już nie ma albo nie masz do tego dostępu. Odśwież stronę i wybierz jeszcze raz.",
        EngineRejection.InvalidArgument =>
            "Serwer nie przyjął tych danych i niczego nie zapisał. Odśwież stronę i spróbuj ponownie.",
        EngineRejection.InvalidState =>
            "Sprawa poszła już dalej, więc tego kroku nie da się teraz wykonać. Odśwież stronę.",
        EngineRejection.AlreadyExists => "To już zostało zrobione. Odśwież stronę i zobacz, co jest zapisane.",
        EngineRejection.Forbidden =>
            "Twoje uprawnienia nie obejmują tej czynności. Poproś kierownika o zmianę uprawnień.",
        EngineRejection.DeadlineExceeded =>
            "To trwa dłużej niż zwykle. Odśwież stronę za chwilę i sprawdź, co się stało.",
        _ => "Serwer jest zajęty i niczego nie zapisał. Spróbuj ponownie za chwilę.",
    };

    static ProblemHttpResult Problem(EngineRejection code, string message) => code switch
    {
        EngineRejection.NotFound => Problems.Of(404, "NOT_FOUND", message),
        EngineRejection.InvalidArgument => Problems.Of(400, "INVALID_ARGUMENT", message),
        EngineRejection.InvalidState => Problems.Of(409, "INVALID_STATE", message),
        EngineRejection.AlreadyExists => Problems.Of(409, "ALREADY_EXISTS", message),
        EngineRejection.Forbidden => Problems.Forbidden(message),
        EngineRejection.ResourceExhausted => Problems.Of(503, "RESOURCE_EXHAUSTED", message),
        EngineRejection.DeadlineExceeded => Problems.Of(504, "DEADLINE_EXCEEDED", message),
        _ => throw new InvalidOperationException($"Expected a known code, found {code}."),
    };
}
