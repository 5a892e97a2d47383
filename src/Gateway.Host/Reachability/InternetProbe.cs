using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Asks whether anything outside answers; gives who did, in words, or null.</summary>
/// <param name="everybody">Whether all are asked, or, gently, only one or two.</param>
/// <param name="cancellationToken">Ends it.</param>
internal delegate Task<string?> AskInternet(bool everybody, CancellationToken cancellationToken);

/// <summary>
/// Something outside that answers anybody: the servers of <c>vantage.control</c>, or when none are named the root name servers (https://root-servers.org: a dozen operators, everywhere,
/// and a question now and then is nothing to them). In doubt also the servers that the gateway needs anyway.
/// </summary>
internal sealed class InternetProbe(SettingsStore settings, TimeProvider time)
{
    private static readonly TimeSpan GentlePatience = TimeSpan.FromSeconds(2), Patience = TimeSpan.FromSeconds(4);

    private static readonly IPAddress[] RootServers = [.. new[]
    {
        "198.41.0.4", "192.33.4.12", "199.7.91.13", "192.5.5.241", "192.36.148.17", "193.0.14.129", "199.7.83.42", "202.12.27.33",
        "2001:503:ba3e::2:30", "2001:500:2f::f", "2001:7fd::1", "2001:500:9f::42",
    }.Select(IPAddress.Parse)];

    private readonly Dictionary<string, IPAddress[]> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public async Task<string?> AskAsync(bool everybody, CancellationToken cancellationToken)
    {
        var current = settings.Current;
        var hasControls = current.List("vantage.control").Count > 0;
        var servers = ReachabilitySettings.Controls(current).Concat(everybody ? SshServer.Of(current).Select(s => new DnsEndPoint(s.Host, s.Port)) : []);
        List<Func<CancellationToken, Task<string>>> questions = [];
        if (everybody || hasControls) questions.AddRange(servers.Take(everybody ? 8 : 1).Select(s => (Func<CancellationToken, Task<string>>)(cancel => ConnectAsync(s, cancel))));
        if (!hasControls) questions.AddRange((everybody ? RootServers : PickTwo()).Select(r => (Func<CancellationToken, Task<string>>)(cancel => QueryAsync(r, cancel))));
        return await FirstAsync(questions, everybody ? Patience : GentlePatience, cancellationToken);
    }

    /// <summary>One of each family: a home may have either alone.</summary>
    private static IPAddress[] PickTwo() => [.. RootServers.GroupBy(r => r.AddressFamily).Select(g => g.ElementAt(RandomNumberGenerator.GetInt32(g.Count())))];

    private async Task<string?> FirstAsync(IReadOnlyList<Func<CancellationToken, Task<string>>> questions, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        var asked = questions.Select(q => q(end.Token)).ToList();
        try
        {
            await foreach (var answer in Task.WhenEach(asked)) if (answer.IsCompletedSuccessfully) return await answer;
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string> ConnectAsync(DnsEndPoint server, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(await AddressesAsync(server.Host, cancellationToken), server.Port, cancellationToken);
        return server.Host;
    }

    /// <summary>What is known of old serves while names cannot be looked up: that is other trouble than no internet.</summary>
    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            var found = await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(GentlePatience, time, cancellationToken);
            lock (_lock) return _known[host] = found;
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            lock (_lock) if (_known.TryGetValue(host, out var known)) return known;
            throw;
        }
    }

    /// <summary>Asks for the root's name servers (RFC 8109); any answer to this question will do.</summary>
    private static async Task<string> QueryAsync(IPAddress server, CancellationToken cancellationToken)
    {
        byte[] question = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, /* the root */ 0, /* NS */ 0, 2, /* IN */ 0, 1]; // RFC 1035 section 4.1
        RandomNumberGenerator.Fill(question.AsSpan(0, 2));
        var answer = new byte[2048];
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(new IPEndPoint(server, 53), cancellationToken);
        await socket.SendAsync(question, cancellationToken);
        while (true)
        {
            var length = await socket.ReceiveAsync(answer, cancellationToken);
            var isAnswer = length >= 12 && answer[0] == question[0] && answer[1] == question[1] && (answer[2] & 0x80) != 0 && BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6)) > 0;
            if (isAnswer) return "the root name server " + server;
        }
    }
}
