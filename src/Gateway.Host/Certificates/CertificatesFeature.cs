using Gateway.Host.Certificates.Acme;
using Gateway.Host.Core;

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
        services.AddSingleton<Authority>();
        services.AddHostedService<CertificateKeeper>();
    }

    /// <summary>There is a certificate before the first handshake; a gateway without HTTPS has none.</summary>
    public static void UseCertificates(this WebApplication app)
    {
        if (!Listeners.ServesHttps(app.Services.GetRequiredService<SettingsStore>().Current)) return;
        app.Services.GetRequiredService<SelfSigned>().Serve();
        app.Services.GetRequiredService<CertificateShelf>().Load();
    }
}
