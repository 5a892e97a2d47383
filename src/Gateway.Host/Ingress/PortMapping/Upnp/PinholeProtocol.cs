using System.Globalization;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>
/// Opens a pinhole in the router's IPv6 firewall by UPnP IGD 2 (WANIPv6FirewallControl:1). The request comes from the very
/// address that is opened; many routers refuse ports below 1024 (its section 2.6.3).
/// </summary>
internal sealed class PinholeProtocol(MappingWish wish, IgdDiscovery discovery) : IMappingProtocol
{
    private const int InvalidArgs = 402, NotAuthorised = 606, Exhausted = 701, FirewallDisabled = 702, InboundNotAllowed = 703, NoSuchEntry = 704, NoTraffic = 709;
    private const int FirstFreePort = 1024;

    private IgdService? _firewall;
    private bool _checks = true;

    public string Method => "UPnP IGD 2";

    public async Task<Grant> MapAsync(Grant? held, CancellationToken cancellationToken)
    {
        if (held is null || _firewall is null) _firewall = (await discovery.FindAsync([":WANIPv6FirewallControl:"], cancellationToken))[0];
        try
        {
            var (isOn, mayOpen) = await StatusAsync(_firewall, cancellationToken);
            if (!isOn) return Open();
            if (!mayOpen) throw new SoapFaultException(InboundNotAllowed, "");
            if (held?.Id is { } id && await TryRenewAsync(_firewall, id, cancellationToken)) return held with { Lifetime = MappingTimes.Lease };
            return await AddAsync(_firewall, cancellationToken);
        }
        catch (SoapFaultException e) when (e.Code == FirewallDisabled) { return Open(); }
        catch (SoapFaultException e) { throw Refused(e); }
    }

    public async Task<RouterFacts> CheckAsync(Grant held, CancellationToken cancellationToken)
    {
        try
        {
            if (held.Id is { } id) return new RouterFacts(await IsThereAsync(_firewall!, id, cancellationToken), null, null);
            return new RouterFacts(!(await StatusAsync(_firewall!, cancellationToken)).IsOn, null, null);
        }
        catch (SoapFaultException e) when (e.Code == FirewallDisabled) { return new RouterFacts(false, null, null); }
        catch (SoapFaultException e) { throw new RouterSilentException(e.Message); }
    }

    public async Task UnmapAsync(Grant held, CancellationToken cancellationToken)
    {
        if (held.Id is not { } id || _firewall is null) return;
        try { await _firewall.CallAsync("DeletePinhole", [Unique(id)], cancellationToken); }
        catch (SoapFaultException e) when (IsUnknown(e)) { }
        catch (SoapFaultException e) { throw Refused(e); }
    }

    private Grant Open() => new(wish.Local, null, null) { Remark = "Its IPv6 firewall is off: it lets everything in." };

    private async Task<Grant> AddAsync(IgdService firewall, CancellationToken cancellationToken)
    {
        var answer = await firewall.CallAsync("AddPinhole",
        [
            ("RemoteHost", ""), ("RemotePort", "0"), ("InternalClient", new IPAddress(wish.Local.Address.GetAddressBytes()).ToString()), ("InternalPort", Number(wish.Local.Port)),
            ("Protocol", "6"), ("LeaseTime", Number((int)MappingTimes.Lease.TotalSeconds)),
        ], cancellationToken);
        if (!int.TryParse(answer.Text("UniqueID"), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            throw new RouterRefusedException(IngressProblem.RouterFailed, $"{wish.TheRouter} says yes by UPnP and gives the pinhole no number.");
        return new Grant(wish.Local, MappingTimes.Lease, null) { Id = id };
    }

    /// <summary>False when the router does not know the pinhole.</summary>
    private static async Task<bool> TryRenewAsync(IgdService firewall, int id, CancellationToken cancellationToken)
    {
        try
        {
            await firewall.CallAsync("UpdatePinhole", [Unique(id), ("NewLeaseTime", Number((int)MappingTimes.Lease.TotalSeconds))], cancellationToken);
            return true;
        }
        catch (SoapFaultException e) when (IsUnknown(e)) { return false; }
    }

    /// <summary>Where the router does not know the question for it, the pinhole is renewed: that every router must know (sections 2.5.3 and 2.5.5).</summary>
    private async Task<bool> IsThereAsync(IgdService firewall, int id, CancellationToken cancellationToken)
    {
        if (!_checks) return await TryRenewAsync(firewall, id, cancellationToken);
        try { await firewall.CallAsync("CheckPinholeWorking", [Unique(id)], cancellationToken); }
        catch (SoapFaultException e) when (IsUnknown(e)) { return false; }
        catch (SoapFaultException e) when (e.Code == NoTraffic) { } // nobody has come yet
        catch (SoapFaultException e) when (e.Code != 0)
        {
            _checks = false;
            return await TryRenewAsync(firewall, id, cancellationToken);
        }
        return true;
    }

    private static async Task<(bool IsOn, bool MayOpen)> StatusAsync(IgdService firewall, CancellationToken cancellationToken)
    {
        var status = await firewall.CallAsync("GetFirewallStatus", [], cancellationToken);
        return (IsTrue(status.Text("FirewallEnabled")), IsTrue(status.Text("InboundPinholeAllowed")));
    }

    private RouterRefusedException Refused(SoapFaultException fault)
    {
        var code = fault.Code == 0 ? fault.Message : $"UPnP code {fault.Code}";
        return fault.Code switch
        {
            NotAuthorised or InvalidArgs when wish.Local.Port < FirstFreePort => new(IngressProblem.NotAuthorised, $"{wish.TheRouter} opens no IPv6 port below {FirstFreePort} for devices that ask ({code})."),
            NotAuthorised => new(IngressProblem.NotAuthorised, $"{wish.TheRouter} may not open this IPv6 port ({code})."),
            InboundNotAllowed => new(IngressProblem.NotAuthorised, $"{wish.TheRouter} may not open IPv6 ports for devices: its settings forbid it ({code})."),
            Exhausted => new(IngressProblem.RouterFailed, $"{wish.TheRouter} has no room for another IPv6 pinhole ({code})."),
            _ => new(IngressProblem.RouterFailed, $"{wish.TheRouter} does not open the IPv6 port ({code})."),
        };
    }

    /// <summary>Some write true for 1; who does not tell has it on.</summary>
    private static bool IsTrue(string? text) => text is null || !(text == "0" || text.Equals("false", StringComparison.OrdinalIgnoreCase) || text.Equals("no", StringComparison.OrdinalIgnoreCase));

    /// <summary>A number that is nobody's is a bad argument to some, miniupnpd among them.</summary>
    private static bool IsUnknown(SoapFaultException fault) => fault.Code is NoSuchEntry or InvalidArgs;

    private static (string, string) Unique(int id) => ("UniqueID", Number(id));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
