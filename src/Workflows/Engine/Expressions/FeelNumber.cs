using System.Globalization;
using System.Numerics;
using System.Text;

namespace Workflows.Engine.Expressions;

/// <summary>How a quotient is cut; names follow the functions of DMN 1.5, table 74.</summary>
public enum FeelRounding
{
    HalfEven,
    HalfUp,
    HalfDown,
    Up,
    Down,
    Floor,
    Ceiling,
}

/// <summary>A number of FEEL: IEEE 754-2008 decimal128 without infinities and NaN (DMN 1.5, 10.3.2.3.1), that is
/// coefficient * 10^exponent with at most 34 digits, rounded half even. Stored in one canonical form, so that equal
/// numbers are equal records. An operation whose result is too large gives null.</summary>
public sealed record FeelNumber : FeelValue, IComparable<FeelNumber>
{
    public const int Digits = 34;

    /// <summary>Largest and smallest exponent of the first digit and of the last digit in decimal128.</summary>
    const int AdjustedMax = 6144, ExponentMin = -6176;

    /// <summary>Digits after the point while a series is summed: 34, and enough to lose some in the
    /// reduction.</summary>
    const int SeriesDigits = 60;

    static readonly BigInteger[] Powers = MakePowers(128);
    static readonly Int128 CoefficientEnd = (Int128)Powers[Digits];
    static readonly BigInteger SeriesOne = Powers[SeriesDigits];

    /// <summary>ln 10 with 60 digits after the point, summed once: ln 10 = 3 ln 2 + ln 1.25.</summary>
    static readonly BigInteger LnTen = (3 * LnSeries(2 * SeriesOne)) + LnSeries(SeriesOne + (SeriesOne / 4));

    public static readonly FeelNumber Zero = new(0, 0);
    public static readonly FeelNumber One = new(1, 0);

    FeelNumber(Int128 coefficient, int exponent)
    {
        Coefficient = coefficient;
        Exponent = exponent;
    }

    internal Int128 Coefficient { get; }

    internal int Exponent { get; }

    public override string TypeName => "number";

    internal override int Weight => 1 + (Math.Abs(Exponent) / 64);

    public bool IsInteger => Exponent >= 0;

    public int Sign => Int128.Sign(Coefficient);

    public static new FeelNumber Of(long value) => new(value, 0);

    public static FeelNumber Of(decimal value) => Parse(value.ToString(CultureInfo.InvariantCulture))!;

    /// <summary>Rounds to 34 digits; null if the number is too large.</summary>
    internal static FeelNumber? Of(BigInteger coefficient, long exponent)
    {
        var excess = DigitsOf(coefficient) - Digits;
        if (excess < ExponentMin - exponent) excess = (int)Math.Min(ExponentMin - exponent, 10_000);
        if (excess > 0)
        {
            coefficient = Divide(coefficient, Power(excess), FeelRounding.HalfEven);
            exponent += excess;
            if (DigitsOf(coefficient) > Digits) return Of(coefficient, exponent);
        }
        return Canonical((Int128)coefficient, exponent);
    }

    /// <summary>Reads `-12.50`, `.5` and `1.2e-3`; null for other text or a number too large.</summary>
    public static FeelNumber? Parse(ReadOnlySpan<char> text)
    {
        var at = 0;
        var negative = at < text.Length && text[at] is '-';
        if (at < text.Length && text[at] is '-' or '+') at++;
        var digits = new StringBuilder();
        long exponent = 0;
        var point = false;
        var any = false;
        var sticky = false;
        for (; at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && !point)); at++)
        {
            if (text[at] == '.')
            {
                point = true;
                continue;
            }
            any = true;
            // Digits beyond 40 only decide whether a tie is one: a text of a million digits costs no multiplication.
            if (digits.Length < 40) digits.Append(digits.Length == 0 && text[at] == '0' ? "" : text.Slice(at, 1));
            else
            {
                sticky |= text[at] != '0';
                exponent++;
            }
            if (point) exponent--;
        }
        if (!any) return null;
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            if (!int.TryParse(text[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var e))
                return null;
            exponent += e;
            at = text.Length;
        }
        if (at != text.Length) return null;
        if (digits.Length == 0) return Zero;
        if (sticky) digits.Append('1');
        var coefficient = BigInteger.Parse(digits.ToString(), NumberStyles.None, CultureInfo.InvariantCulture);
        return Of(negative ? -coefficient : coefficient, exponent - (sticky ? 1 : 0));
    }

    public FeelNumber Negated => new(-Coefficient, Exponent);

    public FeelNumber Absolute => Sign < 0 ? Negated : this;

    public FeelNumber? Add(FeelNumber other)
    {
        if (Exponent == other.Exponent) return Canonical(Coefficient + other.Coefficient, Exponent);
        if (Coefficient == 0) return other;
        if (other.Coefficient == 0) return this;
        var (high, low) = Exponent > other.Exponent ? (this, other) : (other, this);
        var shift = high.Exponent - low.Exponent;
        if (shift <= 18 && Int128.Abs(high.Coefficient) < (Int128)1_000_000_000_000_000_000)
            return Canonical((high.Coefficient * (Int128)Powers[shift]) + low.Coefficient, low.Exponent);
        // So far below the last digit that only its sign can matter for rounding.
        if (shift > 100) return Of((high.Coefficient * Power(100)) + low.Sign, high.Exponent - 100L);
        return Of((high.Coefficient * Power(shift)) + low.Coefficient, low.Exponent);
    }

    public FeelNumber? Subtract(FeelNumber other) => Add(other.Negated);

    public FeelNumber? Multiply(FeelNumber other)
    {
        if (FitsLong(Coefficient) && FitsLong(other.Coefficient))
        {
            var product = Coefficient * other.Coefficient;
            if (Int128.Abs(product) < CoefficientEnd) return Canonical(product, (long)Exponent + other.Exponent);
        }
        return Of((BigInteger)Coefficient * other.Coefficient, (long)Exponent + other.Exponent);
    }

    /// <summary>Null when dividing by zero.</summary>
    public FeelNumber? Divide(FeelNumber other)
    {
        if (other.Coefficient == 0) return null;
        if (Exponent == other.Exponent && Coefficient % other.Coefficient == 0)
            return Canonical(Coefficient / other.Coefficient, 0);
        var shift = Math.Max(0, Digits + 2 + DigitsOf(other.Coefficient) - DigitsOf(Coefficient));
        var quotient = BigInteger.DivRem(Coefficient * Power(shift), other.Coefficient, out var rest);
        // One more digit says that something follows, so that rounding sees no tie where there is none.
        quotient *= 10;
        if (!rest.IsZero) quotient += Sign * other.Sign;
        return Of(quotient, (long)Exponent - other.Exponent - shift - 1);
    }

    /// <summary>dividend - divisor * floor(dividend / divisor), so with the divisor's sign. Null when dividing by zero,
    /// or where the quotient has more than a hundred digits and its rest would mean nothing.</summary>
    public FeelNumber? Modulo(FeelNumber divisor)
    {
        if (divisor.Coefficient == 0 || Math.Abs((long)Exponent - divisor.Exponent) > 100) return null;
        var exponent = Math.Min(Exponent, divisor.Exponent);
        var left = Coefficient * Power(Exponent - exponent);
        var right = divisor.Coefficient * Power(divisor.Exponent - exponent);
        var rest = left % right;
        if (!rest.IsZero && rest.Sign != right.Sign) rest += right;
        return Of(rest, exponent);
    }

    /// <summary>Null where the result is not a real number or too large.</summary>
    public FeelNumber? Power(FeelNumber exponent)
    {
        if (exponent.Coefficient == 0) return One;
        if (Coefficient == 0) return exponent.Sign > 0 ? Zero : null;
        if (exponent.IsInteger && exponent.ToLong() is { } whole && Math.Abs(whole) < 1_000_000_000)
        {
            var power = IntegerPower(Math.Abs(whole));
            return whole > 0 ? power : power is null ? Zero : One.Divide(power);
        }
        if (Sign < 0) return null;
        var product = Ln() * exponent.Coefficient;
        return exponent.Exponent > 10 ? null : Exp(Scaled(product, exponent.Exponent));
    }

    public FeelNumber? SquareRoot()
    {
        if (Sign < 0) return null;
        if (Sign == 0) return Zero;
        var shift = 80 - DigitsOf(Coefficient);
        if (((Exponent - shift) & 1) != 0) shift++;
        var value = Coefficient * Power(shift);
        var root = (BigInteger)1 << (int)((value.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + (value / root)) >> 1;
            if (next >= root) break;
            root = next;
        }
        var exact = root * root == value;
        return Of((root * 10) + (exact ? 0 : 1), ((Exponent - shift) / 2) - 1);
    }

    /// <summary>e to this power.</summary>
    public FeelNumber? Exponential() =>
        DigitsOf(Coefficient) + Exponent > 6
            ? (Sign < 0 ? Zero : null)
            : Exp(Scaled(Coefficient * SeriesOne, Exponent));

    /// <summary>The natural logarithm; null for zero and below.</summary>
    public FeelNumber? Logarithm() => Sign <= 0 ? null : Of(Ln(), -SeriesDigits);

    /// <summary>Rounds to <paramref name="scale"/> digits after the point (before it, where negative).</summary>
    public FeelNumber? Round(int scale, FeelRounding rounding)
    {
        var cut = -(long)Exponent - scale;
        if (cut <= 0) return this;
        // Beyond all digits a bigger cut changes nothing but the time it takes.
        var divisor = Power((int)Math.Min(cut, Digits + 2));
        return Of(Divide(Coefficient, divisor, rounding), -(long)scale);
    }

    /// <summary>The integer part if it fits; null otherwise. Digits after the point are cut.</summary>
    public long? ToLong()
    {
        if (Exponent > 18 || Exponent + DigitsOf(Coefficient) > 18) return null;
        if (Exponent >= 0) return (long)(Coefficient * (Int128)Powers[Exponent]);
        return Exponent < -Digits ? 0 : (long)(Coefficient / (Int128)Powers[-Exponent]);
    }

    /// <summary>The integer part where the number is used as position, scale or count; null if out of range.</summary>
    public int? ToInt() => ToLong() is { } value and >= int.MinValue and <= int.MaxValue ? (int)value : null;

    /// <summary>For charts and progress bars only: loses digits.</summary>
    public double ToDouble() => double.Parse(AsText(), NumberStyles.Float, CultureInfo.InvariantCulture);

    public int CompareTo(FeelNumber? other)
    {
        if (other is null) return 1;
        if (Exponent == other.Exponent) return Coefficient.CompareTo(other.Coefficient);
        if (Sign != other.Sign) return Sign.CompareTo(other.Sign);
        if (Sign == 0) return 0;
        var size = (Exponent + DigitsOf(Coefficient)).CompareTo(other.Exponent + DigitsOf(other.Coefficient));
        if (size != 0) return size * Sign;
        var exponent = Math.Min(Exponent, other.Exponent);
        var scaled = other.Coefficient * Power(other.Exponent - exponent);
        return (Coefficient * Power(Exponent - exponent)).CompareTo(scaled);
    }

    public static bool operator <(FeelNumber left, FeelNumber right) => left.CompareTo(right) < 0;

    public static bool operator <=(FeelNumber left, FeelNumber right) => left.CompareTo(right) <= 0;

    public static bool operator >(FeelNumber left, FeelNumber right) => left.CompareTo(right) > 0;

    public static bool operator >=(FeelNumber left, FeelNumber right) => left.CompareTo(right) >= 0;

    /// <summary>Plain digits, never an exponent: a file number or an amount stays readable in JSON.</summary>
    internal override void AppendTo(StringBuilder builder)
    {
        var digits = Int128.Abs(Coefficient).ToString(CultureInfo.InvariantCulture);
        if (Sign < 0) builder.Append('-');
        if (Exponent >= 0)
        {
            builder.Append(digits).Append('0', Exponent);
            return;
        }
        var point = digits.Length + Exponent;
        if (point <= 0) builder.Append("0.").Append('0', -point).Append(digits);
        else builder.Append(digits, 0, point).Append('.').Append(digits, point, -Exponent);
    }

    FeelNumber? IntegerPower(long count)
    {
        var (coefficient, exponent) = ((BigInteger)1, 0L);
        var (square, squareExponent) = ((BigInteger)Coefficient, (long)Exponent);
        for (; count > 0; count >>= 1)
        {
            if ((count & 1) == 1) (coefficient, exponent) = Cut(coefficient * square, exponent + squareExponent);
            if (count > 1) (square, squareExponent) = Cut(square * square, 2 * squareExponent);
            if (Math.Abs(exponent) > 100_000) return exponent > 0 ? null : Zero;
            if (Math.Abs(squareExponent) > 1_000_000) return squareExponent > 0 ? null : Zero;
        }
        return Of(coefficient, exponent);

        static (BigInteger, long) Cut(BigInteger value, long exponent)
        {
            var excess = DigitsOf(value) - SeriesDigits;
            return excess <= 0 ? (value, exponent) : (value / Power(excess), exponent + excess);
        }
    }

    /// <summary>ln of this number, scaled by 10^60.</summary>
    BigInteger Ln()
    {
        // Coefficient = m * 10^digits with m in [0.1, 1); times ten below a third keeps the series short.
        var digits = DigitsOf(Coefficient);
        var mantissa = Coefficient * Power(SeriesDigits - digits);
        long tens = digits + (long)Exponent;
        if (mantissa * 3 < SeriesOne)
        {
            mantissa *= 10;
            tens--;
        }
        return LnSeries(mantissa) + (tens * LnTen);
    }

    /// <summary>ln x = 2 atanh((x - 1) / (x + 1)) for x between a third and three and a third, scaled.</summary>
    static BigInteger LnSeries(BigInteger x)
    {
        var z = (x - SeriesOne) * SeriesOne / (x + SeriesOne);
        var square = z * z / SeriesOne;
        var sum = BigInteger.Zero;
        var power = z;
        for (var n = 1; !power.IsZero; n += 2)
        {
            sum += power / n;
            power = power * square / SeriesOne;
        }
        return 2 * sum;
    }

    static FeelNumber? Exp(BigInteger x)
    {
        var tens = BigInteger.Divide((2 * x) + (x.Sign * LnTen), 2 * LnTen);
        if (BigInteger.Abs(tens) > AdjustedMax + Digits + 1) return tens.Sign > 0 ? null : Zero;
        x -= tens * LnTen;
        var sum = BigInteger.Zero;
        var term = SeriesOne;
        for (var n = 1; !term.IsZero; n++)
        {
            sum += term;
            term = term * x / SeriesOne / n;
        }
        return Of(sum, (long)tens - SeriesDigits);
    }

    static BigInteger Scaled(BigInteger value, int exponent) =>
        exponent >= 0 ? value * Power(exponent) : value / Power(Math.Min(-exponent, 2 * SeriesDigits));

    static FeelNumber? Canonical(Int128 coefficient, long exponent)
    {
        if (coefficient == 0) return Zero;
        if (coefficient >= CoefficientEnd || coefficient <= -CoefficientEnd)
            return Of((BigInteger)coefficient, exponent);
        if (exponent == 0 || (exponent is < 0 and > ExponentMin && LastDigit(coefficient) != 0))
            return new(coefficient, (int)exponent);
        if (exponent < ExponentMin) return Of((BigInteger)coefficient, exponent);
        while (exponent != 0 && coefficient % 10 == 0)
        {
            coefficient /= 10;
            exponent++;
        }
        var digits = DigitsOf(coefficient);
        if (exponent + digits - 1 > AdjustedMax) return null;
        if (exponent > 0 && exponent + digits <= Digits)
            (coefficient, exponent) = (coefficient * (Int128)Powers[exponent], 0);
        return new(coefficient, (int)exponent);
    }

    static int LastDigit(Int128 value) => FitsLong(value) ? (int)((long)value % 10) : (int)(value % 10);

    static bool FitsLong(Int128 value) => value >= long.MinValue && value <= long.MaxValue;

    static int DigitsOf(Int128 value) => DigitsOf((BigInteger)value);

    static int DigitsOf(BigInteger value)
    {
        value = BigInteger.Abs(value);
        if (value.IsOne || value.IsZero) return 1;
        // log10(2) from below: the power of the first digit or one below it.
        var estimate = (int)((value.GetBitLength() - 1) * 0.30102999566398119);
        return value >= Power(estimate + 1) ? estimate + 2 : estimate + 1;
    }

    static BigInteger Divide(BigInteger value, BigInteger divisor, FeelRounding rounding)
    {
        var quotient = BigInteger.DivRem(value, divisor, out var rest);
        if (rest.IsZero) return quotient;
        var half = (BigInteger.Abs(rest) * 2).CompareTo(divisor);
        var away = rounding switch
        {
            FeelRounding.HalfEven => half > 0 || (half == 0 && !quotient.IsEven),
            FeelRounding.HalfUp => half >= 0,
            FeelRounding.HalfDown => half > 0,
            FeelRounding.Up => true,
            FeelRounding.Floor => value.Sign < 0,
            FeelRounding.Ceiling => value.Sign > 0,
            _ => false,
        };
        return away ? quotient + value.Sign : quotient;
    }

    static BigInteger Power(int exponent) =>
        exponent < Powers.Length ? Powers[exponent] : BigInteger.Pow(10, exponent);

    static BigInteger[] MakePowers(int count)
    {
        var powers = new BigInteger[count];
        powers[0] = 1;
        for (var i = 1; i < count; i++) powers[i] = powers[i - 1] * 10;
        return powers;
    }
}
