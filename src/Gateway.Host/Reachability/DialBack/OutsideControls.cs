using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.DialBack;

/// <summary>Whether this gateway itself reaches anything of a family: asked before it says that somebody else cannot be reached.</summary>
internal sealed class OutsideControls(SettingsStore settings, ResolveName resolve, TimeProvider time)
{
    private static readonly TimeSpan Stands = TimeSpan.FromSeconds(5), Within = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IpFamily, (long At, Task<bool> Answer)> _known = [];

    /// <summary>Asked once for all who want to know at about the same time. Ends within a second.</summary>
    public Task<bool> SeesOthersAsync(IpFamily family, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(family, out var known) || time.GetElapsedTime(known.At) >= Stands) _known[family] = known = (time.GetTimestamp(), TryAsync(family));
            return known.Answer.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> TryAsync(IpFamily family)
    {
        var answers = await Task.WhenAll(ReachabilitySettings.Controls(settings.Current).Select(c => AnswersAsync(c, family)));
        return answers.Contains(true);
    }

    private async Task<bool> AnswersAsync(DnsEndPoint control, IpFamily family)
    {
        using var patience = new CancellationTokenSource(Within, time);
        try
        {
            if (await resolve.AddressesAsync(control.Host, family, patience.Token) is not [var address, ..]) return false;
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(address, control.Port), patience.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException) { return false; }
    }
}
