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

    /// <summary>Whether it stands for every address of this machine.</summary>
    public static bool IsAny(this IPAddress address) => IPAddress.Any.Equals(address) || IPAddress.IPv6Any.Equals(address);

    /// <summary>Whether what listens at this address hears what is sent to <paramref name="own"/>. The wildcard of IPv6 usually takes IPv4 too; where it does not, this says too much rather than too little.</summary>
    public static bool Hears(this IPAddress listening, IPAddress own) =>
        own is not null && (own.Equals(listening) || IPAddress.IPv6Any.Equals(listening) || IPAddress.Any.Equals(listening) && own.Family() == IpFamily.V4);

    /// <summary>Whether a machine gave it to itself because no router did (169.254.0.0/16, RFC 3927).</summary>
    public static bool IsSelfAssigned(this IPAddress address) => address.Family() == IpFamily.V4 && address.GetAddressBytes() is [169, 254, ..];

    /// <summary>IPv4 as IPv4, also out of an IPv6 socket.</summary>
    public static IPAddress Unmapped(this IPAddress address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    /// <summary>The network of so many bits that an address lies in.</summary>
    public static IPNetwork Network(this IPAddress address, int bits)
    {
        ArgumentNullException.ThrowIfNull(address);
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++) bytes[i] &= (byte)(0xFF << (8 - Math.Clamp(bits - 8 * i, 0, 8)));
        return new IPNetwork(new IPAddress(bytes), bits);
    }

    /// <summary>As in words to people: <c>IPv4</c>, <c>IPv6</c>.</summary>
    public static string Words(this IpFamily family) => family == IpFamily.V4 ? "IPv4" : "IPv6";
}
