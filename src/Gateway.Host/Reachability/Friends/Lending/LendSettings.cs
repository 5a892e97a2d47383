using Gateway.Host.Core;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <summary>How much of the way in each friend gets, to whom the owner lends it.</summary>
/// <param name="BytesPerSecond">Both directions together.</param>
/// <param name="BytesPerMonth">Both directions together, in a calendar month (UTC).</param>
/// <param name="Lines">How many connections at once.</param>
internal sealed record LendLimits(double BytesPerSecond, double BytesPerMonth, int Lines)
{
    public const string Rate = "lend.rate", Volume = "lend.volume", Connections = "lend.connections";

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new(Rate, SettingKind.Number, "How fast visitors of a friend are handed on to whom you lend your way in, in megabits per second, both directions together, each friend by itself: 0.1 to 1000.") { Default = 8.0, Check = Range(0.1, 1000), Live = true },
        new(Volume, SettingKind.Number, "How much each friend may take in a calendar month, in gigabytes: 0.001 to 100000. Then the lending rests until the next.") { Default = 50.0, Check = Range(0.001, 100_000), Live = true },
        new(Connections, SettingKind.Integer, "How many connections each friend may have open to this gateway, of which each brings one visitor at a time: 4 to 96.") { Default = 48L, Check = Range(4, 96), Live = true },
    ];

    public static LendLimits Of(Settings settings) => new((settings.Number(Rate) ?? 8) * 1e6 / 8, (settings.Number(Volume) ?? 50) * 1e9, (int)(settings.Integer(Connections) ?? 48));
}
