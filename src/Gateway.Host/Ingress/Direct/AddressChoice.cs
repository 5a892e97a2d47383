using System.Buffers.Binary;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Direct;

/// <summary>The address at which the world can dial this machine.</summary>
/// <param name="Address">Public, and no passing one.</param>
/// <param name="Route">The default route that its answers take; its router is the one to ask for a pinhole.</param>
internal sealed record ChosenAddress(IPAddress Address, DefaultRoute Route);

/// <summary>Chooses the IPv6 address that is published. A pure function.</summary>
internal static class AddressChoice
{
    private const AddressFlags Unusable = AddressFlags.Temporary | AddressFlags.Tentative | AddressFlags.DadFailed;

    /// <param name="network">What there is.</param>
    /// <param name="isUsable">Whether the world could dial this address, and something of ours would answer.</param>
    /// <param name="current">The address that was chosen last: it stays as long as no other is better.</param>
    public static ChosenAddress? Of(NetworkFacts network, Func<IPAddress, bool> isUsable, IPAddress? current)
    {
        if (network.Route(IpFamily.V6) is not { } main) return null;
        var addresses =
            from i in network.Interfaces
            where i.IsUp
            from address in i.Addresses
            where address.Address.Family() == IpFamily.V6 && (address.Flags & (AddressFlags.Temporary | AddressFlags.DadFailed)) == AddressFlags.None && isUsable(address.Address)
            select (Interface: i, Address: address);
        var all = addresses.ToArray();
        // Between the end of one prefix and the moment the next one's address is known to be nobody else's, the old address is better than none.
        var isOneComing = all.Any(a => a.Address.Flags.HasFlag(AddressFlags.Tentative));
        var candidates =
            from a in all
            let flags = a.Address.Flags
            where (flags & Unusable) == AddressFlags.None && (!flags.HasFlag(AddressFlags.Deprecated) || (isOneComing && a.Address.Address.Equals(current)))
            orderby flags.HasFlag(AddressFlags.Deprecated),
                a.Address.IsSuperseded || IsLeftBehind(a.Address, a.Interface),
                a.Interface.Name != main.Interface,
                a.Interface.IsTunnel,
                !a.Address.Address.Equals(current),
                Origin(a.Address),
                a.Interface.Index,
                BinaryPrimitives.ReadUInt128BigEndian(a.Address.Address.GetAddressBytes())
            select new ChosenAddress(a.Address.Address, network.Routes.FirstOrDefault(r => r.Family == IpFamily.V6 && r.Interface == a.Interface.Name) ?? main);
        return candidates.FirstOrDefault();
    }

    /// <summary>Set by hand, in a prefix that the router speaks of no more while it advertises another.</summary>
    private static bool IsLeftBehind(InterfaceAddress address, NetworkInterfaceFacts i)
    {
        if (!address.Flags.HasFlag(AddressFlags.Permanent)) return false;
        var advertised = i.Addresses.Where(a => a.Address.Family() == IpFamily.V6 && !a.Address.IsIPv6LinkLocal && !a.Address.IsIPv6UniqueLocal
            && (a.Flags & (AddressFlags.Permanent | AddressFlags.Deprecated)) == AddressFlags.None && !a.IsSuperseded).Select(a => Prefix(a.Address)).ToArray();
        return advertised.Length > 0 && !advertised.Contains(Prefix(address.Address));
    }

    private static IPNetwork Prefix(IPAddress address) => address.Network(64);

    /// <summary>What the owner set by hand, then what the router gave, then single addresses that serve a purpose of their own.</summary>
    private static int Origin(InterfaceAddress address) => (address.Flags.HasFlag(AddressFlags.Permanent), address.PrefixLength) switch
    {
        (true, < 128) => 0,
        (false, _) => 1,
        _ => 2,
    };
}
