using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Workflows.Engine.Expressions;

static partial class FeelFunctions
{
    static FeelBuiltin[] Strings() =>
    [
        Define("string", "from", ToText),
        Define("substring", "string, start position, length?", Substring),
        Define("string length", "string", call =>
            call.Text(0) is { } text ? FeelNumber.Of(FeelText.CodePoints(text)) : call.Null()),
        Define("upper case", "string", call =>
            call.Text(0) is { } text ? Text(call, text.ToUpperInvariant()) : call.Null()),
        Define("lower case", "string", call =>
            call.Text(0) is { } text ? Text(call, text.ToLowerInvariant()) : call.Null()),
        Define("substring before", "string, match", call => Split(call, (text, at, _) => text[..at])),
        Define("substring after", "string, match", call => Split(call, (text, at, length) => text[(at + length)..])),
        Define("contains", "string, match", call =>
            Test(call, (text, match) => text.Contains(match, StringComparison.Ordinal))),
        Define("starts with", "string, match", call =>
            Test(call, (text, match) => text.StartsWith(match, StringComparison.Ordinal))),
        Define("ends with", "string, match", call =>
            Test(call, (text, match) => text.EndsWith(match, StringComparison.Ordinal))),
        Define("matches", "input, pattern, flags?", Matches),
        Define("replace", "input, pattern, replacement, flags?", Replace),
        Define("split", "string, delimiter", SplitByPattern),
        Define("string join", "list, delimiter?|list, delimiter, prefix, suffix", Join),
        Define("trim", "string", call => call.Text(0) is { } text ? FeelValue.Of(text.Trim()) : call.Null()),
        Define("is blank", "string", call =>
            call.Text(0) is { } text ? FeelValue.Of(string.IsNullOrWhiteSpace(text)) : call.Null()),
    ];

    static FeelValue ToText(BuiltinCall call)
    {
        if (call[0].IsNull) return FeelNull.Instance;
        call.Run.Charge(call[0].Weight);
        return Text(call, call[0].AsText());
    }

    static FeelValue Text(BuiltinCall call, string text)
    {
        call.Run.Charge(text.Length / 256);
        return call.Run.Checked(new FeelString(text));
    }

    static FeelValue Substring(BuiltinCall call)
    {
        if (call.Text(0) is not { } text || call.Integer(1) is not { } start || start == 0) return call.Null();
        var length = int.MaxValue;
        if (call.IsGiven(2) && !call[2].IsNull)
        {
            if (call.Integer(2) is not { } given || given < 0) return call.Null();
            length = given;
        }
        call.Run.Charge(text.Length / 256);
        var runes = text.EnumerateRunes().ToArray();
        var from = start > 0 ? start - 1 : runes.Length + start;
        if (from < 0 || from >= runes.Length) return FeelValue.Of("");
        var builder = new StringBuilder();
        var end = (int)Math.Min(runes.Length, (long)from + length);
        for (var i = from; i < end; i++) builder.Append(runes[i].ToString());
        return FeelValue.Of(builder.ToString());
    }

    static FeelValue Split(BuiltinCall call, Func<string, int, int, string> part)
    {
        if (call.Text(0) is not { } text || call.Text(1) is not { } match) return call.Null();
        var at = text.IndexOf(match, StringComparison.Ordinal);
        return FeelValue.Of(at < 0 ? "" : part(text, at, match.Length));
    }

    static FeelValue Test(BuiltinCall call, Func<string, string, bool> test) =>
        call.Text(0) is { } text && call.Text(1) is { } match ? FeelValue.Of(test(text, match)) : call.Null();

    static FeelValue Join(BuiltinCall call)
    {
        if (call.List(0) is not { } list) return call.Null();
        var parts = new string?[3];
        for (var i = 1; i <= 3; i++)
        {
            if (!call.IsGiven(i) || call[i].IsNull) continue;
            if (call.Text(i) is not { } part) return call.Null();
            parts[i - 1] = part;
        }
        var builder = new StringBuilder(parts[1]);
        var isFirst = true;
        foreach (var item in list)
        {
            if (item.IsNull) continue;
            if (item is not FeelString text) return call.Null();
            if (!isFirst) builder.Append(parts[0]);
            isFirst = false;
            builder.Append(text.Value);
            // Checked on the way: ten thousand long strings would be a gigabyte at the end.
            if (builder.Length > call.Run.Limits.StringLength) break;
        }
        return Text(call, builder.Append(parts[2]).ToString());
    }

    static FeelValue Matches(BuiltinCall call) =>
        call.Text(0) is { } text && Pattern(call, 1, 2) is { } regex ? FeelValue.Of(regex.IsMatch(text)) : call.Null();

    static FeelValue SplitByPattern(BuiltinCall call)
    {
        if (call.Text(0) is not { } text || Pattern(call, 1, 2) is not { } regex || regex.IsMatch(""))
            return call.Null();
        var parts = new List<FeelValue>();
        var from = 0;
        for (var match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            parts.Add(FeelValue.Of(text[from..match.Index]));
            from = match.Index + match.Length;
            call.Run.CheckItems(parts.Count);
        }
        parts.Add(FeelValue.Of(text[from..]));
        return call.Run.Checked(new FeelList([.. parts]));
    }

    static FeelValue Replace(BuiltinCall call)
    {
        if (call.Text(0) is not { } text || Pattern(call, 1, 3) is not { } regex || call.Text(2) is not { } replacement)
            return call.Null();
        // XPath refuses patterns that match nothing at all (FORX0003): where would the replacement stand?
        if (regex.IsMatch("")) return call.Null();
        var isLiteral = call.IsGiven(3) && call.Text(3)?.Contains('q', StringComparison.Ordinal) == true;
        var builder = new StringBuilder();
        var from = 0;
        for (var match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            call.Run.Charge();
            builder.Append(text, from, match.Index - from);
            from = match.Index + match.Length;
            if (isLiteral) builder.Append(replacement);
            else if (!Substitute(builder, replacement, match)) return call.Null();
            if (builder.Length > call.Run.Limits.StringLength) break;
        }
        return Text(call, builder.Append(text, from, text.Length - from).ToString());
    }

    /// <summary>Replacement texts of XPath fn:replace: $N is a group, \$ and \\ stand for themselves.</summary>
    static bool Substitute(StringBuilder builder, string replacement, Match match)
    {
        for (var i = 0; i < replacement.Length; i++)
        {
            var c = replacement[i];
            if (c == '\\')
            {
                if (++i == replacement.Length || replacement[i] is not ('\\' or '$')) return false;
                builder.Append(replacement[i]);
            }
            else if (c == '$')
            {
                if (++i == replacement.Length || !char.IsAsciiDigit(replacement[i])) return false;
                var group = replacement[i] - '0';
                // Further digits belong to the number as long as there is such a group.
                while (i + 1 < replacement.Length && char.IsAsciiDigit(replacement[i + 1])
                    && (group * 10) + replacement[i + 1] - '0' < match.Groups.Count)
                    group = (group * 10) + replacement[++i] - '0';
                builder.Append(match.Groups[group].Value);
            }
            else
            {
                builder.Append(c);
            }
        }
        return true;
    }

    /// <summary>The pattern in linear time; null for what is no pattern of XPath, and for back references, which no
    /// linear matcher can follow.</summary>
    static Regex? Pattern(BuiltinCall call, int patternAt, int flagsAt)
    {
        if (call.Text(patternAt) is not { } pattern) return null;
        var flags = "";
        if (call.IsGiven(flagsAt) && !call[flagsAt].IsNull)
        {
            if (call.Text(flagsAt) is not { } given) return null;
            flags = given;
        }
        call.Run.Charge(10 + pattern.Length + ((call.Text(0)?.Length ?? 0) / 16));
        return call.Run.Pattern(pattern, flags);
    }
}

/// <summary>Turns a pattern of XPath 3.1 (flags s, m, i, x, q) into one of .NET.</summary>
static class FeelPattern
{
    /// <summary>Longer patterns are nobody's; groups inside each other would cost the parser of .NET its
    /// stack.</summary>
    const int LengthMax = 2_000;

    /// <summary>Null for what is no pattern.</summary>
    public static Regex? Compile(string pattern, string flags) =>
        pattern.Length > LengthMax ? null : Create(pattern, flags);

    static Regex? Create(string pattern, string flags)
    {
        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
        foreach (var flag in flags)
        {
            if (!"smixq".Contains(flag, StringComparison.Ordinal)) return null;
            if (flag == 'i') options |= RegexOptions.IgnoreCase;
            if (flag == 'm') options |= RegexOptions.Multiline;
        }
        var isLiteral = flags.Contains('q', StringComparison.Ordinal);
        var translated = isLiteral ? Regex.Escape(pattern) : Translate(pattern, flags);
        if (translated is null) return null;
        try
        {
            return new Regex(translated, options, Regex.InfiniteMatchTimeout);
        }
        catch (Exception problem) when (problem is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    static string? Translate(string pattern, string flags)
    {
        if (flags.Contains('x', StringComparison.Ordinal)) pattern = WithoutSpace(pattern);
        var dotMatchesAll = flags.Contains('s', StringComparison.Ordinal);
        var isMultiline = flags.Contains('m', StringComparison.Ordinal);
        var builder = new StringBuilder();
        var classDepth = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            switch (c)
            {
                case '\\':
                    if (++i == pattern.Length || Escaped(pattern[i], classDepth > 0) is not { } escaped) return null;
                    builder.Append(escaped);
                    break;
                case '[':
                    classDepth++;
                    builder.Append(c);
                    break;
                case ']' when classDepth > 0:
                    classDepth--;
                    builder.Append(c);
                    break;
                case '.' when classDepth == 0:
                    builder.Append(dotMatchesAll ? "[\\s\\S]" : "[^\\n\\r]");
                    break;
                case '$' when classDepth == 0 && !isMultiline:
                    builder.Append("\\z");
                    break;
                case '(' when classDepth == 0 && i + 1 < pattern.Length && pattern[i + 1] == '?':
                    // Of the groups with a mark XPath knows only this one.
                    if (i + 2 == pattern.Length || pattern[i + 2] != ':') return null;
                    builder.Append(c);
                    break;
                default:
                    builder.Append(c);
                    break;
            }
        }
        return builder.ToString();
    }

    /// <summary>Escapes of XML Schema; null for those only .NET knows.</summary>
    static string? Escaped(char c, bool inClass) => c switch
    {
        'i' => inClass ? "\\p{L}_:" : "[\\p{L}_:]",
        'c' => inClass ? "\\p{L}\\p{Nd}\\p{M}_:.\\-" : "[\\p{L}\\p{Nd}\\p{M}_:.\\-]",
        'I' when !inClass => "[^\\p{L}_:]",
        'C' when !inClass => "[^\\p{L}\\p{Nd}\\p{M}_:.\\-]",
        's' => inClass ? " \\t\\n\\r" : "[ \\t\\n\\r]",
        'S' when !inClass => "[^ \\t\\n\\r]",
        'S' or 'd' or 'D' or 'w' or 'W' or 'p' or 'P' or 'n' or 'r' or 't' => "\\" + c,
        >= '1' and <= '9' => null,
        _ when char.IsAsciiLetterOrDigit(c) => null,
        _ => "\\" + c,
    };

    static string WithoutSpace(string pattern)
    {
        var builder = new StringBuilder(pattern.Length);
        var classDepth = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                builder.Append(pattern[i++]).Append(pattern[i]);
                continue;
            }
            if (pattern[i] == '[') classDepth++;
            if (pattern[i] == ']') classDepth--;
            if (classDepth > 0 || pattern[i] is not (' ' or '\t' or '\n' or '\r')) builder.Append(pattern[i]);
        }
        return builder.ToString();
    }
}
