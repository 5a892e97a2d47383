using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Which ports to ask for where the wanted one is not to be had: every time the same ones, so that links that carry a port go on working.</summary>
internal static class OtherPorts
{
    /// <summary>The one that vantages also look at, beside 443.</summary>
    public const int Alternative = SecondPort.Port;

    private const int Spread = 3, First = 49152, Count = 16384; // RFC 6335 section 6: ports of nobody

    /// <summary>The wanted port first.</summary>
    public static int[] Of(MappingWish wish)
    {
        var seed = wish.Local.Address.GetAddressBytes().Aggregate(wish.Local.Port, (sum, octet) => unchecked(sum * 31 + octet)) & 0xFFFF;
        return [.. new[] { wish.ExternalPort, Alternative }.Concat(Enumerable.Range(0, Spread).Select(i => First + (seed + i * 4999) % Count)).Distinct()];
    }
}
