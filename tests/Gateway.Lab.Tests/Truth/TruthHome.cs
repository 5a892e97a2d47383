namespace Gateway.Lab.Tests.Truth;

/// <summary>Where the truth is looked for.</summary>
/// <param name="Name">As the files of a run are called.</param>
/// <param name="Toml">More of gateway.toml.</param>
/// <param name="Scripts">What the lab is made into first.</param>
/// <param name="Faults">What goes wrong there.</param>
public sealed record TruthHome(string Name, string Toml, IReadOnlyList<string> Scripts, IReadOnlyList<Fault> Faults)
{
    /// <summary>A home that is reached straight, over both internets.</summary>
    public static TruthHome Straight { get; } = new("truth", HouseGateway.WithVantage, [], Truth.Faults.All);

    /// <summary>One behind its provider's NAT and without IPv6: visitors come by the first of two relays, or by the second.</summary>
    public static TruthHome Tunnels { get; } = new("truth-tunnels", HouseGateway.WithTunnels, ["bin/wan cgnat", "bin/ipv6 off"], Truth.Faults.OfTunnels);
}
