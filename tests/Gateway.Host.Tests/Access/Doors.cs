using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Access;

/// <summary>Further listeners of a gateway under test: HTTPS, and the inner end of a tunnel, both on loopback.</summary>
internal sealed class Doors
{
    private static readonly X509Certificate2 Certificate = NewCertificate();

    private readonly List<ListenOptions> _opened = [];

    public void Open(IServiceCollection services) => services.Configure<KestrelServerOptions>(kestrel =>
    {
        kestrel.Listen(IPAddress.Loopback, 0, o => Add(o, ListenerRole.Network, https: true));
        kestrel.Listen(IPAddress.Loopback, 0, o => Add(o, new ListenerRole("ssh.vps"), https: false));
        kestrel.Listen(IPAddress.Loopback, 0, o => Add(o, new ListenerRole("ssh.vps"), https: true));
        kestrel.Listen(IPAddress.Loopback, 0, o => Add(o, new ListenerRole("cloudflared") { IsReadable = true, SaysWhoComes = true }, https: false));
    });

    /// <summary>HTTPS on this machine.</summary>
    public Uri Https => new($"https://127.0.0.1:{_opened[0].IPEndPoint!.Port}");

    /// <summary>Out of a tunnel, in the clear.</summary>
    public Uri Tunnel => new($"http://127.0.0.1:{_opened[1].IPEndPoint!.Port}");

    /// <summary>Out of a tunnel that carries HTTPS through.</summary>
    public Uri HttpsTunnel => new($"https://127.0.0.1:{_opened[2].IPEndPoint!.Port}");

    /// <summary>Out of a tunnel whose provider has read everything.</summary>
    public Uri Readable => new($"http://127.0.0.1:{_opened[3].IPEndPoint!.Port}");

    /// <summary>A browser there that trusts the certificate.</summary>
    public static HttpClient Browser(Uri address, bool cookies = true) => new(new SocketsHttpHandler
    {
        UseCookies = cookies,
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == Certificate.GetCertHashString() },
    }) { BaseAddress = address };

    private void Add(ListenOptions listener, ListenerRole role, bool https)
    {
        listener.MarkOrigin(role);
        if (https) listener.UseHttps(Certificate);
        _opened.Add(listener);
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=gateway.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }
}
