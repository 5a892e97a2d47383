using Gateway.Host.Certificates.Acme;
using Gateway.Host.Certificates.Transparency;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Host.Certificates;

/// <summary>What HTTPS is served with: the gateway's own certificate from the first start on, and those that an authority issues for its names.</summary>
internal static class CertificatesFeature
{
    public static void AddCertificates(this IServiceCollection services)
    {
        services.AddSingleton<ServerCertificate>();
        services.AddSingleton<SecondPort>();
        services.AddSingleton<SelfSigned>();
        services.AddSingleton<CertificateStore>();
        services.AddSingleton<FailureStore>();
        services.AddSingleton<CertificateShelf>();
        services.AddSingleton<RedirectOutside>();
        services.AddSingleton<AlpnChallenge>();
        services.AddSingleton<Authority>();
        services.AddHostedService<CertificateKeeper>();
        services.AddTransparency();
    }

    /// <summary>Which certificate a connection is answered with.</summary>
    public static void UseGatewayCertificate(this ListenOptions listener, TimeSpan handshakeWithin)
    {
        var services = listener.ApplicationServices;
        var (alpn, served) = (services.GetRequiredService<AlpnChallenge>(), services.GetRequiredService<ServerCertificate>());
        alpn.Watch(listener);
        listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = hello => ValueTask.FromResult(alpn.For(hello.Connection) ?? served.For(hello.ClientHelloInfo.ServerName)),
            HandshakeTimeout = handshakeWithin,
        });
    }

    /// <summary>Browsers come by HTTPS alone from now on, once that is sure to last.</summary>
    public static void UseStrictTransport(this WebApplication app) => app.UseMiddleware<StrictTransport>();

    /// <summary>There is a certificate before the first handshake; a gateway without HTTPS has none.</summary>
    public static void UseCertificates(this WebApplication app)
    {
        if (!Listeners.ServesHttps(app.Services.GetRequiredService<SettingsStore>().Current)) return;
        app.Services.GetRequiredService<SelfSigned>().Serve();
        app.Services.GetRequiredService<CertificateShelf>().Load();
    }
}
