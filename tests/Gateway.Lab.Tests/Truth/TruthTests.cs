using System.Globalization;
using System.Text;

namespace Gateway.Lab.Tests.Truth;

/// <summary>
/// Whether the LED tells the truth while things go wrong at random (tests/lab/README.md has the rules). A short run beside the other tests; a long one by
/// <c>tests/lab/truth</c>, which sets TRUTH_SEED, TRUTH_MINUTES and TRUTH_FOLDER, where the table and everything that was seen go.
/// </summary>
public abstract class TruthRun(TruthHome home, char letter)
{
    /// <summary>In a shorter run a share is a matter of two or three seconds.</summary>
    private static readonly TimeSpan Shares = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_LED_does_not_say_that_the_house_is_reached_when_it_is_not()
    {
        int Number(string name, int otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        var (seed, length) = (Number("TRUTH_SEED", 3), TimeSpan.FromMinutes(Number("TRUTH_MINUTES", 3)));
        var log = new StringBuilder();
        void Say(string line)
        {
            log.AppendLine(line);
            TestContext.Current.SendDiagnosticMessage(line);
        }
        await using var truth = await TruthHouse.UpAsync(letter, LabHouse.NeedGateway(), home);
        var record = await truth.RunAsync(Schedule.Make(seed, length, home.Faults), length, Say);
        var score = Score.Of(record);
        Say(score.ToString());
        if (Environment.GetEnvironmentVariable("TRUTH_FOLDER") is { Length: > 0 } folder)
        {
            var file = Path.Combine(Directory.CreateDirectory(folder).FullName, string.Create(CultureInfo.InvariantCulture, $"{home.Name}-{seed}"));
            await File.WriteAllTextAsync(file + ".txt", log.ToString());
            await File.WriteAllTextAsync(file + ".csv", Table(record));
            await File.WriteAllTextAsync(file + ".log", truth.Gateway.Said);
        }
        Assert.True(!score.Late.Any() && (length < Shares || score.Missed.Count == 0), $"{string.Join("; ", score.Missed)}\n{log}\n{truth.Gateway.Said}");
        Assert.NotEmpty(record.Faults);
        Assert.True(score.Healthy > 10, log.ToString());
    }

    private static string Table(Record record)
    {
        var text = new StringBuilder("seconds,family,outcome,led,faults,doctor,words\n");
        foreach (var t in record.Tries)
        {
            var said = record.Doctor.LastOrDefault(d => d.At <= t.At)?.Cause;
            text.AppendLine(CultureInfo.InvariantCulture, $"{t.At.TotalSeconds:0.0},{t.Family},{t.Outcome},{record.LedAt(t.At)},{record.FaultsAt(t.At)},{said},\"{t.Words}\"");
        }
        return text.ToString();
    }
}

/// <summary>Of a home that is reached straight.</summary>
public sealed class TruthTests() : TruthRun(TruthHome.Straight, 's');

/// <summary>Of one that is reached through tunnels.</summary>
public sealed class TunnelTruthTests() : TruthRun(TruthHome.Tunnels, 'u');
