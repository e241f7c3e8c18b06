using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using MediatR;
using Workflows.Runtime;
using Scope = Workflows.Runtime.Scope;

namespace Api.UseCases;

/// <summary>A use case of the product: what is asked, and on whose behalf.</summary>
public interface IUseCase<TAnswer> : IRequest<UseCaseResult<TAnswer>>
{
    Scope Scope { get; }
}

/// <summary>A use case that can tell by itself, without looking anything up, that it is not well-formed.</summary>
public interface IChecked
{
    /// <summary>Field and message a person can read; nothing when all is well.</summary>
    IEnumerable<(string Field, string Message)> Problems();
}

/// <summary>Who may ask at all; rights on the single case or task are decided where it is read and changed.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PolicyAttribute(params string[] roles) : Attribute
{
    /// <summary>Every signed-in person who works on cases: all but administrators of procedures.</summary>
    public const string CaseWork = "case-work";

    /// <summary>Administrators, also those who see no case content: accounts and their audit.</summary>
    public const string Administration = "administration";

    public ImmutableArray<string> Roles => [.. roles];

    public bool Allows(Scope scope) => scope.EngineAll
        || (roles.Contains(Administration, StringComparer.Ordinal) && scope.Groups.Contains(Access.Roles.Admin))
        || (!scope.DefinitionsOnly
            && (roles.Contains(CaseWork, StringComparer.Ordinal) || scope.Groups.Any(roles.Contains)));
}

/// <summary>What a use case ends in; the endpoint turns it into a response.</summary>
public abstract record UseCaseResult<TAnswer>
{
    public sealed record Done(TAnswer Answer) : UseCaseResult<TAnswer>;

    public sealed record Refused(EngineRejection Code, string Message) : UseCaseResult<TAnswer>;

    /// <summary>Refused for a reason of its own: status, code and further facts of the answer (RFC 9457).</summary>
    /// <param name="Message">Polish, says what to do.</param>
    public sealed record Problem(
        int Status, string Title, string Message, IReadOnlyDictionary<string, object?>? Facts = null)
        : UseCaseResult<TAnswer>;

    /// <param name="Errors">Field to messages.</param>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : UseCaseResult<TAnswer>;
}

/// <summary>The one pipeline of the product: authorize, validate, audit, then do.</summary>
public sealed class Pipeline<TRequest, TAnswer>(ILogger<Pipeline<TRequest, TAnswer>> log)
    : IPipelineBehavior<TRequest, UseCaseResult<TAnswer>>
    where TRequest : IUseCase<TAnswer>
{
    static readonly PolicyAttribute Policy = typeof(TRequest).GetCustomAttribute<PolicyAttribute>()
        ?? throw new InvalidOperationException($"Expected a [Policy] on {typeof(TRequest).Name}.");

    public async Task<UseCaseResult<TAnswer>> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<UseCaseResult<TAnswer>> next)
    {
        var began = Stopwatch.GetTimestamp();
        var result = !Policy.Allows(request.Scope)
            ? new UseCaseResult<TAnswer>.Refused(
                EngineRejection.Forbidden, "Twoje uprawnienia nie obejmują tej czynności.")
            : Problems(request) is { Count: > 0 } errors
                ? new UseCaseResult<TAnswer>.Invalid(errors)
                : await next();
        // Acts on a case stand in its history, written with the act. This line says who asked and what became of it.
        log.LogInformation(
            "{UseCase} by {User}: {Outcome} in {Milliseconds:F0} ms", typeof(TRequest).Name, request.Scope.User,
            Outcome(result), Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        return result;
    }

    static Dictionary<string, string[]> Problems(TRequest request) => request is IChecked wary
        ? wary.Problems().GroupBy(problem => problem.Field, StringComparer.Ordinal).ToDictionary(
            group => group.Key, group => group.Select(problem => problem.Message).ToArray(), StringComparer.Ordinal)
        : [];

    static string Outcome(UseCaseResult<TAnswer> result) => result switch
    {
        UseCaseResult<TAnswer>.Done => "done",
        UseCaseResult<TAnswer>.Refused refused => refused.Code.ToString(),
        UseCaseResult<TAnswer>.Problem problem => problem.Title,
        _ => "invalid",
    };
}

/// <summary>
/// Registers the mediator and every use case by hand, and refuses to start with one that nobody authorised.
/// </summary>
public static class UseCaseSetup
{
    public static void AddUseCases(this IServiceCollection services) =>
        services.AddUseCases(typeof(UseCaseSetup).Assembly.GetTypes());

    /// <exception cref="InvalidOperationException">A request has no policy, or no handler.</exception>
    public static void AddUseCases(this IServiceCollection services, IReadOnlyCollection<Type> types)
    {
        services.AddScoped<ServiceFactory>(provider => provider.GetRequiredService);
        services.AddScoped<IMediator, Mediator>();
        foreach (var request in types.Where(type => type is { IsClass: true, IsAbstract: false }))
        {
            if (AnswerOf(request) is not { } answer) continue;
            if (request.GetCustomAttribute<PolicyAttribute>() is null)
            {
                throw new InvalidOperationException(
                    $"Expected a [Policy] on {request.Name}: a use case that nobody authorised must not be reachable.");
            }
            var result = typeof(UseCaseResult<>).MakeGenericType(answer);
            var contract = typeof(IRequestHandler<,>).MakeGenericType(request, result);
            var handler = types.SingleOrDefault(
                type => type is { IsClass: true, IsAbstract: false } && contract.IsAssignableFrom(type))
                ?? throw new InvalidOperationException($"Expected exactly one handler of {request.Name}.");
            services.AddScoped(contract, handler);
            services.AddScoped(
                typeof(IPipelineBehavior<,>).MakeGenericType(request, result),
                typeof(Pipeline<,>).MakeGenericType(request, answer));
        }
    }

    static Type? AnswerOf(Type type) => type.GetInterfaces()
        .FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IUseCase<>))
        ?.GetGenericArguments()[0];
}
