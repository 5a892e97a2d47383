using System.Globalization;
using System.Text.Json;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>What the doctor says of the house.</summary>
/// <param name="Cause">The code of the first cause; empty when all is proven.</param>
/// <param name="Notes">The codes of what else was found.</param>
/// <param name="Words">The verdict and every hop that is not in order.</param>
public sealed record Diagnosis(string Cause, IReadOnlyList<string> Notes, string Words)
{
    /// <summary>Reads <c>GET /api/doctor</c>.</summary>
    public static Diagnosis Of(JsonElement view) => new(
        view.GetProperty("cause") is { ValueKind: JsonValueKind.Object } cause ? cause.GetProperty("code").GetString()! : "",
        [.. view.GetProperty("notes").EnumerateArray().Select(n => n.GetProperty("code").GetString()!)],
        string.Join(" | ", view.GetProperty("path").EnumerateArray().Where(h => h.GetProperty("state").GetString() != "ok").Select(h => $"{h.GetProperty("hop").GetString()} {h.GetProperty("state").GetString()}: {h.GetProperty("words").GetString()}")
            .Prepend(view.GetProperty("words").GetString()!)));
}

/// <summary>The owner's phone, elsewhere: it knows the link that the page shows, the name with its port, and nothing else.</summary>
public sealed class Phone(Lab lab, HouseGateway gateway)
{
    private int _level;

    /// <summary>The port that the link of this family carries; null while none leads here.</summary>
    public async Task<int?> PortAsync(string family) => PortOf(await gateway.GetAsync("/api/reachability"), family);

    /// <summary>The same by what <c>GET /api/reachability</c> answers; of either family where none is named.</summary>
    public static int? PortOf(JsonElement view, string? family = null) =>
        view.GetProperty("ways").EnumerateArray().Where(w => w.GetProperty("published").GetBoolean() && (family is null || w.GetProperty("family").GetString() == family))
            .Select(w => (int?)w.GetProperty("port").GetInt32()).FirstOrDefault();

    /// <summary>Sets the lamp by name to a brightness that it never had; whether the lamp itself shows it.</summary>
    public async Task<bool> TriesAsync(string family, int? port = null)
    {
        if ((port ?? await PortAsync(family)) is not { } at) return false;
        var level = (_level = _level % 250 + 1).ToString(CultureInfo.InvariantCulture);
        var status = await lab.HttpAsync("phone", $"https://{HouseGateway.Name}:{at}/api/lights/desk", "-k", family == "v4" ? "-4" : "-6", "-X", "PATCH",
            "-H", $"Authorization: Bearer {gateway.Token}", "-H", "Content-Type: application/json", "-d", $"{{\"state\":\"ON\",\"brightness\":{level}}}");
        if (status == 0) return false;
        Assert.Equal(202, status);
        await Wait.UntilAsync(() => Task.FromResult(gateway.Level == level), TimeSpan.FromSeconds(3), () => $"the lamp shows {gateway.Level}, not {level}");
        return true;
    }

    /// <summary>The lamp obeys by name over each of these families, within so long.</summary>
    public async Task GetsInAsync(TimeSpan patience, params string[] families)
    {
        foreach (var family in families)
            await Wait.UntilAsync(() => TriesAsync(family), patience, () => $"the phone does not get in over {family}");
    }
}
