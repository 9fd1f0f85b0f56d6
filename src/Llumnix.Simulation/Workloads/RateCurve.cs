using System.Globalization;

namespace Llumnix.Simulation.Workloads;

/// <summary>How the arrival rate goes over time, around its mean.</summary>
public abstract record RateCurve
{
    private RateCurve()
    {
    }

    /// <summary>In words.</summary>
    public abstract string Description { get; }

    /// <summary>The rate at second <paramref name="time"/> over the mean rate.</summary>
    public abstract double At(double time);

    /// <summary>Its integral from 0.</summary>
    protected abstract double Integral(double time);

    /// <summary>
    /// When <paramref name="load"/> seconds of mean rate have gone by: arrivals made at the mean rate and moved by this keep their
    /// process, and follow the curve.
    /// </summary>
    public virtual double TimeOf(double load)
    {
        double low = 0;
        double high = Math.Max(1, load);
        while (Integral(high) < load) high *= 2;
        for (int i = 0; i < 100 && high - low > 1e-15 * high; i++)
        {
            double middle = (low + high) / 2;
            if (Integral(middle) < load) low = middle;
            else high = middle;
        }

        return high;
    }

    /// <summary>The same rate all the time.</summary>
    public sealed record Steady : RateCurve
    {
        public override string Description => "steady";

        public override double At(double time) => 1;

        public override double TimeOf(double load) => load;

        protected override double Integral(double time) => time;
    }

    /// <summary>Up and down like a day: 1 + <paramref name="Amplitude"/> x sin(2 pi time / <paramref name="Period"/>).</summary>
    /// <param name="Amplitude">0 to 1.</param>
    /// <param name="Period">Seconds.</param>
    public sealed record Diurnal(double Amplitude, double Period) : RateCurve
    {
        public override string Description => string.Create(CultureInfo.InvariantCulture, $"diurnal, ± {Amplitude:P0} in {Period} s");

        public override double At(double time) => 1 + (Amplitude * Math.Sin(2 * Math.PI * time / Period));

        protected override double Integral(double time) =>
            time + (Amplitude * Period / (2 * Math.PI) * (1 - Math.Cos(2 * Math.PI * time / Period)));
    }

    /// <summary>
    /// The first <paramref name="Length"/> seconds of every <paramref name="Period"/> have <paramref name="Height"/> times the rate of the
    /// rest.
    /// </summary>
    /// <param name="Height">1 or more.</param>
    /// <param name="Length">Seconds.</param>
    /// <param name="Period">Seconds.</param>
    public sealed record Spiky(double Height, double Length, double Period) : RateCurve
    {
        public override string Description =>
            string.Create(CultureInfo.InvariantCulture, $"spiky, {Height} times for {Length} s of every {Period} s");

        private double Low => Period / (Period + ((Height - 1) * Length));

        public override double At(double time) => time % Period < Length ? Low * Height : Low;

        protected override double Integral(double time)
        {
            double whole = Math.Floor(time / Period);
            double part = time - (whole * Period);
            return (whole * Period) + (Low * (part + ((Height - 1) * Math.Min(part, Length))));
        }
    }
}
