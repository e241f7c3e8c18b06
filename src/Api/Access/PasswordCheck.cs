using Api.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Api.Access;

/// <summary>
/// Checks a name and a password, counts failures and locks; used by the sign-in page and by HTTP Basic alike.
/// </summary>
public sealed class PasswordCheck(UserManager<Account> accounts, TimeProvider time)
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
        return await IsRightAsync(account, account.PasswordHash, password) ? account : null;
    }

    /// <summary>
    /// The account and the code that is open for it; null under the same conditions and after the same work as for a
    /// password. Wrong codes count and lock as wrong passwords do.
    /// </summary>
    public async Task<(Account Account, AccountRequestRow Request)?> VerifyCodeAsync(
        ProductDb db, string userName, string code, CancellationToken ct)
    {
        var account = await accounts.FindByNameAsync(userName);
        var now = time.GetUtcNow();
        // Looked for also where nobody is: the same work for every name.
        var name = account?.UserName ?? "";
        var open = await db.AccountRequests.AsNoTracking().FirstOrDefaultAsync(
            row => row.UserName == name && row.State == AccountRequestState.Shown
                && row.Kind == AccountRequestKind.Code && row.Until > now, ct);
        if (account is null || open?.CodeHash is not { } hash || account.Disabled
            || await accounts.IsLockedOutAsync(account))
        {
            accounts.PasswordHasher.HashPassword(Nobody, code);
            return null;
        }
        return await IsRightAsync(account, hash, code) ? (account, open) : null;
    }

    // Not CheckPasswordAsync: it makes older hashes stronger and thereby voids the account's other sessions.
    async Task<bool> IsRightAsync(Account account, string hash, string secret)
    {
        if (accounts.PasswordHasher.VerifyHashedPassword(account, hash, secret) == PasswordVerificationResult.Failed)
        {
            await accounts.AccessFailedAsync(account);
            if (Lockout.For(account.AccessFailedCount) is { } pause)
                await accounts.SetLockoutEndDateAsync(account, time.GetUtcNow() + pause);
            return false;
        }
        if (account.AccessFailedCount > 0) await accounts.ResetAccessFailedCountAsync(account);
        return true;
    }
}

/// <summary>
/// Five wrong passwords in a row close the account for a quarter of an hour, five more for half an hour, and so on:
/// guessing becomes hopeless, and nobody who mistyped waits until tomorrow.
/// </summary>
public static class Lockout
{
    public const int Tries = 5;
    public static readonly TimeSpan First = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan Longest = TimeSpan.FromHours(8);

    /// <param name="failures">Wrong passwords since the last right one.</param>
    /// <returns>How long the account is closed now; null while tries are left.</returns>
    public static TimeSpan? For(int failures)
    {
        if (failures == 0 || failures % Tries != 0) return null;
        var doublings = Math.Min((failures / Tries) - 1, 10);
        var pause = First * (1 << doublings);
        return pause < Longest ? pause : Longest;
    }
}

/// <summary>
/// Length is what counts (ASVS 6.2): at least 12 characters, not the account's own name, not one letter repeated, not
/// made of the words everybody tries first. No rule about kinds of characters.
/// </summary>
public sealed class PasswordRules : IPasswordValidator<Account>
{
    public const int LengthMin = 12;
    public const int DifferentCharactersMin = 5;

    public Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password)
    {
        var name = user.UserName ?? "";
        var problem = password switch
        {
            null => null,
            _ when name.Length > 0 && password.Contains(name, StringComparison.OrdinalIgnoreCase) => new IdentityError
            {
                Code = "PasswordContainsUserName",
                Description = "Hasło nie może zawierać nazwy użytkownika.",
            },
            _ when CommonPasswords.Contains(password) => new IdentityError
            {
                Code = "PasswordIsCommon",
                Description =
                    "To hasło jest na liście najczęściej zgadywanych. Ułóż zdanie z kilku niezwiązanych słów.",
            },
            _ => null,
        };
        return Task.FromResult(problem is null ? IdentityResult.Success : IdentityResult.Failed(problem));
    }

    public static void Apply(IdentityOptions options)
    {
        options.Password.RequiredLength = LengthMin;
        options.Password.RequiredUniqueChars = DifferentCharactersMin;
        options.Password.RequireDigit = false;
        options.Password.RequireLowercase = false;
        options.Password.RequireUppercase = false;
        options.Password.RequireNonAlphanumeric = false;
        // The framework would begin counting anew after each lock; PasswordCheck locks by the whole count.
        options.Lockout.MaxFailedAccessAttempts = int.MaxValue;
        options.Lockout.DefaultLockoutTimeSpan = Lockout.First;
        options.Lockout.AllowedForNewUsers = true;
        options.User.RequireUniqueEmail = false;
        options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
    }
}

/// <summary>What a person reads when a password is refused.</summary>
public sealed class PasswordErrors : IdentityErrorDescriber
{
    public override IdentityError PasswordTooShort(int length) =>
        Of(nameof(PasswordTooShort), $"Hasło musi mieć co najmniej {length} znaków.");

    public override IdentityError PasswordRequiresUniqueChars(int uniqueChars) =>
        Of(nameof(PasswordRequiresUniqueChars), $"Hasło musi mieć co najmniej {uniqueChars} różnych znaków.");

    public override IdentityError PasswordMismatch() =>
        Of(nameof(PasswordMismatch), "Obecne hasło jest nieprawidłowe.");

    static IdentityError Of(string code, string description) => new() { Code = code, Description = description };
}

/// <summary>
/// The passwords that are tried first, also in their usual disguises: capitals, digits for letters, a year or a row of
/// digits behind. Of a password only what is left without these words counts.
/// </summary>
public static class CommonPasswords
{
    /// <summary>Letters that must remain besides the words of the list.</summary>
    const int OwnLettersMin = 4;

    // Longer words stand before the words they begin with; months and seasons are how people "change" a password.
    static readonly string[] Words =
    [
        "qwertyuiop", "qwertyuio", "qwerty", "asdfghjkl", "asdfgh", "asdf", "zxcvbnm", "zxcvbn", "zaqxsw", "qazwsx",
        "qweasd", "passwords", "password", "passwort", "passphrase", "passwd", "pass", "hasla", "haslo", "tajne",
        "sekret", "secret", "administrator", "administracja", "admin", "root", "welcome", "witamy", "witaj", "letmein",
        "wpuscmnie", "login", "uzytkownik", "user", "guest", "gosc", "changeme", "zmienmnie", "zmien", "default",
        "iloveyou", "kochamcie", "kocham", "kochanie", "monkey", "dragon", "master", "football", "baseball", "pilka",
        "sunshine", "sloneczko", "princess", "ksiezniczka", "shadow", "superman", "batman", "pokemon", "starwars",
        "whatever", "trustno", "freedom", "polska", "poland", "warszawa", "krakow", "legia", "internet", "komputer",
        "computer", "samsung", "windows", "microsoft", "google", "misiek", "misiaczek", "kasia", "basia", "marcin",
        "mateusz", "agnieszka", "monika", "karolina", "michal", "myszka", "kotek", "piesek", "dupa", "matrix",
        "wiosna", "lato", "jesien", "zima", "spring", "summer", "autumn", "winter", "styczen", "luty", "marzec",
        "kwiecien", "czerwiec", "lipiec", "sierpien", "wrzesien", "pazdziernik", "listopad", "grudzien", "poniedzialek",
        "wtorek", "piatek", "sobota", "niedziela", "mgops", "gops", "mops", "osrodek", "pomocy", "pomoc", "spolecznej",
        "spoleczna", "spoleczny", "rodziny", "rodzina", "asystent", "urzad", "gmina", "test", "start", "abcdefghijkl",
        "abcdefgh", "abcdef", "abcd", "abc", "xyz",
    ];

    public static bool Contains(string password)
    {
        var plain = Plain(password);
        foreach (var word in Words) plain = plain.Replace(word, "", StringComparison.Ordinal);
        return plain.Length < OwnLettersMin;
    }

    // Small letters without Polish marks; digits and signs that stand for a letter inside a word become it.
    static string Plain(string password)
    {
        var letters = password.ToLowerInvariant().Select(letter => letter switch
        {
            'ą' or '@' or '4' => 'a',
            'ć' => 'c',
            'ę' or '3' => 'e',
            'ł' or '1' or '!' => 'l',
            'ń' => 'n',
            'ó' or '0' => 'o',
            'ś' or '$' or '5' => 's',
            'ź' or 'ż' => 'z',
            _ => letter,
        });
        // What was a row of digits is no word afterwards: digits are dropped where they stand alone.
        var text = string.Concat(letters);
        var bare = string.Concat(password.Where(char.IsLetter)).ToLowerInvariant();
        return bare.Length < OwnLettersMin ? "" : string.Concat(Shorter(text, password).Where(char.IsAsciiLetter));
    }

    /// <summary>The tail and head of digits and signs are decoration.</summary>
    static string Shorter(string text, string original)
    {
        var first = 0;
        var last = original.Length - 1;
        while (first <= last && !char.IsLetter(original[first])) first++;
        while (last >= first && !char.IsLetter(original[last])) last--;
        return text[first..(last + 1)];
    }
}
