using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;
using Gateway.Host.Tests.Access;
using Gateway.Host.Tests.Doctor;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Reachability;

/// <summary>
/// A whole gateway with an owner and HTTPS doors on loopback, of which two count as outside. Which facts there are about network and name, the test says itself;
/// 127.0.0.0/8 counts as public.
/// </summary>
internal sealed class HouseWithDoors : IAsyncDisposable
{
    public const string Name = "pycon.example.org";

    private readonly List<ListenOptions> _doors = [];
    private readonly X509Certificate2 _certificate = NewCertificate();

    private HouseWithDoors() { }

    public GatewayUnderTest Gateway { get; private set; } = null!;

    public StatusStore Status => Gateway.Get<StatusStore>();

    /// <summary>Where the outside comes in.</summary>
    public IPEndPoint Front => Bound(0);

    /// <summary>Another door to the outside.</summary>
    public IPEndPoint Back => Bound(1);

    /// <summary>The home network's own.</summary>
    public IPEndPoint Inside => Bound(2);

    public string KeyFingerprint => Fingerprint(_certificate);

    public static async Task<HouseWithDoors> OpenAsync(Dictionary<string, object>? settings = null, Action<IServiceCollection>? configure = null, IPAddress? address = null)
    {
        var house = new HouseWithDoors();
        var all = new Dictionary<string, object>(settings ?? [], StringComparer.Ordinal)
        {
            ["http.hosts"] = new[] { Name }, ["network.treat-as-public"] = new[] { "127.0.0.0/8" }, ["clock.synchronised"] = "file:/proc/self/stat",
        };
        all.TryAdd("vantage.control", new[] { "https://127.0.0.1:9/" });
        house.Gateway = await GatewayUnderTest.StartAsync(services =>
        {
            services.Configure<KestrelServerOptions>(kestrel =>
            {
                foreach (var role in new[] { new ListenerRole("front"), new ListenerRole("back"), ListenerRole.Network }) kestrel.Listen(address ?? IPAddress.Loopback, 0, o =>
                {
                    o.MarkOrigin(role);
                    o.UseHttps(house._certificate);
                    house._doors.Add(o);
                });
            });
            services.KeepStill("Network", "Ingress", "Dns");
            configure?.Invoke(services);
        }, all);
        (await house.Gateway.ClaimAsync()).Dispose();
        house.Status.Update(s => s with { Certificate = new CertificateFacts(house.KeyFingerprint, true, TimeProvider.System.GetUtcNow().AddDays(60)) });
        return house;
    }

    /// <summary>A way in and a name that lead to this endpoint; what comes through arrives at <paramref name="local"/>.</summary>
    public void LeadTo(IPEndPoint outside, IPEndPoint? local = null, string way = "portmap", long epoch = 0) => Status.Update(s => s with
    {
        Leases = [new IngressLease(way, IpFamily.V4, LeaseState.Granted) { Address = outside.Address, Port = outside.Port, Local = local ?? outside, Epoch = epoch }],
        Names = [new NameFacts("name", Name, new NameAddress(IpFamily.V4, outside.Address, outside.Address, true), new NameAddress(IpFamily.V6, null, null, true))],
    });

    /// <summary>What a look at this endpoint would look at.</summary>
    public ProbeTarget Target(IPEndPoint outside, string way = "portmap") => new(way, IpFamily.V4, outside.Address, outside.Port, Name, 0, KeyFingerprint);

    /// <summary>A browser outside that trusts what it meets.</summary>
    public HttpClient Browser(IPEndPoint door)
    {
        var browser = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == _certificate.GetCertHashString() } }) { BaseAddress = new Uri($"https://{door}") };
        browser.DefaultRequestHeaders.Host = Name;
        return browser;
    }

    public Task<GatewayStatus> UntilAsync(Func<GatewayStatus, bool> wanted) => Status.UntilAsync(wanted);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        _certificate.Dispose();
    }

    public static string Fingerprint(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    public static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=" + Name, key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private IPEndPoint Bound(int door) => _doors[door].IPEndPoint!;
}
