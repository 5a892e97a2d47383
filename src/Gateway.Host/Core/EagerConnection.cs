using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Core;

/// <summary>
/// Connects to a host over whichever of its addresses answers first, each getting a head start before the next (RFC 8305): where one family is broken, the other
/// holds, and nobody waits for minutes.
/// </summary>
internal static class EagerConnection
{
    /// <summary>RFC 8305 section 8: Connection Attempt Delay.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    private const int MostAddresses = 6;

    /// <summary>Throws <see cref="SocketException"/>: what the name's resolution or the last attempt ended with.</summary>
    /// <param name="host">Host and port.</param>
    /// <param name="only">Over this family alone; null for both.</param>
    /// <param name="time">Of the head start.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    public static async Task<Stream> OpenAsync(DnsEndPoint host, IpFamily? only, TimeProvider time, CancellationToken cancellationToken)
    {
        var found = await System.Net.Dns.GetHostAddressesAsync(host.Host, cancellationToken);
        var addresses = Alternating([.. found.Where(a => only is null || a.Family() == only)]);
        if (addresses.Count == 0) throw new SocketException((int)SocketError.HostUnreachable);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Socket>>();
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (attempts.Count < addresses.Count) attempts.Add(AttemptAsync(new IPEndPoint(addresses[attempts.Count], host.Port), end.Token));
                var wait = attempts.Where(a => !a.IsCompleted).Cast<Task>().ToList();
                if (wait.Count == 0 && attempts.Count == addresses.Count && attempts.TrueForAll(a => a.IsFaulted)) await attempts[^1];
                if (wait.Count > 0 && attempts.Count < addresses.Count) wait.Add(Task.Delay(HeadStart, time, end.Token));
                if (wait.Count > 0) await Task.WhenAny(wait);
                if (attempts.Find(a => a.IsCompletedSuccessfully) is not { } won) continue;
                attempts.Remove(won);
                return new NetworkStream(await won, ownsSocket: true);
            }
        }
        finally
        {
            await end.CancelAsync();
            foreach (var late in attempts) _ = CloseAsync(late);
        }
    }

    /// <summary>One of each family in turn, as the system orders them (RFC 8305 section 4).</summary>
    private static List<IPAddress> Alternating(IReadOnlyList<IPAddress> addresses)
    {
        if (addresses.Count == 0) return [];
        var first = addresses.Where(a => a.Family() == addresses[0].Family()).ToArray();
        var second = addresses.Where(a => a.Family() != addresses[0].Family()).ToArray();
        return [.. Enumerable.Range(0, addresses.Count).SelectMany(i => first.Skip(i).Take(1).Concat(second.Skip(i).Take(1))).Take(MostAddresses)];
    }

    private static async Task<Socket> AttemptAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task CloseAsync(Task<Socket> late)
    {
        try { (await late).Dispose(); }
        catch (Exception e) when (e is SocketException or OperationCanceledException) { } // it lost, or was told to stop
    }
}
