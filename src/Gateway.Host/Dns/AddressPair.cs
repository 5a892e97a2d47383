using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>An address of each family, or none.</summary>
internal readonly record struct AddressPair(IPAddress? V4, IPAddress? V6)
{
    /// <summary>IPv6 first: phones prefer it.</summary>
    public static IReadOnlyList<IpFamily> Families { get; } = [IpFamily.V6, IpFamily.V4];

    /// <summary>Of one family.</summary>
    public IPAddress? this[IpFamily family] => family == IpFamily.V4 ? V4 : V6;

    /// <summary>Those that are there.</summary>
    public IEnumerable<IPAddress> All => new[] { V4, V6 }.OfType<IPAddress>();

    /// <summary>For people.</summary>
    public override string ToString() => All.Any() ? string.Join(" and ", All) : "nothing";
}

/// <summary>What a provider was last told to say for one family.</summary>
/// <param name="IsKnown">False when nobody can tell: never told, or it was told and no answer came back.</param>
/// <param name="Address">What it says; null for nothing.</param>
internal readonly record struct SentAddress(bool IsKnown, IPAddress? Address)
{
    /// <summary>Nobody can tell.</summary>
    public static SentAddress Unknown { get; }

    /// <summary>No record of this family.</summary>
    public static SentAddress Nothing { get; } = new(true, null);

    /// <summary>A record with this address, or none.</summary>
    public static SentAddress Of(IPAddress? address) => new(true, address);

    /// <summary>Whether it is known to say this.</summary>
    public bool Is(IPAddress? address) => IsKnown && Equals(Address, address);
}

/// <summary>What a provider was last told to say.</summary>
internal readonly record struct SentPair(SentAddress V4, SentAddress V6)
{
    /// <summary>Of one family.</summary>
    public SentAddress this[IpFamily family] => family == IpFamily.V4 ? V4 : V6;

    /// <summary>The same with another for this family.</summary>
    public SentPair With(IpFamily family, SentAddress sent) => family == IpFamily.V4 ? this with { V4 = sent } : this with { V6 = sent };
}
