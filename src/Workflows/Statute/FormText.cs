using System.Collections.Immutable;

namespace Workflows.Statute;

/// <summary>Puts fields of a form back as the product has them; everything else of its text keeps its bytes.</summary>
static class FormText
{
    /// <summary>Members of a field that a rule may look at.</summary>
    static readonly ImmutableArray<string> Judged = ["validate", "conditional", "disabled", "properties", "values"];

    /// <summary>The text with the field there, shown, open, as strict as in the product; null: nothing to do.</summary>
    /// <param name="whole">Put the whole field back; otherwise only what the statute may be about.</param>
    public static string? Restored(string edited, string shipped, string key, bool whole)
    {
        if (JsonText.Root(edited) is not { } mine || JsonText.Root(shipped) is not { } theirs) return null;
        if (Find(theirs, key) is not { } wanted) return null;
        if (Find(mine, key) is not { } has) return Inserted(edited, shipped, mine, theirs, key);
        if (whole) return Replaced(edited, has.All, Text(shipped, wanted.All));
        var text = edited;
        // From the back of the object, so that places stay true.
        foreach (var name in Judged
            .OrderByDescending(name => has[name]?.All.Start ?? int.MaxValue))
        {
            text = WithMember(text, shipped, has, wanted, name);
        }
        return text == edited ? null : text;
    }

    static string WithMember(string text, string shipped, JsonPlace mine, JsonPlace theirs, string name)
    {
        var (has, wanted) = (mine[name], theirs[name]);
        if (has is null && wanted is null) return text;
        if (wanted is null) return WithoutMember(text, mine, name);
        if (has is not null) return Merged(text, shipped, has, wanted, name);
        var last = mine.Members[^1].Value.All.End;
        return text.Insert(last, $",{Indent(shipped, wanted, name)}\"{name}\": {Text(shipped, wanted.All)}");
    }

    /// <summary>What else the office demands of a field stays.</summary>
    static string Merged(string text, string shipped, JsonPlace has, JsonPlace wanted, string name)
    {
        if (name != "validate" && name != "properties")
            return Replaced(text, has.All, Text(shipped, wanted.All));
        foreach (var (member, value) in wanted.Members.OrderByDescending(one => has[one.Name]?.All.Start ?? -1))
        {
            var place = has[member]?.All;
            if (place is { } there) text = Replaced(text, there, Text(shipped, value.All));
            else
            {
                var comma = has.Members.IsEmpty ? "" : ",";
                var written = $"{Indent(shipped, value, member)}\"{member}\": {Text(shipped, value.All)}";
                text = text.Insert(has.All.Start + 1, written + comma);
            }
        }
        return text;
    }

    static string WithoutMember(string text, JsonPlace mine, string name)
    {
        var index = mine.Members.IndexOf(mine.Members.First(member => member.Name == name));
        var start = index == 0 ? mine.All.Start + 1 : mine.Members[index - 1].Value.All.End;
        var end = mine.Members[index].Value.All.End;
        // The first member takes the comma behind it along.
        if (index == 0 && mine.Members.Length > 1) end = text.IndexOf(',', end) + 1;
        return text.Remove(start, end - start);
    }

    /// <summary>The field goes behind the one it follows in the product.</summary>
    static string? Inserted(string edited, string shipped, JsonPlace mine, JsonPlace theirs, string key)
    {
        if (Home(theirs, key) is not { } home) return null;
        var (list, index, listKey) = home;
        // A list or group that is gone as well comes back whole.
        if (ListOf(mine, listKey) is not { } own)
            return listKey.Length == 0 ? null : Inserted(edited, shipped, mine, theirs, listKey);
        var part = list.Items[index];
        var text = Text(shipped, part.All);
        var lead = Lead(shipped, part.All.Start);
        for (var before = index - 1; before >= 0; before--)
        {
            var id = list.Items[before]["id"]?.Text;
            if (id is not null && own.Items.FirstOrDefault(item => item["id"]?.Text == id) is { } neighbour)
                return edited.Insert(neighbour.All.End, $",{lead}{text}");
        }
        return edited.Insert(own.All.Start + 1, $"{lead}{text}{(own.Items.IsEmpty ? "" : ",")}");
    }

    // ---- finding ----------------------------------------------------------------------------------------------

    static JsonPlace? Find(JsonPlace form, string key) =>
        Home(form, key) is { } home ? home.List.Items[home.Index] : null;

    /// <summary>The list that holds the component of a key path, and the key of what holds the list.</summary>
    static (JsonPlace List, int Index, string Key)? Home(
        JsonPlace holder, string key, string prefix = "", string own = "")
    {
        if (holder["components"] is not { } list) return null;
        for (var i = 0; i < list.Items.Length; i++)
        {
            var item = list.Items[i];
            var name = item["key"]?.Text ?? item["path"]?.Text;
            var full = string.IsNullOrEmpty(name) ? prefix.TrimEnd('.') : prefix + name;
            if (!string.IsNullOrEmpty(name) && full == key) return (list, i, own);
            if (item["components"] is null) continue;
            var inner = full.Length == 0 ? "" : full + ".";
            if (Home(item, key, inner, full) is { } found) return found;
        }
        return null;
    }

    static JsonPlace? ListOf(JsonPlace form, string key) =>
        key.Length == 0 ? form["components"] : Find(form, key)?["components"];

    static string Text(string text, Span place) => text[place.Start..place.End];

    static string Replaced(string text, Span place, string by) =>
        string.Concat(text.AsSpan(0, place.Start), by, text.AsSpan(place.End));

    /// <summary>Line break and blanks before a value.</summary>
    static string Lead(string text, int at)
    {
        var start = at;
        while (start > 0 && char.IsWhiteSpace(text[start - 1])) start--;
        return text[start..at];
    }

    static string Indent(string text, JsonPlace value, string name)
    {
        var at = text.LastIndexOf($"\"{name}\"", value.All.Start, StringComparison.Ordinal);
        return at < 0 ? "" : Lead(text, at);
    }
}
