using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>What HTTPS is served with. A certificate of an authority will take the place of the self-signed one in <see cref="ServerCertificate"/>.</summary>
internal static class CertificatesFeature
{
    public static void AddCertificates(this IServiceCollection services)
    {
        services.AddSingleton<ServerCertificate>();
        services.AddSingleton<SecondPort>();
        services.AddSingleton<SelfSigned>();
    }

    /// <summary>There is a certificate before the first handshake; a gateway without HTTPS has none.</summary>
    public static void UseCertificates(this WebApplication app)
    {
        if (Listeners.ServesHttps(app.Services.GetRequiredService<SettingsStore>().Current)) app.Services.GetRequiredService<SelfSigned>().Serve();
    }
}
