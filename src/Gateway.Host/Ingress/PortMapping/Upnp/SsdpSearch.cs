using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>Searches for the router's description by SSDP (UPnP Device Architecture 1.1, section 1.3), asking it alone and everybody: some answer only the one, some only the other.</summary>
internal sealed class SsdpSearch(MappingWish wish, int port, TimeProvider time)
{
    private const int MostAnswers = 256, MostLocations = 8, LargestAnswer = 2048;
    private static readonly TimeSpan[] Waits = [TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.5)];
    private static readonly string[] Targets = ["urn:schemas-upnp-org:device:InternetGatewayDevice:1", "urn:schemas-upnp-org:device:InternetGatewayDevice:2", "ssdp:all"];

    /// <summary>Who posed as a router and is not ours; null when nobody did.</summary>
    public string? Stranger { get; private set; }

    /// <summary>Every place on the router that an answer names, as they come, for at most two seconds. Throws <see cref="RouterSilentException"/> when the network cannot be asked.</summary>
    public async IAsyncEnumerable<Uri> FindAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Stranger = null;
        using var socket = Open();
        var (heard, found) = (0, new HashSet<Uri>());
        foreach (var wait in Waits)
        {
            await SearchAsync(socket, cancellationToken);
            using var patience = new CancellationTokenSource(wait, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            for (; heard < MostAnswers && found.Count < MostLocations; heard++)
            {
                if (await ReceiveAsync(socket, either.Token) is not var (answer, from)) break;
                if (Read(answer, from) is { } location && found.Add(location)) yield return location;
            }
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The place an answer names; null when it is not the router's or not on the router.</summary>
    private Uri? Read(string answer, IPAddress from)
    {
        var location = Header(answer, "LOCATION");
        if (location is null) return null;
        var url = SameHost(from, wish.Router.Gateway!) ? RouterUrl.Read(location, null, wish.Router.Gateway!) : null;
        // Televisions and the like answer "ssdp:all" as they should.
        if (url is null && (Header(answer, "ST") ?? "").Contains("InternetGatewayDevice", StringComparison.OrdinalIgnoreCase)) Stranger = from.ToString();
        return url;
    }

    private Socket Open()
    {
        var gateway = wish.Router.Gateway!;
        var socket = new Socket(gateway.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (wish.Family == IpFamily.V4)
            {
                socket.Bind(new IPEndPoint(wish.Local.Address, 0));
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 2); // section 1.3.2
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, wish.Local.Address.GetAddressBytes());
            }
            else
            {
                // Left to the kernel, the source is link-local, and so is the address from which the router answers: the one we know it by.
                socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
                if (gateway.ScopeId != 0) socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, (int)gateway.ScopeId);
            }
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new RouterSilentException($"The network cannot be searched: {e.Message}.");
        }
    }

    private async Task SearchAsync(Socket socket, CancellationToken cancellationToken)
    {
        var everybody = wish.Family == IpFamily.V4 ? IPAddress.Parse("239.255.255.250") : IPAddress.Parse("ff02::c");
        foreach (var target in Targets)
        {
            var host = wish.Family == IpFamily.V4 ? everybody.ToString() : "[FF02::C]";
            var message = Encoding.ASCII.GetBytes($"M-SEARCH * HTTP/1.1\r\nHOST: {host}:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: {target}\r\n\r\n");
            foreach (var to in new[] { wish.Router.Gateway!, everybody })
            {
                try { await socket.SendToAsync(message, SocketFlags.None, new IPEndPoint(to, port), cancellationToken); }
                catch (SocketException) { } // the other of the two may be heard
            }
        }
    }

    private static async Task<(string Answer, IPAddress From)?> ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestAnswer];
        var anybody = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, anybody, cancellationToken);
            return (Encoding.Latin1.GetString(buffer, 0, received.ReceivedBytes), ((IPEndPoint)received.RemoteEndPoint).Address);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException) { return null; }
    }

    private static string? Header(string answer, string name) => answer.Split('\n')
        .Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2 && parts[0].Trim().Equals(name, StringComparison.OrdinalIgnoreCase)).Select(parts => parts[1].Trim()).FirstOrDefault();

    private static bool SameHost(IPAddress a, IPAddress b) => a.GetAddressBytes().AsSpan().SequenceEqual(b.GetAddressBytes());
}
