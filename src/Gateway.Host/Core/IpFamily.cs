using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Core;

/// <summary>One of the two internets. They fail apart, so everything that is known about being reached is known per family.</summary>
public enum IpFamily
{
    /// <summary>IPv4.</summary>
    V4 = 4,
    /// <summary>IPv6.</summary>
    V6 = 6,
}

/// <summary>Families of addresses.</summary>
public static class IpFamilies
{
    /// <summary>The family of an address; one that carries an IPv4 address in an IPv6 socket's form counts as IPv4.</summary>
    public static IpFamily Family(this IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6 ? IpFamily.V4 : IpFamily.V6;

    /// <summary>As in words to people: <c>IPv4</c>, <c>IPv6</c>.</summary>
    public static string Words(this IpFamily family) => family == IpFamily.V4 ? "IPv4" : "IPv6";
}
