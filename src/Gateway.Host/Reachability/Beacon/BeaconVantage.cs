using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;

namespace Gateway.Host.Reachability.Beacon;

/// <summary>Asks a dial-back service to look at the address that it is asked from, which has to be the one that is looked at. A beacon that answers over an internet is not blind there.</summary>
internal sealed class BeaconVantage(BeaconAddress beacon, Look look, StatusStore status, ResolveName resolve, TimeProvider time) : IVantage
{
    public string Name => "Beacon " + beacon.Host; // no host of an SSH vantage has a space in it

    public VantageKind Kind => VantageKind.Beacon;

    public Task<Observation> LookAsync(ProbeTarget target, CancellationToken cancellationToken) =>
        look.TakeByPeerAsync(this, target, (nonce, cancel) => AskAsync(target, nonce, cancel), cancellationToken);

    private async Task<string> AskAsync(ProbeTarget target, string nonce, CancellationToken cancellationToken)
    {
        // A host has many IPv6 addresses, and the beacon looks at the one that it sees.
        var peer = new Peer(beacon.Host, beacon.Port, beacon.Key) { Families = [target.Family], From = target.Family == IpFamily.V6 ? target.Address : null };
        using var client = new PeerClient(peer, resolve, time);
        var reply = await client.PostAsync("/look", new BeaconRequest(target.Name, target.Port, target.Key, nonce), BeaconJson.Default.BeaconRequest, BeaconJson.Default.BeaconReply, cancellationToken);
        if (!IPAddress.TryParse(reply.Seen, out var seen) || seen.Family() != target.Family || DialReport.Read(reply.Outcome, reply.Step, reply.Answer) is not { } report) throw new PeerException("it answers nonsense");
        status.Saw(new SeenAddress(target.Family, seen, Name, time.GetUtcNow(), time.GetTimestamp()));
        if (!seen.Equals(target.Address)) throw new LookException("tcp", $"it sees this gateway as {seen} and looks at nothing else", LookEnd.Blind);
        return report.AnswerOrThrow();
    }
}
