using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Host.Tests.Certificates;

/// <summary>A monitor of certificate logs on loopback, over HTTPS, which speaks Cert Spotter's issuances API: everything after an id, so many a page; or whatever a test wants.</summary>
internal sealed class MonitorStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _root;

    private MonitorStandIn(WebApplication app, string root, Uri address) => (_app, _root, Address) = (app, root, address);

    /// <summary>The file of what vouches for it.</summary>
    public string Root => _root;

    public Uri Address { get; }

    /// <summary>The query of each request.</summary>
    public ConcurrentQueue<IQueryCollection> Asked { get; } = new();

    /// <summary>What the logs have, the oldest first: each an object of its documented JSON, with its place in this list as its id.</summary>
    public ConcurrentQueue<string> Issuances { get; } = new();

    public int PageSize { get; set; } = 2;

    /// <summary>Answers in place of it.</summary>
    public Func<HttpContext, Task>? Instead { get; set; }

    public static async Task<MonitorStandIn> StartAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=A monitor", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var certificate = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var root = Path.GetTempFileName();
        await File.WriteAllTextAsync(root, certificate.ExportCertificatePem());

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, o => o.UseHttps(certificate)));
        var app = builder.Build();
        MonitorStandIn? standIn = null;
        app.Run(context => standIn!.AnswerAsync(context));
        await app.StartAsync();
        return standIn = new MonitorStandIn(app, root, new Uri(new Uri(app.Urls.First()), "/v1/issuances"));
    }

    /// <summary>One more certificate.</summary>
    public void Issue(string key, DateTimeOffset from, DateTimeOffset until, params string[] names) => Issuances.Enqueue($$"""
        {"id":"{{Issuances.Count + 1}}","tbs_sha256":"{{new string('0', 64)}}","cert_sha256":"{{new string('1', 64)}}","dns_names":[{{string.Join(',', names.Select(n => $"\"{n}\""))}}],"pubkey_sha256":"{{key}}",
         "issuer":{"friendly_name":"Another CA","name":"C=US, O=Another CA Inc., CN=R3","pubkey_sha256":"{{new string('2', 64)}}"},"not_before":"{{from.UtcDateTime:yyyy-MM-ddTHH:mm:ss}}Z","not_after":"{{until.UtcDateTime:yyyy-MM-ddTHH:mm:ss}}Z","revoked":false}
        """);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        File.Delete(_root);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Asked.Enqueue(context.Request.Query);
        if (Instead is { } instead)
        {
            await instead(context);
            return;
        }
        context.Response.ContentType = "application/json";
        var after = context.Request.Query["after"] is [{ } id] ? int.Parse(id) : 0;
        await context.Response.WriteAsync($"[{string.Join(',', Issuances.Skip(after).Take(PageSize))}]");
    }
}
