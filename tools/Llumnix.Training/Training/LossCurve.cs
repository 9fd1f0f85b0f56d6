using System.Globalization;

namespace Llumnix.Training.Training;

/// <summary>The loss curve as a table and as a picture.</summary>
public static class LossCurve
{
    public static void Write(IReadOnlyList<LossPoint> points, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "loss-curve.csv"),
        [
            "step,tokens,seconds,learning_rate,training_loss,held_out_loss",
            .. points.Select(point => string.Create(CultureInfo.InvariantCulture,
                $"{point.Step},{point.Tokens},{point.Seconds:F1},{point.LearningRate:G4},{point.Training:F4},{point.HeldOut:F4}")),
        ]);
        using ScottPlot.Plot plot = new();
        ScottPlot.Plottables.Scatter training = plot.Add.ScatterLine(points.Select(point => point.Tokens / 1e6).ToArray(), points.Select(point => point.Training).ToArray());
        training.LegendText = "training";
        LossPoint[] held = [.. points.Where(point => point.HeldOut is not null)];
        ScottPlot.Plottables.Scatter heldOut = plot.Add.Scatter(held.Select(point => point.Tokens / 1e6).ToArray(), held.Select(point => point.HeldOut!.Value).ToArray());
        heldOut.LegendText = "held out";
        plot.XLabel("tokens, millions");
        plot.YLabel("loss, nats a token");
        plot.Axes.SetLimitsY(0, 4);
        plot.ShowLegend(ScottPlot.Alignment.UpperRight);
        plot.SavePng(Path.Combine(folder, "loss-curve.png"), 900, 500);
    }
}
