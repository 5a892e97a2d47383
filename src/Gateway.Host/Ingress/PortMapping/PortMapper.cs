using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Where routers listen.</summary>
/// <param name="Pcp">PCP and NAT-PMP, RFC 6887 section 19.1.</param>
/// <param name="Announcements">Where clients hear the router's announcements, the same.</param>
/// <param name="Ssdp">UPnP Device Architecture 1.1 section 1.</param>
internal sealed record RouterPorts(int Pcp = 5351, int Announcements = 5350, int Ssdp = 1900);

/// <summary>Opens one port at the router for one local endpoint and keeps it open until cancelled, then closes it.</summary>
internal sealed class PortMapper(AddressScopes scopes, MappingMemory memory, TimeProvider time, ILogger<PortMapper> logger, RouterPorts? ports = null)
{
    private readonly RouterPorts _ports = ports ?? new RouterPorts();
    private long _epoch;

    /// <summary>
    /// Reports whenever something has changed, the first time at once. Returns when cancelled, within two seconds, after the
    /// mapping has been given back. Never throws for what a router does.
    /// </summary>
    public async Task KeepAsync(MappingWish wish, Action<MappingResult> report, CancellationToken cancellationToken)
    {
        if (wish.Router.Gateway is not { } gateway) throw new ArgumentException("There is no router to ask.", nameof(wish));
        await using var announcements = new Announcements(wish, _ports.Announcements, time, logger);
        await new MappingKeeper(wish, Protocols(wish, gateway), announcements, memory, scopes, () => Interlocked.Increment(ref _epoch), report, time, logger).RunAsync(cancellationToken);
    }

    /// <summary>The ways to ask, the best first.</summary>
    private IReadOnlyList<IMappingProtocol> Protocols(MappingWish wish, IPAddress gateway)
    {
        var exchange = new RouterExchange(wish.Local.Address, new IPEndPoint(gateway, _ports.Pcp), time);
        var nonce = memory.Nonce(wish);
        if (wish.Family == IpFamily.V6) return [new PcpProtocol(wish, nonce, exchange, natPmp: null)];
        var natPmp = new NatPmpProtocol(wish, exchange);
        return [new PcpProtocol(wish, nonce, exchange, natPmp), natPmp];
    }
}
