using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Maps by NAT-PMP (RFC 6886).</summary>
internal sealed class NatPmpProtocol(MappingWish wish, RouterExchange exchange) : IMappingProtocol
{
    public string Method => "NAT-PMP";

    public async Task<Grant> MapAsync(Grant? held, CancellationToken cancellationToken)
    {
        var outside = await AskAddressAsync(cancellationToken);
        if (outside.Result != NatPmpResult.Success) throw Refused(outside.Result);
        var request = NatPmp.MapRequest(wish.Local.Port, held?.External.Port ?? wish.ExternalPort, MappingTimes.Lease);
        var answer = await exchange.AskAsync(request, m => NatPmp.ReadMap(m, wish.Local.Port), cancellationToken);
        if (answer.Result != NatPmpResult.Success) throw Refused(answer.Result);
        if (answer.ExternalPort == 0 || answer.Lifetime == TimeSpan.Zero)
            throw new RouterRefusedException(IngressProblem.RouterFailed, $"{wish.TheRouter} says yes by NAT-PMP to something that nobody can use.");
        return new Grant(new IPEndPoint(outside.Address!, answer.ExternalPort), answer.Lifetime, answer.Epoch);
    }

    public async Task<RouterFacts> CheckAsync(Grant held, CancellationToken cancellationToken)
    {
        var answer = await AskAddressAsync(cancellationToken);
        return new RouterFacts(null, Of(answer), answer.Result == NatPmpResult.Success ? answer.Epoch : null);
    }

    public async Task UnmapAsync(Grant held, CancellationToken cancellationToken)
    {
        var answer = await exchange.AskAsync(NatPmp.MapRequest(wish.Local.Port, 0, TimeSpan.Zero), m => NatPmp.ReadMap(m, wish.Local.Port), cancellationToken);
        if (answer.Result != NatPmpResult.Success) throw Refused(answer.Result);
    }

    /// <summary>The outside address; null when the router answers and does not tell, unspecified when it has none. Throws <see cref="RouterSilentException"/>.</summary>
    public async Task<IPAddress?> AddressOrNullAsync(CancellationToken cancellationToken) => Of(await AskAddressAsync(cancellationToken));

    private static IPAddress? Of(NatPmpAnswer answer) => answer.Result == NatPmpResult.NetworkFailure ? IPAddress.Any : answer.Address;

    private Task<NatPmpAnswer> AskAddressAsync(CancellationToken cancellationToken) =>
        exchange.AskAsync(NatPmp.AddressRequest(), m => NatPmp.ReadAddress(m), cancellationToken);

    private Exception Refused(NatPmpResult result)
    {
        RouterRefusedException Says(IngressProblem problem, string words) => new(problem, $"{wish.TheRouter} {words} (NAT-PMP code {(int)result}).");
        return result switch
        {
            NatPmpResult.UnsupportedVersion or NatPmpResult.UnsupportedOpcode => new RouterSilentException($"{wish.TheRouter} does not speak NAT-PMP."),
            NatPmpResult.NotAuthorised => Says(IngressProblem.NotAuthorised, "may not open this port: its settings forbid it"),
            NatPmpResult.NetworkFailure => Says(IngressProblem.NoOutsideAddress, OutsideAddress.None),
            NatPmpResult.NoResources => Says(IngressProblem.RouterFailed, "has no room for another open port"),
            _ => Says(IngressProblem.RouterFailed, "does not open the port"),
        };
    }
}
