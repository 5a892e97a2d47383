using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gateway.Host.Tests.Dns;
using Microsoft.AspNetCore.Http;

namespace Gateway.Host.Tests.Certificates;

/// <summary>A certificate authority on loopback that does what a test wants: it checks signatures and nonces, and speaks renewal information and profiles, which pebble does not.</summary>
internal sealed class AcmePeer : IAsyncDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;
    private readonly HashSet<string> _nonces = new(StringComparer.Ordinal);
    private readonly WebStandIn _web;
    private readonly TimeProvider _time;
    private string[] _names = [];
    private X509Certificate2? _issued;
    private readonly HashSet<int> _answered = [];
    private JsonElement _account;
    private int _nonce, _proven;

    private AcmePeer(WebStandIn web, TimeProvider time)
    {
        (_web, _time) = (web, time);
        var request = new CertificateRequest("CN=A scripted authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero));
        web.Answer = AnswerAsync;
    }

    /// <summary>Everything signed that it was told: the path, the header, the payload.</summary>
    public List<(string Path, JsonElement Header, JsonElement? Payload)> Told { get; } = [];

    /// <summary>Answers in place of it; true: has answered.</summary>
    public Func<HttpContext, Task<bool>> Instead { get; set; } = _ => Task.FromResult(false);

    /// <summary>What stands in the directory besides.</summary>
    public string Offers { get; set; } = "";

    /// <summary>So many nonces are refused.</summary>
    public int BadNonces { get; set; }

    /// <summary>Its proofs are seen, or not.</summary>
    public bool SeesProofs { get; set; } = true;

    /// <summary>How long its certificates are good.</summary>
    public TimeSpan Life { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Which names its certificates have, of those that were asked for.</summary>
    public Func<string[], string[]> Names { get; set; } = names => names;

    /// <summary>Whose key its certificates have; null: the right one's.</summary>
    public ECDsa? OtherKey { get; set; }

    public string Directory => new Uri(_web.Address, "/dir").AbsoluteUri;

    /// <summary>How often anybody came.</summary>
    public int Requests => _web.Requests.Count;

    public int Asked(string path) => _web.Requests.Count(r => r.Path == path);

    public static async Task<AcmePeer> StartAsync(TimeProvider time) => new(await WebStandIn.StartAsync(), time);

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _root.Dispose();
        _key.Dispose();
    }

    private async Task AnswerAsync(HttpContext context, Asked asked)
    {
        var nonce = $"nonce{Interlocked.Increment(ref _nonce)}";
        lock (_nonces) _nonces.Add(nonce);
        context.Response.Headers["Replay-Nonce"] = nonce;
        context.Response.ContentType = "application/json";
        if (await Instead(context)) return;
        if (asked.Path == "/dir")
        {
            await context.Response.WriteAsync($$"""{"newNonce":"{{Url("nonce")}}","newAccount":"{{Url("account")}}","newOrder":"{{Url("order")}}","revokeCert":"{{Url("revoke")}}"{{Offers}}}""");
            return;
        }
        if (asked.Method != "POST") return;
        var (header, payload, problem) = Verified(asked);
        if (problem.Length > 0)
        {
            await SayAsync(context, 400, problem);
            return;
        }
        lock (Told) Told.Add((asked.Path, header, payload));
        await DoAsync(context, asked.Path, payload);
    }

    private async Task DoAsync(HttpContext context, string path, JsonElement? payload)
    {
        switch (path)
        {
            case "/account":
                (context.Response.StatusCode, context.Response.Headers.Location) = (201, Url("me"));
                await context.Response.WriteAsync("""{"status":"valid"}""");
                break;
            case "/order":
                _names = [.. payload!.Value.GetProperty("identifiers").EnumerateArray().Select(i => i.GetProperty("value").GetString()!)];
                _proven = 0;
                (context.Response.StatusCode, context.Response.Headers.Location) = (201, Url("order/1"));
                await context.Response.WriteAsync(Order("pending"));
                break;
            case "/order/1":
                await context.Response.WriteAsync(Order(_proven == _names.Length ? "ready" : "pending"));
                break;
            case "/finalize":
                Issue(Base64Url.DecodeFromChars(payload!.Value.GetProperty("csr").GetString()));
                await context.Response.WriteAsync(Order("valid"));
                break;
            case "/cert":
                context.Response.ContentType = "application/pem-certificate-chain";
                await context.Response.WriteAsync(_issued!.ExportCertificatePem() + "\n" + _root.ExportCertificatePem() + "\n");
                break;
            case "/revoke": break;
            default:
                var i = int.Parse(path[^1..], System.Globalization.CultureInfo.InvariantCulture);
                if (path.StartsWith("/challenge", StringComparison.Ordinal)) _answered.Add(i);
                await context.Response.WriteAsync(Authorization(i));
                break;
        }
    }

    private string Order(string status)
    {
        if (status == "pending") _answered.Clear();
        return $$"""{"status":"{{status}}","authorizations":[{{string.Join(',', _names.Select((_, i) => $"\"{Url($"authz/{i}")}\""))}}],"finalize":"{{Url("finalize")}}","certificate":"{{Url("cert")}}"}""";
    }

    private string Authorization(int i)
    {
        var status = !_answered.Contains(i) ? "pending" : SeesProofs ? "valid" : "invalid";
        if (status == "valid") _proven = _answered.Count;
        var error = status == "invalid" ? ""","error":{"type":"urn:ietf:params:acme:error:unauthorized","detail":"Incorrect TXT record"}""" : "";
        return $$"""{"status":"{{status}}","identifier":{"type":"dns","value":"{{_names[i].Replace("*.", "", StringComparison.Ordinal)}}"},"challenges":[{"type":"http-01","url":"{{Url($"other/{i}")}}","token":"no"},{"type":"dns-01","url":"{{Url($"challenge/{i}")}}","token":"token-{{i}}"{{error}}},{"type":"tls-alpn-01","url":"{{Url($"challenge/{i}")}}","token":"token-{{i}}"{{error}}}]}""";
    }

    private void Issue(byte[] csr)
    {
        var request = CertificateRequest.LoadSigningRequest(csr, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        var certificate = new CertificateRequest(request.SubjectName, OtherKey is { } other ? new PublicKey(other) : request.PublicKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in Names(_names)) names.AddDnsName(name);
        certificate.CertificateExtensions.Add(names.Build());
        certificate.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        _issued?.Dispose();
        _issued = certificate.Create(_root.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), _time.GetUtcNow(), _time.GetUtcNow() + Life, RandomNumberGenerator.GetBytes(8));
    }

    /// <summary>The signature is right, the nonce new, the address this one.</summary>
    private (JsonElement Header, JsonElement? Payload, string Problem) Verified(Asked asked)
    {
        using var jws = JsonDocument.Parse(asked.Body);
        string Part(string name) => jws.RootElement.GetProperty(name).GetString()!;
        var header = JsonDocument.Parse(Base64Url.DecodeFromChars(Part("protected"))).RootElement;
        if (header.TryGetProperty("jwk", out var jwk)) _account = jwk.Clone();
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Base64Url.DecodeFromChars(_account.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(_account.GetProperty("y").GetString()) } });
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes($"{Part("protected")}.{Part("payload")}"), Base64Url.DecodeFromChars(Part("signature")), HashAlgorithmName.SHA256), "the signature is wrong");
        Assert.Equal(Url(asked.Path[1..]), header.GetProperty("url").GetString());
        Assert.True(header.TryGetProperty("kid", out _) != header.TryGetProperty("jwk", out _), "a key or an account");
        bool isNew;
        lock (_nonces) isNew = _nonces.Remove(header.GetProperty("nonce").GetString()!);
        if (BadNonces > 0) (BadNonces, isNew) = (BadNonces - 1, false);
        if (!isNew) return (header, null, """{"type":"urn:ietf:params:acme:error:badNonce","detail":"no"}""");
        var payload = Base64Url.DecodeFromChars(Part("payload"));
        return (header, payload.Length > 0 ? JsonDocument.Parse(payload).RootElement : null, "");
    }

    public static async Task SayAsync(HttpContext context, int status, string problem)
    {
        (context.Response.StatusCode, context.Response.ContentType) = (status, "application/problem+json");
        await context.Response.WriteAsync(problem);
    }

    private string Url(string path) => new Uri(_web.Address, "/" + path).AbsoluteUri;
}
