using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Workflows.Runtime.Storage;

namespace Api.Access;

/// <summary>
/// A person or a machine client that may sign in. The user name never changes: it is what history, tasks and documents
/// call the person.
/// </summary>
public sealed class Account : IdentityUser
{
    /// <summary>Claim type of rights that are not roles, e.g. <see cref="EngineAll"/>.</summary>
    public const string RightClaim = "right";

    /// <summary>
    /// Camunda's admin view of the engine: demonstration account and machine clients, never a person of the centre.
    /// </summary>
    public const string EngineAll = "ENGINE_ALL";

    public string TenantId { get; set; } = WorkflowDb.DefaultTenant;

    /// <summary>Name and job as shown to colleagues.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>A disabled account keeps its name in the history and may do nothing.</summary>
    public bool Disabled { get; set; }

    /// <summary>
    /// When she stopped being head, coordinator or mayor (role taken away, account disabled); system time. Until
    /// <see cref="AccountRequests.SupervisionRemembered"/> later the administrator does not count as alone.
    /// </summary>
    public DateTimeOffset? SupervisedUntil { get; set; }

    /// <summary>A new security stamp: credentials made under the old one are void.</summary>
    public static string NewStamp() => Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
}
