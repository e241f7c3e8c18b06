using Microsoft.AspNetCore.Identity;

namespace Api.Access;

/// <summary>
/// Checks a name and a password, counts failures and locks; used by the sign-in page and by HTTP Basic alike.
/// </summary>
public sealed class PasswordCheck(UserManager<Account> accounts)
{
    static readonly Account Nobody = new() { UserName = "nobody" };

    /// <summary>The account, or null: unknown, disabled, locked and wrong are not told apart.</summary>
    public async Task<Account?> VerifyAsync(string userName, string password)
    {
        var account = await accounts.FindByNameAsync(userName);
        if (account is null)
        {
            // The same work as for a known name, so that time does not tell which names exist.
            accounts.PasswordHasher.HashPassword(Nobody, password);
            return null;
        }
        if (account.Disabled || account.PasswordHash is null || await accounts.IsLockedOutAsync(account))
        {
            // Nor which of them are locked or disabled.
            accounts.PasswordHasher.HashPassword(Nobody, password);
            return null;
        }
        // Not CheckPasswordAsync: it makes older hashes stronger and thereby voids the account's other sessions.
        var check = account.PasswordHash is { } hash
            ? accounts.PasswordHasher.VerifyHashedPassword(account, hash, password)
            : PasswordVerificationResult.Failed;
        if (check == PasswordVerificationResult.Failed)
        {
            await accounts.AccessFailedAsync(account);
            return null;
        }
        if (account.AccessFailedCount > 0) await accounts.ResetAccessFailedCountAsync(account);
        return account;
    }
}

/// <summary>
/// Length is what counts (ASVS 6.2): at least 12 characters, not the account's own name, not one letter repeated.
/// </summary>
public sealed class PasswordRules : IPasswordValidator<Account>
{
    public const int LengthMin = 12;
    public const int DifferentCharactersMin = 5;

    public Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password)
    {
        var name = user.UserName ?? "";
        return Task.FromResult(
            password is not null && name.Length > 0 && password.Contains(name, StringComparison.OrdinalIgnoreCase)
                ? IdentityResult.Failed(new IdentityError
                {
                    Code = "PasswordContainsUserName",
                    Description = "Hasło nie może zawierać nazwy użytkownika.",
                })
                : IdentityResult.Success);
    }

    public static void Apply(IdentityOptions options)
    {
        options.Password.RequiredLength = LengthMin;
        options.Password.RequiredUniqueChars = DifferentCharactersMin;
        options.Password.RequireDigit = false;
        options.Password.RequireLowercase = false;
        options.Password.RequireUppercase = false;
        options.Password.RequireNonAlphanumeric = false;
        options.Lockout.MaxFailedAccessAttempts = 10;
        options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
        options.Lockout.AllowedForNewUsers = true;
        options.User.RequireUniqueEmail = false;
        options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
    }
}
