using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping.Upnp;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Where routers listen.</summary>
/// <param name="Pcp">PCP and NAT-PMP, RFC 6887 section 19.1.</param>
/// <param name="Announcements">Where clients hear the router's announcements, the same.</param>
/// <param name="Ssdp">UPnP Device Architecture 1.1 section 1.</param>
internal sealed record RouterPorts(int Pcp = 5351, int Announcements = 5350, int Ssdp = 1900);

/// <summary>Opens one port at the router for one local endpoint and keeps it open until cancelled, then closes it.</summary>
/// <param name="scopes">Tells whether the router's outside address is of any use.</param>
/// <param name="status">How looks from outside fared.</param>
/// <param name="memory">What stands at routers in our name.</param>
/// <param name="time">When to check and to renew.</param>
/// <param name="logger">Hears what went wrong with asking.</param>
/// <param name="ports">Others in tests.</param>
/// <param name="next">Tells who stands behind the router; nobody is asked without it.</param>
/// <param name="patience">How long to wait for answers: by another clock in tests, where the network is real and the schedule is not.</param>
internal sealed class PortMapper(AddressScopes scopes, StatusStore status, MappingMemory memory, TimeProvider time, ILogger<PortMapper> logger, RouterPorts? ports = null, FindNextRouter? next = null, TimeProvider? patience = null)
{
    private readonly RouterPorts _ports = ports ?? new RouterPorts();
    private readonly TimeProvider _patience = patience ?? time;
    private readonly FindNextRouter _next = next ?? ((_, _) => Task.FromResult<IPAddress?>(null));
    private long _epoch;

    /// <summary>
    /// Reports whenever something has changed, the first time at once. Returns when cancelled, within two seconds, after the
    /// mapping has been given back. Never throws for what a router does.
    /// </summary>
    public async Task KeepAsync(MappingWish wish, Action<MappingResult> report, CancellationToken cancellationToken)
    {
        if (wish.Router.Gateway is not { } gateway) throw new ArgumentException("There is no router to ask.", nameof(wish));
        await using var announcements = new Announcements(wish, _ports.Announcements, time, logger);
        await new MappingKeeper(wish, Protocols(wish, gateway), announcements, memory, scopes, status, _next, () => Interlocked.Increment(ref _epoch), report, time, _patience, logger).RunAsync(cancellationToken);
    }

    /// <summary>The ways to ask, the best first.</summary>
    private IReadOnlyList<IMappingProtocol> Protocols(MappingWish wish, IPAddress gateway)
    {
        var exchange = new RouterExchange(wish.Local.Address, new IPEndPoint(gateway, _ports.Pcp), _patience);
        var nonce = memory.Nonce(wish);
        var discovery = new IgdDiscovery(wish, _ports.Ssdp, _patience);
        if (wish.Family == IpFamily.V6) return [new PcpProtocol(wish, nonce, exchange, natPmp: null), new PinholeProtocol(wish, discovery)];
        var natPmp = new NatPmpProtocol(wish, exchange);
        return [new PcpProtocol(wish, nonce, exchange, natPmp), natPmp, new IgdProtocol(wish, discovery, memory, scopes)];
    }
}
