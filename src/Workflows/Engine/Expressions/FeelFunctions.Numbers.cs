namespace Workflows.Engine.Expressions;

static partial class FeelFunctions
{
    /// <summary>Scales a decimal128 can hold (DMN 1.5, table 74).</summary>
    const int ScaleMin = -6111, ScaleMax = 6176;

    static FeelBuiltin[] Numbers() =>
    [
        Define("number", "from, grouping separator?, decimal separator?", ToNumber),
        Define("decimal", "n, scale", call => Round(call, FeelRounding.HalfEven)),
        Define("floor", "n, scale?", call => Round(call, FeelRounding.Floor)),
        Define("ceiling", "n, scale?", call => Round(call, FeelRounding.Ceiling)),
        Define("round up", "n, scale", call => Round(call, FeelRounding.Up)),
        Define("round down", "n, scale", call => Round(call, FeelRounding.Down)),
        Define("round half up", "n, scale", call => Round(call, FeelRounding.HalfUp)),
        Define("round half down", "n, scale", call => Round(call, FeelRounding.HalfDown)),
        Define("abs", "n", Absolute),
        Define("modulo", "dividend, divisor", call =>
            call.Number(0) is { } dividend && call.Number(1) is { } divisor
                ? call.OrNull(dividend.Modulo(divisor))
                : call.Null()),
        Define("sqrt", "number", call => Series(call, number => number.SquareRoot())),
        Define("log", "number", call => Series(call, number => number.Logarithm())),
        Define("exp", "number", call => Series(call, number => number.Exponential())),
        Define("odd", "number", call => Parity(call, 1)),
        Define("even", "number", call => Parity(call, 0)),
        Define("not", "negand", call =>
            call.Get<FeelBoolean>(0) is { } value ? FeelValue.Of(!value.Value) : call.Null()),
        Define("is", "value1, value2", call =>
        {
            call.Run.Charge(call[0].Weight);
            return FeelValue.Of(call[0].Equals(call[1]));
        }),
    ];

    static FeelValue Series(BuiltinCall call, Func<FeelNumber, FeelNumber?> function)
    {
        call.Run.Charge(100);
        return call.Number(0) is { } number ? call.OrNull(function(number)) : call.Null();
    }

    static FeelValue ToNumber(BuiltinCall call)
    {
        if (call.Text(0) is not { } text) return call.Null();
        var grouping = call.IsGiven(1) ? call.Text(1) : null;
        var point = call.IsGiven(2) ? call.Text(2) : null;
        if ((grouping is null && !call[1].IsNull) || (point is null && !call[2].IsNull)) return call.Null();
        if (grouping is not (null or " " or "," or ".") || point is not (null or "," or ".")) return call.Null();
        if (grouping is not null && string.Equals(grouping, point, StringComparison.Ordinal)) return call.Null();
        if (grouping is not null) text = text.Replace(grouping, "", StringComparison.Ordinal);
        if (point == ",") text = text.Contains('.', StringComparison.Ordinal) ? "?" : text.Replace(',', '.');
        return call.OrNull(FeelNumber.Parse(text));
    }

    static FeelValue Round(BuiltinCall call, FeelRounding rounding)
    {
        if (call.Number(0) is not { } number) return call.Null();
        var scale = 0;
        if (call.IsGiven(1))
        {
            if (call.Integer(1) is not { } given || given is < ScaleMin or > ScaleMax) return call.Null();
            scale = given;
        }
        return call.OrNull(number.Round(scale, rounding));
    }

    static FeelValue Absolute(BuiltinCall call) => call[0] switch
    {
        FeelDaysDuration duration => new FeelDaysDuration(Int128.Abs(duration.Nanos)),
        FeelMonthsDuration duration => new FeelMonthsDuration(Math.Abs(duration.Months)),
        _ => call.OrNull(call.Number(0)?.Absolute),
    };

    static FeelValue Parity(BuiltinCall call, int rest) =>
        call.Number(0) is { IsInteger: true } number
            ? FeelValue.Of((number.Exponent > 0 ? 0 : (int)Int128.Abs(number.Coefficient % 2)) == rest)
            : call.Null();
}
