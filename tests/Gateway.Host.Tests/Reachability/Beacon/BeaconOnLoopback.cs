using System.Net;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Gateway.Host.Reachability.Beacon;
using Gateway.Host.Reachability.DialBack;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Reachability.Beacon;

/// <summary>A beacon in this process, for which loopback is the public internet, and which looks at the ports of one house.</summary>
internal sealed class BeaconOnLoopback : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate = HouseWithDoors.NewCertificate();
    private WebApplication _app = null!;

    public static async Task<BeaconOnLoopback> StartAsync(params IReadOnlyList<int> ports)
    {
        var beacon = new BeaconOnLoopback();
        beacon._app = BeaconApp.Build(new BeaconOptions([new Uri("https://127.0.0.1:0")], beacon._certificate, [], [IPNetwork.Parse("127.0.0.0/8")]), services =>
        {
            services.AddSingleton(new OwnNetworks(() => []));
            services.AddSingleton(new DialPorts(ports));
        });
        await beacon._app.StartAsync();
        return beacon;
    }

    public Uri Url => new(_app.Urls.Single().Replace("http:", "https:", StringComparison.Ordinal));

    public BeaconAddress Address => new("127.0.0.1", Url.Port, HouseWithDoors.Fingerprint(_certificate));

    /// <summary>As <c>gateway beacon</c> prints it.</summary>
    public string Setting => $"https://127.0.0.1:{Url.Port}/#sha256={Address.Key}";

    /// <summary>Somebody who asks it from this address.</summary>
    public HttpClient From(string address) => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == _certificate.GetCertHashString() },
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address).MapToIPv6(), 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        },
    }) { BaseAddress = Url };

    public BeaconVantage VantageOf(HouseWithDoors house, BeaconAddress? address = null) =>
        new(address ?? Address, house.Gateway.Get<Look>(), house.Status, NameResolution.BySystemAsync, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _certificate.Dispose();
    }
}
