using System.Net;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Knocks at doors of this home through a server of the owner's, when somebody asks: in a session of its own, so that looks go on undisturbed.</summary>
internal sealed class SshKnock(SettingsStore settings, TimeProvider time)
{
    /// <summary>A door that says nothing for so long is called closed; whoever drops packets does not tell.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>A question that every web server answers, a TLS server too: with an alert, or by hanging up.</summary>
    private static readonly ReadOnlyMemory<byte> Question = Encoding.ASCII.GetBytes("HEAD / HTTP/1.0\r\n\r\n");

    /// <summary>See <see cref="KnockFromOutside"/>.</summary>
    public async Task<IReadOnlyList<DoorSeen>> KnockAsync(IReadOnlyList<IPEndPoint> doors, CancellationToken cancellationToken)
    {
        var current = settings.Current;
        if (current.Boolean("vantage.ssh") != true || SshServer.Of(current) is not [var server, ..]) return [];
        var seen = new List<DoorSeen>();
        try
        {
            await using var session = await SshSession.OpenAsync(server, time, cancellationToken);
            foreach (var door in doors) seen.Add(await KnockAsync(session, server, door, cancellationToken)); // one after the other: ssh does not say whose reason it tells
        }
        catch (SshException e)
        {
            seen.AddRange(doors.Skip(seen.Count).Select(d => new DoorSeen(server.Host, d, null, e.Message)));
        }
        return seen;
    }

    private async Task<DoorSeen> KnockAsync(SshSession session, SshServer server, IPEndPoint door, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await using var stream = await session.DialAsync(door.Address.ToString(), door.Port, either.Token);
            var answered = 0;
            try
            {
                await stream.WriteAsync(Question, either.Token);
                answered = await stream.ReadAsync(new byte[1], either.Token);
            }
            catch (IOException) { } // its end
            if (answered > 0) return new DoorSeen(server.Host, door, true, "open");
            return await session.WhyAsync(server, cancellationToken) switch
            {
                null => new DoorSeen(server.Host, door, true, "open"),
                { End: LookEnd.Blind } blind => new DoorSeen(server.Host, door, null, blind.Message),
                var reason => new DoorSeen(server.Host, door, false, reason.Message),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return new DoorSeen(server.Host, door, false, "nothing answers"); }
    }
}
