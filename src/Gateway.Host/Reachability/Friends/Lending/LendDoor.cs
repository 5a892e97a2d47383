using System.IO.Pipelines;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <summary>
/// Tells whose visitor comes, before TLS: who asks for a friend's name is brought there, everybody else goes on to this gateway's own TLS, with every byte as it came.
/// Where nothing is lent, nothing is looked at. Only what comes straight from the network is brought on: nobody goes through two gateways, and nobody in circles.
/// </summary>
internal sealed class LendDoor(Lendings lendings, TimeProvider time)
{
    /// <summary>As long as a TLS handshake may take.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    /// <summary>Comes last before TLS.</summary>
    public void Guard(ListenOptions listener) => listener.Use(next => connection => ServeAsync(connection, next));

    /// <summary>Brings a connection to the friend that it asks for, or hands it on.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        LentWay? way = null;
        if (lendings.All.Count > 0 && connection.Features.Get<ClientOrigin>()?.Kind != OriginKind.OutsideTunnel)
        {
            try
            {
                using var patience = new CancellationTokenSource(Within, time);
                if (await PeekAsync(connection.Transport.Input, patience.Token) is { } name) way = lendings.Asked(name);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                connection.Abort(new ConnectionAbortedException("Nobody was asked for in time."));
                return;
            }
        }
        await (way?.BringAsync(connection) ?? next(connection));
    }

    /// <summary>Whom the client asks for; null for nobody by name. What it sent is all still there.</summary>
    private static async Task<string?> PeekAsync(PipeReader input, CancellationToken cancellationToken)
    {
        for (var (seen, needed) = (0L, 0); ;)
        {
            var read = await input.ReadAsync(cancellationToken);
            var length = read.Buffer.Length;
            var reading = length < needed ? new HelloReading(HelloState.Unfinished, "", needed) : ClientHello.Read(read.Buffer);
            if (reading.State == HelloState.Unfinished && !read.IsCompleted)
            {
                (seen, needed) = (length, reading.Needed);
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            // Not all of it has been seen, says this: who reads next gets it at once. What was said to be seen cannot be taken back.
            input.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(seen));
            return reading.State == HelloState.Named ? reading.Name : null;
        }
    }
}
