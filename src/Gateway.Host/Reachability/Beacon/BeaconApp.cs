using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Host.Reachability.Beacon;

/// <param name="Listen">Where it serves: <c>https://ADDRESS:PORT</c>, checked already.</param>
/// <param name="Certificate">The leaf, with its private key.</param>
/// <param name="Chain">What stands between it and its root.</param>
/// <param name="TreatAsPublic">Networks that it dials although they are not of the public internet: for labs.</param>
internal sealed record BeaconOptions(IReadOnlyList<Uri> Listen, X509Certificate2 Certificate, X509Certificate2Collection Chain, IReadOnlyList<IPNetwork> TreatAsPublic);

/// <summary>
/// A dial-back service for others, on a host with a public address: <c>POST /look</c> dials the address that asks, and no other, so that whoever asks can only have
/// himself looked at. It knows nobody, remembers nothing and logs no addresses.
/// </summary>
internal static class BeaconApp
{
    /// <summary>Puts it together; <paramref name="configure"/> lets tests put in what differs there.</summary>
    public static WebApplication Build(BeaconOptions options, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ArrivalPace>();
        services.AddSingleton<ConnectionQuota>();
        services.AddSingleton(new AddressScopes(options.TreatAsPublic));
        services.AddSingleton(OwnNetworks.OfInterfaces());
        services.AddSingleton(DialPorts.Agreed);
        services.AddSingleton<Dialler>();
        services.AddJson(HostJson.Default);
        services.AddJson(BeaconJson.Default);
        services.AddProblems();
        configure?.Invoke(services);

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapGet("/healthz", () => "ok");
        app.MapPost("/look", LookAsync);
        return app;
    }

    private static async Task<IResult> LookAsync(BeaconRequest request, HttpContext context, Dialler dialler, DialPorts ports)
    {
        if (DialRequest.Refuse(request.Name, request.Port, request.Key, request.Nonce, ports) is var (field, words)) return Problems.Of(400, words, field);
        if (context.Origin().Address is not { } asking) return Problems.Of(400, "Who asks has no address.");
        var report = await dialler.DialAsync(asking, new DialRequest(request.Name!, request.Port!.Value, request.Key!, request.Nonce!),
            _ => Task.FromResult(true), context.RequestAborted); // whoever asks has just been heard over the same internet
        return TypedResults.Json(new BeaconReply(report.OutcomeWord, report.Step, report.Words, report.Answer, asking.ToString()), BeaconJson.Default.BeaconReply);
    }

    private static void Listen(KestrelServerOptions kestrel, BeaconOptions options)
    {
        kestrel.AddServerHeader = false;
        ServerLimits.Apply(kestrel.Limits);
        kestrel.Limits.MaxConcurrentConnections = 1024;
        kestrel.Limits.MaxRequestBodySize = 2 * 1024;
        var tls = new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(options.Certificate, options.Chain, offline: true) };
        foreach (var uri in options.Listen) Listeners.Listen(kestrel, uri.Host, uri.Port, Door);

        void Door(ListenOptions listener)
        {
            listener.MarkOrigin(ListenerRole.Network);
            listener.ApplicationServices.GetRequiredService<ArrivalPace>().Guard(listener);
            listener.ApplicationServices.GetRequiredService<ConnectionQuota>().Guard(listener);
            listener.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls), HandshakeTimeout = TimeSpan.FromSeconds(10) });
        }
    }
}
