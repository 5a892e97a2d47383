using System.Globalization;
using System.Text;

namespace Gateway.Host.Core;

/// <summary>
/// The figures that features offer, as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/).
/// A figure is read when somebody asks, and costs nothing else.
/// </summary>
public sealed class Metrics
{
    private sealed record Figure(string Name, string Type, string Help, Func<double> Read);

    private readonly Lock _lock = new();
    private readonly List<Figure> _figures = [];

    /// <summary>A figure that goes up and down.</summary>
    public void Gauge(string name, string help, Func<double> read) => Add(new Figure(name, "gauge", help, read));

    /// <summary>A figure that only goes up; its name ends in <c>_total</c>.</summary>
    public void Counter(string name, string help, Func<double> read) => Add(new Figure(name, "counter", help, read));

    /// <summary>All figures now.</summary>
    public string Write()
    {
        Figure[] figures;
        lock (_lock) figures = [.. _figures];
        var text = new StringBuilder();
        foreach (var f in figures)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {f.Name} {f.Help}\n# TYPE {f.Name} {f.Type}\n{f.Name} {f.Read()}\n");
        }
        return text.ToString();
    }

    private void Add(Figure figure)
    {
        lock (_lock) _figures.Add(figure);
    }
}
