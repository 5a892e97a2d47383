using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Maps by PCP (RFC 6887); over IPv6 that is a pinhole in the router's firewall.</summary>
/// <param name="wish">What is wanted.</param>
/// <param name="nonce">Kept for the mapping's life: who does not know it may neither renew nor end it.</param>
/// <param name="exchange">Asks the router.</param>
/// <param name="natPmp">Tells the outside address, which PCP tells only with a mapping; null over IPv6.</param>
internal sealed class PcpProtocol(MappingWish wish, byte[] nonce, RouterExchange exchange, NatPmpProtocol? natPmp) : IMappingProtocol
{
    public string Method => "PCP";

    public async Task<Grant> MapAsync(Grant? held, CancellationToken cancellationToken)
    {
        try { return await AskAsync(held, cancellationToken); }
        // Some take the old mapping for somebody else's; it is given back first.
        catch (RouterRefusedException e) when (held is not null && e.Problem is IngressProblem.RouterFailed or IngressProblem.PortTaken)
        {
            await UnmapAsync(held, cancellationToken);
            return await AskAsync(held, cancellationToken);
        }
    }

    public async Task<RouterFacts> CheckAsync(Grant held, CancellationToken cancellationToken)
    {
        // Not every router answers both; one answer is a sign of life.
        var announcing = exchange.AskAsync(Pcp.AnnounceRequest(wish.Local.Address), m => Pcp.ReadAnnounce(m), cancellationToken);
        var telling = natPmp?.AddressOrNullAsync(cancellationToken) ?? Task.FromException<IPAddress?>(new RouterSilentException("It was not asked."));
        await Task.WhenAll(announcing, telling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!telling.IsCompletedSuccessfully) await announcing;
        var epoch = announcing.IsCompletedSuccessfully && announcing.Result.Result != PcpResult.UnsupportedVersion ? announcing.Result.Epoch : (uint?)null;
        return new RouterFacts(null, telling.IsCompletedSuccessfully ? telling.Result : null, epoch);
    }

    public async Task UnmapAsync(Grant held, CancellationToken cancellationToken)
    {
        // RFC 6887 section 15: the suggested port and address of a deletion are ignored and should be zero.
        var answer = await AskAsync(new IPEndPoint(AnyAddress, 0), TimeSpan.Zero, cancellationToken);
        // miniupnpd 2.3.1 no longer knows whose a pinhole is once it has been renewed: it lets nobody end it, and anybody shorten it.
        if (answer.Result == PcpResult.NotAuthorised) answer = await AskAsync(held.External, TimeSpan.FromSeconds(1), cancellationToken);
        if (answer.Result != PcpResult.Success) throw Refused(answer.Result);
    }

    private IPAddress AnyAddress => wish.Family == IpFamily.V4 ? IPAddress.Any : IPAddress.IPv6Any;

    private async Task<Grant> AskAsync(Grant? held, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(held?.External ?? new IPEndPoint(AnyAddress, wish.ExternalPort), MappingTimes.Lease, cancellationToken);
        if (answer.Result != PcpResult.Success) throw Refused(answer.Result);
        if (answer.External is not { Port: > 0 } external || external.Address.Family() != wish.Family || answer.Lifetime == TimeSpan.Zero)
            throw new RouterRefusedException(IngressProblem.RouterFailed, $"{wish.TheRouter} says yes by PCP to something that nobody can use.");
        return new Grant(external, answer.Lifetime, answer.Epoch);
    }

    private Task<PcpAnswer> AskAsync(IPEndPoint suggested, TimeSpan lifetime, CancellationToken cancellationToken) =>
        exchange.AskAsync(Pcp.MapRequest(nonce, wish.Local, suggested, lifetime), m => Pcp.ReadMap(m, nonce, wish.Local.Port), cancellationToken);

    private Exception Refused(PcpResult result)
    {
        RouterRefusedException Says(IngressProblem problem, string words) => new(problem, $"{wish.TheRouter} {words} (PCP code {(int)result}).");
        return result switch
        {
            PcpResult.UnsupportedVersion or PcpResult.UnsupportedOpcode or PcpResult.UnsupportedProtocol => new RouterSilentException($"{wish.TheRouter} does not speak PCP."),
            PcpResult.NotAuthorised => Says(IngressProblem.NotAuthorised, "may not open this port: its settings forbid it"),
            PcpResult.NetworkFailure => Says(IngressProblem.NoOutsideAddress, OutsideAddress.None),
            PcpResult.CannotProvideExternal => Says(IngressProblem.PortTaken, "has given the port to somebody else"),
            PcpResult.AddressMismatch => Says(IngressProblem.DoubleNat, "sees this machine under another address: there is one more router between them"),
            PcpResult.NoResources or PcpResult.UserExceededQuota => Says(IngressProblem.RouterFailed, "has no room for another open port"),
            _ => Says(IngressProblem.RouterFailed, "does not open the port"),
        };
    }
}
