using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Workflows.Runtime.Storage;

public enum FieldType
{
    Text,
    Key,
    Integer,
    Boolean,
    Date,

    /// <summary>One of a fixed list of words.</summary>
    Choice,

    /// <summary>A list of names, each with a condition on its value.</summary>
    Variables,

    /// <summary>A list of texts that must all be present.</summary>
    Tags,
}

public enum Comparer
{
    Equal,
    NotEqual,
    Exists,
    In,
    NotIn,
    Like,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// <param name="Value">string, long (keys and integers), bool, DateTimeOffset, or a list of one of these for In and
/// NotIn.</param>
public sealed record Comparison(Comparer Comparer, object Value);

/// <summary>All <paramref name="Comparisons"/> must hold for the field.</summary>
/// <param name="Variable">The name of the variable, where the field is a list of variables.</param>
public sealed record Condition(string Field, ImmutableArray<Comparison> Comparisons, string? Variable = null);

/// <summary>Every condition must hold, and, where there are alternatives, at least one of them.</summary>
public sealed record Filter(ImmutableArray<Condition> All, ImmutableArray<Filter> Any)
{
    public static readonly Filter None = new([], []);
}

public sealed record SortBy(string Field, bool Descending);

/// <param name="From">Rows to skip; only without a cursor.</param>
/// <param name="After">Cursor of the last row already seen.</param>
/// <param name="Before">Cursor of the first row already seen.</param>
public sealed record PageRequest(
    int From = 0, int Limit = PageRequest.LimitDefault, string? After = null, string? Before = null)
{
    public const int LimitDefault = 100;
    public const int LimitMax = 10_000;
}

public sealed record SearchQuery(Filter Filter, ImmutableArray<SortBy> Sort, PageRequest Page)
{
    public static readonly SearchQuery All = new(Filter.None, [], new());
}

/// <param name="StartCursor">Null when the page is empty.</param>
public sealed record SearchResult<T>(ImmutableArray<T> Items, int TotalItems, string? StartCursor, string? EndCursor)
{
    public SearchResult<TOther> Select<TOther>(Func<T, TOther> change) =>
        new([.. Items.Select(change)], TotalItems, StartCursor, EndCursor);
}

/// <summary>The cursor was not made by a search with the same sort.</summary>
public sealed class InvalidCursorException() : Exception("The cursor does not belong to a search with this sort.");

/// <param name="Plain">The contract allows a value only, no operators.</param>
/// <param name="Like">Texts and words that may be compared with a pattern.</param>
public sealed record SearchField(string Name, FieldType Type, bool Plain, bool Like, ImmutableArray<string> Choices);

/// <summary>What may be searched and sorted by in one kind of resource, and the column behind each name.</summary>
public abstract class SearchTable
{
    readonly Dictionary<string, SearchField> fields = new(StringComparer.Ordinal);
    readonly HashSet<string> sortable = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, SearchField> Fields => fields;
    public IReadOnlySet<string> Sortable => sortable;

    /// <summary>Whether the filter may hold alternatives (<c>$or</c>).</summary>
    public bool HasAlternatives { get; init; }

    protected void AddField(SearchField field) => fields.Add(field.Name, field);

    protected void AddSort(string name) => sortable.Add(name);
}

/// <typeparam name="TRow">The row, or a projection of joined rows, that EF can translate.</typeparam>
/// <param name="keys">Columns, unique together, that make every order total.</param>
public sealed class SearchTable<TRow>(params Expression<Func<TRow, long>>[] keys) : SearchTable
{
    /// <summary>What a condition on a field means for a row.</summary>
    public delegate Expression<Func<TRow, bool>> Predicate(
        WorkflowDb db, Scope scope, ImmutableArray<Condition> conditions);

    readonly Dictionary<string, Predicate> predicates = new(StringComparer.Ordinal);
    readonly Dictionary<string, LambdaExpression> columns = new(StringComparer.Ordinal);

    /// <summary>A column. Keys, integers and dates are recognised by <paramref name="type"/>.</summary>
    public SearchTable<TRow> Column<TValue>(
        string name,
        FieldType type,
        Expression<Func<TRow, TValue>> column,
        bool plain = false,
        bool like = true,
        bool filter = true,
        bool sort = true,
        params string[] choices)
    {
        if (filter)
        {
            AddField(new(name, type, plain, like && type is (FieldType.Text or FieldType.Choice), [.. choices]));
            predicates.Add(name, (db, _, conditions) => Predicates.All(conditions
                .SelectMany(c => c.Comparisons)
                .Select(c => Predicates.Compare(column, c, db is SqliteWorkflowDb))));
        }
        if (sort)
        {
            AddSort(name);
            columns.Add(name, column);
        }
        return this;
    }

    /// <summary>A condition that is not a column of the row. It gets every condition of that field name.</summary>
    public SearchTable<TRow> Related(
        string name,
        FieldType type,
        Predicate predicate,
        bool plain = false,
        params string[] choices)
    {
        AddField(new(name, type, plain, type is FieldType.Text or FieldType.Choice, [.. choices]));
        predicates.Add(name, predicate);
        return this;
    }

    /// <summary>The same columns to sort by, and nothing to filter.</summary>
    public SearchTable<TRow> WithoutFilter()
    {
        var table = new SearchTable<TRow>(keys);
        foreach (var (name, column) in columns)
        {
            table.AddSort(name);
            table.columns.Add(name, column);
        }
        return table;
    }

    /// <exception cref="InvalidCursorException">The page begins at a cursor of another search.</exception>
    public async Task<SearchResult<TRow>> RunAsync(
        WorkflowDb db, Scope scope, IQueryable<TRow> rows, SearchQuery query, CancellationToken cancellation)
    {
        var all = rows;
        rows = rows.Where(Where(db, scope, query.Filter));
        var order = new SearchOrder<TRow>(keys, [.. query.Sort.Select(s => (columns[s.Field], s.Descending))]);
        var page = query.Page;
        var backward = page.Before is not null;
        var ordered = (page.After ?? page.Before) is { } cursor
            ? order.Apply(
                rows.Where(order.Beyond(await order.ReadAsync(cursor, all, cancellation), backward)), backward)
            : order.Apply(rows, backward: false).Skip(page.From);
        var items = await ordered.Take(page.Limit).ToListAsync(cancellation);
        if (backward) items.Reverse();
        // A first page that is not full has shown everything: most searches are for one thing.
        var isWhole = page is { After: null, Before: null, From: 0 } && items.Count < page.Limit;
        var total = isWhole ? items.Count : await rows.CountAsync(cancellation);
        return items.Count == 0
            ? new([], total, null, null)
            : new([.. items], total, order.CursorOf(items[0]), order.CursorOf(items[^1]));
    }

    /// <summary>The filter as one expression over the row.</summary>
    public Expression<Func<TRow, bool>> Where(WorkflowDb db, Scope scope, Filter filter)
    {
        var all = Predicates.All(filter.All
            .GroupBy(c => c.Field, StringComparer.Ordinal)
            .Select(g => predicates[g.Key](db, scope, [.. g])));
        if (filter.Any.IsEmpty) return all;
        return Predicates.All([all, Predicates.Any(filter.Any.Select(f => Where(db, scope, f)))]);
    }
}

/// <summary>Sort columns with the key last, as an order and as a place to go on from (a cursor).</summary>
/// <remarks>Nulls stand last in both directions and on both databases, so each nullable column is ordered by
/// "is null" first.</remarks>
sealed class SearchOrder<TRow>(
    Expression<Func<TRow, long>>[] keys, ImmutableArray<(LambdaExpression Column, bool Descending)> sort)
{
    // Longer cursors are not allowed by the contract (300 characters of base64).
    const int CursorBytesMax = 225;

    // Columns belong to tables made once; compiling one takes longer than the search it is for.
    static readonly ConcurrentDictionary<LambdaExpression, Func<TRow, object?>> Readers = new();

    readonly ImmutableArray<(LambdaExpression Column, bool Descending)> parts = 
        [.. sort, .. keys.Select(k => ((LambdaExpression)k, false))];

    public IQueryable<TRow> Apply(IQueryable<TRow> rows, bool backward)
    {
        var first = true;
        foreach (var (column, descending) in parts)
        {
            if (Predicates.IsNullable(column.Body.Type))
            {
                rows = OrderBy(rows, Predicates.IsNull(column), descending: backward, ref first);
            }
            rows = OrderBy(rows, column, descending != backward, ref first);
        }
        return rows;
    }

    /// <summary>The place of a row: its values in the order, or its keys alone where long texts do not fit.</summary>
    public string CursorOf(TRow row)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(ValuesOf(row).Select(Encode));
        if (bytes.Length > CursorBytesMax)
        {
            bytes = JsonSerializer.SerializeToUtf8Bytes(keys.Select(k => Encode(ReaderOf(k)(row))));
        }
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The values a cursor stands for. Of keys alone they are read again from their row.</summary>
    public async Task<object?[]> ReadAsync(string cursor, IQueryable<TRow> all, CancellationToken cancellation)
    {
        var texts = Decode(cursor);
        if (texts.Length != keys.Length || sort.Length == 0) return ParseAll(texts, parts.Select(p => p.Column));
        var values = ParseAll(texts, keys);
        var same = Predicates.All(keys.Select((k, i) => Predicates.Same<TRow>(k, values[i])));
        return await all.Where(same).FirstOrDefaultAsync(cancellation) is { } row
            ? ValuesOf(row)
            : throw new InvalidCursorException();
    }

    /// <summary>Rows after the values, or before them when <paramref name="backward"/>.</summary>
    public Expression<Func<TRow, bool>> Beyond(object?[] values, bool backward)
    {
        var alternatives = new List<Expression<Func<TRow, bool>>>();
        for (var i = 0; i < parts.Length; i++)
        {
            var equal = parts.Take(i).Select((p, at) => Predicates.Same<TRow>(p.Column, values[at]));
            var beyond = Predicates.Beyond<TRow>(parts[i].Column, values[i], parts[i].Descending, backward);
            if (beyond is not null) alternatives.Add(Predicates.All([.. equal, beyond]));
        }
        return Predicates.Any(alternatives);
    }

    object?[] ValuesOf(TRow row) => [.. parts.Select(p => ReaderOf(p.Column)(row))];

    static Func<TRow, object?> ReaderOf(LambdaExpression column) => Readers.GetOrAdd(
        column, c => Expression.Lambda<Func<TRow, object?>>(
            Expression.Convert(c.Body, typeof(object)), c.Parameters).Compile());

    static string?[] Decode(string cursor)
    {
        try
        {
            return JsonSerializer.Deserialize<string?[]>(Convert.FromBase64String(cursor)) ?? [];
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new InvalidCursorException();
        }
    }

    static object?[] ParseAll(string?[] texts, IEnumerable<LambdaExpression> columns)
    {
        var types = columns.Select(c => c.Body.Type).ToArray();
        if (texts.Length != types.Length) throw new InvalidCursorException();
        try
        {
            return [.. texts.Select((text, i) => Predicates.ParseValue(text, types[i]))];
        }
        catch (Exception e) when (
            e is FormatException or ArgumentException or OverflowException or InvalidCastException)
        {
            throw new InvalidCursorException();
        }
    }

    static string? Encode(object? value) => value switch
    {
        null => null,
        DateTimeOffset time => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    static IQueryable<TRow> OrderBy(IQueryable<TRow> rows, LambdaExpression column, bool descending, ref bool first)
    {
        var name = (first ? "OrderBy" : "ThenBy") + (descending ? "Descending" : "");
        first = false;
        var call = Expression.Call(
            typeof(Queryable), name, [typeof(TRow), column.Body.Type], rows.Expression, Expression.Quote(column));
        return rows.Provider.CreateQuery<TRow>(call);
    }
}

/// <summary>Comparisons as expressions that EF translates to parameters of one cached statement.</summary>
static class Predicates
{
    // Values stand in a field of an object, as a captured variable would: EF makes them parameters.
    sealed class Holder<T>(T value)
    {
        public readonly T Value = value;
    }

    public static Expression<Func<TRow, bool>> All<TRow>(IEnumerable<Expression<Func<TRow, bool>>> predicates) =>
        Fold(predicates, Expression.AndAlso, always: true);

    public static Expression<Func<TRow, bool>> Any<TRow>(IEnumerable<Expression<Func<TRow, bool>>> predicates) =>
        Fold(predicates, Expression.OrElse, always: false);

    public static Expression<Func<TRow, bool>> Compare<TRow, TValue>(
        Expression<Func<TRow, TValue>> column, Comparison comparison, bool isSqlite)
    {
        var body = column.Body;
        var test = comparison.Comparer switch
        {
            Comparer.Exists => Exists(body, (bool)comparison.Value),
            Comparer.In => Contains(body, (IEnumerable<object>)comparison.Value),
            Comparer.NotIn => Expression.Not(Contains(body, (IEnumerable<object>)comparison.Value)),
            Comparer.Like => Like(body, (string)comparison.Value, isSqlite),
            Comparer.Equal => Expression.Equal(body, Value(comparison.Value, body.Type)),
            Comparer.NotEqual => Expression.NotEqual(body, Value(comparison.Value, body.Type)),
            var comparer => Inequality(comparer, body, Value(comparison.Value, body.Type)),
        };
        return Expression.Lambda<Func<TRow, bool>>(test, column.Parameters);
    }

    public static bool IsNullable(Type type) => !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;

    public static LambdaExpression IsNull(LambdaExpression column) =>
        Expression.Lambda(
            Expression.Equal(column.Body, Expression.Constant(null, column.Body.Type)), column.Parameters);

    public static Expression<Func<TRow, bool>> Same<TRow>(LambdaExpression column, object? value) =>
        Expression.Lambda<Func<TRow, bool>>(
            value is null ? IsNull(column).Body : Expression.Equal(column.Body, Value(value, column.Body.Type)),
            column.Parameters);

    /// <summary>Rows that stand beyond the value in this column; null when there can be none.</summary>
    public static Expression<Func<TRow, bool>>? Beyond<TRow>(
        LambdaExpression column, object? value, bool descending, bool backward)
    {
        var type = column.Body.Type;
        var isNull = IsNullable(type) ? IsNull(column).Body : null;
        if (value is null)
        {
            return backward && isNull is not null
                ? Expression.Lambda<Func<TRow, bool>>(Expression.Not(isNull), column.Parameters)
                : null;
        }
        var greater = descending == backward;
        var test = Inequality(greater ? Comparer.Greater : Comparer.Less, column.Body, Value(value, type));
        if (isNull is not null && !backward) test = Expression.OrElse(test, isNull);
        return Expression.Lambda<Func<TRow, bool>>(test, column.Parameters);
    }

    public static object? ParseValue(string? text, Type type)
    {
        if (text is null) return null;
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(string)) return text;
        if (plain.IsEnum) return Enum.Parse(plain, text);
        if (plain == typeof(DateTimeOffset)) return DateTimeOffset.Parse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if (plain == typeof(DateTime)) return DateTime.Parse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
        return Convert.ChangeType(text, plain, CultureInfo.InvariantCulture);
    }

    static Expression<Func<TRow, bool>> Fold<TRow>(
        IEnumerable<Expression<Func<TRow, bool>>> predicates,
        Func<Expression, Expression, Expression> join,
        bool always)
    {
        var row = Expression.Parameter(typeof(TRow), "row");
        var body = predicates
            .Select(p => new Replace(p.Parameters[0], row).Visit(p.Body))
            .Aggregate((Expression?)null, (all, next) => all is null ? next : join(all, next));
        return Expression.Lambda<Func<TRow, bool>>(body ?? Expression.Constant(always), row);
    }

    static Expression Exists(Expression column, bool wanted)
    {
        if (!IsNullable(column.Type)) return Expression.Constant(wanted);
        var nothing = Expression.Constant(null, column.Type);
        return wanted ? Expression.NotEqual(column, nothing) : Expression.Equal(column, nothing);
    }

    static MethodCallExpression Contains(Expression column, IEnumerable<object> values)
    {
        var list = typeof(Predicates).GetMethod(nameof(ListOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(column.Type).Invoke(null, [values])!;
        var held = Held(list, list.GetType());
        return Expression.Call(typeof(Enumerable), nameof(Enumerable.Contains), [column.Type], held, column);
    }

    static List<T> ListOf<T>(IEnumerable<object> values) => [.. values.Select(v => (T)Converted(v, typeof(T)))];

    static Expression Inequality(Comparer comparer, Expression column, Expression value)
    {
        if (column.Type == typeof(string))
        {
            var compare = Expression.Call(typeof(string), nameof(string.Compare), null, column, value);
            return Inequality(comparer, compare, Expression.Constant(0));
        }
        if (column.Type == typeof(bool))
        {
            return Inequality(comparer, Number(column), Number(value));
        }
        return comparer switch
        {
            Comparer.Greater => Expression.GreaterThan(column, value),
            Comparer.GreaterOrEqual => Expression.GreaterThanOrEqual(column, value),
            Comparer.Less => Expression.LessThan(column, value),
            _ => Expression.LessThanOrEqual(column, value),
        };
    }

    static ConditionalExpression Number(Expression flag) =>
        Expression.Condition(flag, Expression.Constant(1), Expression.Constant(0));

    // GLOB is the case-sensitive pattern of SQLite; its LIKE ignores case, PostgreSQL's does not.
    static MethodCallExpression Like(Expression column, string pattern, bool isSqlite)
    {
        var functions = Expression.Constant(EF.Functions);
        return isSqlite
            ? Expression.Call(typeof(SqliteDbFunctionsExtensions), nameof(SqliteDbFunctionsExtensions.Glob), null,
                functions, column, Held(Glob(pattern), typeof(string)))
            : Expression.Call(typeof(DbFunctionsExtensions), nameof(DbFunctionsExtensions.Like), null,
                functions, column, Held(LikePattern(pattern), typeof(string)), Expression.Constant("\\"));
    }

    /// <summary><c>*</c> any characters, <c>?</c> one; a backslash makes the next one ordinary.</summary>
    internal static string Glob(string pattern) => Translate(
        pattern, c => c is '*' or '?' or '[' ? $"[{c}]" : c.ToString(), many: "*", one: "?");

    internal static string LikePattern(string pattern) => Translate(
        pattern, c => c is '%' or '_' or '\\' ? $"\\{c}" : c.ToString(), many: "%", one: "_");

    static string Translate(string pattern, Func<char, string> literal, string many, string one)
    {
        var text = new System.Text.StringBuilder(pattern.Length + 8);
        for (var i = 0; i < pattern.Length; i++)
        {
            text.Append(pattern[i] switch
            {
                '\\' when i + 1 < pattern.Length => literal(pattern[++i]),
                '*' => many,
                '?' => one,
                var other => literal(other),
            });
        }
        return text.ToString();
    }

    static MemberExpression Value(object value, Type type) => Held(Converted(value, type), type);

    static MemberExpression Held(object value, Type type) => Expression.Field(
        Expression.Constant(Activator.CreateInstance(typeof(Holder<>).MakeGenericType(type), value)),
        nameof(Holder<>.Value));

    static object Converted(object value, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            _ when plain.IsInstanceOfType(value) => value,
            DateTimeOffset time when plain == typeof(DateTime) => time.UtcDateTime,
            DateTimeOffset time when plain == typeof(long) => time.ToUnixTimeMilliseconds(),
            _ => Convert.ChangeType(value, plain, CultureInfo.InvariantCulture),
        };
    }

    sealed class Replace(ParameterExpression from, ParameterExpression to) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : node;
    }
}
