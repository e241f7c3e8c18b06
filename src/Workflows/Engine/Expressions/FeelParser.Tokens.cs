using System.Globalization;
using System.Text;

namespace Workflows.Engine.Expressions;

/// <summary>Characters, literals and names.</summary>
sealed partial class FeelParser
{
    /// <summary>Names of the specification that hold a keyword; they are names only before a parenthesis.</summary>
    static readonly string[] KeywordFunctions = ["date and time", "years and months duration", "get or else"];

    void SkipSpace()
    {
        while (at < text.Length)
        {
            if (FeelText.IsSpace(text[at]))
            {
                at++;
            }
            else if (PeekSymbol("//"))
            {
                var end = text.IndexOfAny(['\n', '\r'], at);
                at = end < 0 ? text.Length : end;
            }
            else if (PeekSymbol("/*"))
            {
                var end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                if (end < 0) throw new FeelSyntaxException("The comment is not closed.", at);
                at = end + 2;
            }
            else
            {
                return;
            }
        }
    }

    bool Peek(char c) => at < text.Length && text[at] == c;

    bool PeekSymbol(string symbol) => string.CompareOrdinal(text, at, symbol, 0, symbol.Length) == 0;

    bool Symbol(string symbol)
    {
        SkipSpace();
        if (!PeekSymbol(symbol)) return false;
        at += symbol.Length;
        return true;
    }

    void Expect(string symbol)
    {
        if (!Symbol(symbol)) throw Unexpected($"'{symbol}'");
    }

    bool IsNameStart() => at < text.Length && FeelText.IsNameStart(text[at]);

    bool Keyword(string word)
    {
        SkipSpace();
        if (!PeekSymbol(word)) return false;
        var end = at + word.Length;
        if (end < text.Length && FeelText.IsNamePart(text[end])) return false;
        at = end;
        return true;
    }

    /// <summary>Several words with any white space between them, consumed only as a whole.</summary>
    bool Phrase(string phrase)
    {
        var end = MatchEnd(phrase);
        if (end < 0) return false;
        at = end;
        return true;
    }

    /// <summary>The word or character at a position, for messages.</summary>
    string Word(int start)
    {
        var end = start;
        while (end < text.Length && end - start < 20 && FeelText.IsNamePart(text[end])) end++;
        return text[start..Math.Min(text.Length, Math.Max(end, start + 1))];
    }

    FeelNumber? Number()
    {
        var start = at;
        SkipDigits();
        if (Peek('.') && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))
        {
            at++;
            SkipDigits();
        }
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            var exponent = at + 1;
            if (exponent < text.Length && text[exponent] is '+' or '-') exponent++;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                at = exponent;
                SkipDigits();
            }
        }
        return FeelNumber.Parse(text.AsSpan(start, at - start));
    }

    void SkipDigits()
    {
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
    }

    string String()
    {
        var start = at++;
        var builder = new StringBuilder();
        while (true)
        {
            if (at == text.Length) throw new FeelSyntaxException("The string is not closed.", start);
            var c = text[at++];
            if (c == '"') return builder.ToString();
            if (c == '\\') Escape(builder);
            else builder.Append(c);
        }
    }

    /// <summary>Grammar rule 64. A backslash before another character stays: patterns are written so.</summary>
    void Escape(StringBuilder builder)
    {
        var c = at < text.Length ? text[at++] : '\\';
        switch (c)
        {
            case '"' or '\\' or '\'':
                builder.Append(c);
                return;
            case 'n':
                builder.Append('\n');
                return;
            case 'r':
                builder.Append('\r');
                return;
            case 't':
                builder.Append('\t');
                return;
            case 'u' or 'U':
                var length = c == 'u' ? 4 : 6;
                if (at + length <= text.Length && int.TryParse(text.AsSpan(at, length),
                    NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && code <= 0x10FFFF)
                {
                    at += length;
                    if (code <= 0xFFFF) builder.Append((char)code);
                    else builder.Append(char.ConvertFromUtf32(code));
                    return;
                }
                break;
        }
        builder.Append('\\').Append(c);
    }

    string Backticked()
    {
        var end = text.IndexOf('`', at + 1);
        if (end < 0) throw new FeelSyntaxException("The name is not closed by '`'.", at);
        var name = text[(at + 1)..end];
        at = end + 1;
        return name;
    }

    /// <summary>A name where only a name can stand (key, parameter, iterator): blanks and symbols belong to
    /// it.</summary>
    /// <param name="stop">A keyword that ends the name.</param>
    string? RawName(string? stop)
    {
        if (Peek('`')) return Backticked();
        if (!IsNameStart()) return null;
        var start = at;
        var end = at;
        while (at < text.Length)
        {
            var c = text[at];
            if (FeelText.IsNamePart(c))
            {
                if (stop is not null && end > start && FeelText.IsSpace(text[at - 1]) && PeekKeyword(stop)) break;
                while (at < text.Length && FeelText.IsNamePart(text[at])) at++;
                end = at;
            }
            else if (FeelText.IsNameSymbol(c))
            {
                end = ++at;
            }
            else if (FeelText.IsSpace(c))
            {
                at++;
            }
            else
            {
                break;
            }
        }
        at = end;
        return FeelText.Normalized(text[start..end]);
    }

    bool PeekKeyword(string word)
    {
        var start = at;
        var found = Keyword(word);
        at = start;
        return found;
    }

    /// <summary>The name of a named argument with its colon; null, and nothing consumed, if there is none.</summary>
    string? ArgumentName()
    {
        SkipSpace();
        var start = at;
        if (RawName(null) is { } name && Symbol(":")) return name;
        at = start;
        return null;
    }

    string MemberName()
    {
        if (Peek('`')) return Backticked();
        if (LongestMatch(names.Members) is { } member)
        {
            at += member.Length;
            return member.Name;
        }
        if (LongestMatch(locals.Where(FeelNames.IsSpecial)) is { } local)
        {
            at += local.Length;
            return local.Name;
        }
        return (IsNameStart() ? Words() : null) ?? throw Unexpected("a name after '.'");
    }

    /// <summary>Words beside each other up to a keyword of an infix position; null if the first is such a
    /// keyword.</summary>
    string? Words()
    {
        var start = at;
        var end = at;
        StringBuilder? joined = null;
        while (at < text.Length && (end == start ? FeelText.IsNameStart(text[at]) : FeelText.IsNamePart(text[at])))
        {
            var wordStart = at;
            while (at < text.Length && FeelText.IsNamePart(text[at])) at++;
            if (IsInfixKeyword(text.AsSpan(wordStart, at - wordStart))) break;
            if (end > start)
            {
                joined ??= new StringBuilder(text, start, end - start, 64);
                joined.Append(' ').Append(text, wordStart, at - wordStart);
            }
            end = at;
            while (at < text.Length && FeelText.IsSpace(text[at])) at++;
        }
        at = end;
        return end == start ? null : joined?.ToString() ?? text[start..end];
    }

    static bool IsInfixKeyword(ReadOnlySpan<char> word) => word is "and" or "or" or "in" or "between" or "instance"
        or "then" or "else" or "return" or "satisfies";

    /// <summary>The longest name in scope with blanks or symbols that begins here and is longer than plain
    /// words.</summary>
    (string Name, int Length)? KnownVariable()
    {
        if (!IsNameStart()) return null;
        (string Name, int Length)? best = LongestMatch(names.Variables);
        foreach (var local in locals)
        {
            if (!FeelNames.IsSpecial(local)) continue;
            var end = MatchEnd(FeelText.Normalized(local));
            if (end - at > (best?.Length ?? 0)) best = (local, end - at);
        }
        foreach (var name in KeywordFunctions)
        {
            if (name[0] != text[at]) continue;
            var end = MatchEnd(name);
            if (end - at > (best?.Length ?? 0) && IsCall(end)) best = (name, end - at);
        }
        if (best is null) return null;
        var start = at;
        var words = Words();
        var wordsLength = words is null ? 0 : at - start;
        at = start;
        return wordsLength > best.Value.Length ? null : best;
    }

    bool IsCall(int position)
    {
        while (position < text.Length && FeelText.IsSpace(text[position])) position++;
        return position < text.Length && text[position] == '(';
    }

    (string Name, int Length)? LongestMatch(IEnumerable<string> candidates)
    {
        (string Name, int Length)? best = null;
        foreach (var candidate in candidates)
        {
            var end = MatchEnd(candidate);
            if (end - at > (best?.Length ?? 0)) best = (candidate, end - at);
        }
        return best;
    }

    /// <summary>Where a name that begins here ends, white space around its symbols ignored; -1 if it is
    /// another.</summary>
    int MatchEnd(string name)
    {
        var position = at;
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == ' ')
            {
                if (position == text.Length || !FeelText.IsSpace(text[position])) return -1;
                while (position < text.Length && FeelText.IsSpace(text[position])) position++;
                continue;
            }
            if (i > 0 && (FeelText.IsNameSymbol(name[i]) || FeelText.IsNameSymbol(name[i - 1])) && name[i - 1] != ' ')
            {
                while (position < text.Length && FeelText.IsSpace(text[position])) position++;
            }
            if (position == text.Length || text[position] != name[i]) return -1;
            position++;
        }
        var isOpen = position < text.Length && FeelText.IsNamePart(name[^1]) && FeelText.IsNamePart(text[position]);
        return isOpen ? -1 : position;
    }

    /// <summary>Whether the `[` here closes a range: nothing that begins an expression follows.</summary>
    bool ClosesRange()
    {
        var start = at++;
        SkipSpace();
        var closes = at == text.Length;
        if (!closes && FeelText.IsNameStart(text[at]))
        {
            closes = Words() is null;
        }
        else if (!closes)
        {
            var isFraction = text[at] == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]);
            closes = !char.IsAsciiDigit(text[at]) && !isFraction
                && text[at] is not ('"' or '(' or '[' or '{' or '@' or '`' or '-');
        }
        at = start;
        return closes;
    }
}
