using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Host.Certificates;
using Gateway.Host.Certificates.Acme;
using Gateway.Host.Core;
using Gateway.Host.Tests.Access;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Certificates;

/// <summary>A gateway whose name has a certificate that an authority issued: how it is served, and what that allows.</summary>
public sealed class TrustedTests : IAsyncLifetime
{
    private const string Name = "pycon.duckdns.org";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly List<ListenOptions> _front = [];
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync(services => services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0, o =>
        {
            o.MarkOrigin(new ListenerRole("front")); // all that comes here is from outside
            o.ApplicationServices.GetRequiredService<RedirectOutside>().Guard(o);
            _front.Add(o);
        })), new(StringComparer.Ordinal) { ["http.listen"] = new[] { "http://127.0.0.1:0", "https://127.0.0.1:0" }, ["name.domain"] = "pycon", ["clock.synchronised"] = "file:/proc/self/stat" });
        (await _gateway.ClaimAsync()).Dispose();
    }

    public async ValueTask DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_new_certificate_is_served_from_the_next_handshake_on_and_open_connections_live_on()
    {
        using var first = Put(Now.AddDays(-1));
        await using var open = await ConnectAsync(Name);
        Assert.Equal(first.Thumbprint, Shown(open));
        using var second = Put(Now.AddHours(-1));
        await using (var fresh = await ConnectAsync(Name)) Assert.Equal(second.Thumbprint, Shown(fresh));
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(open), StringComparison.Ordinal);
        Assert.False(_gateway.Get<StatusStore>().Current.Certificate!.IsSelfSigned);
    }

    [Fact]
    public async Task The_wildcard_is_for_one_label_and_other_names_meet_the_gateway_s_own_certificate_with_the_same_key()
    {
        using var issued = Put(Now.AddDays(-1));
        await using (var below = await ConnectAsync("lamps." + Name)) Assert.Equal(issued.Thumbprint, Shown(below));
        foreach (var name in new[] { "a.b." + Name, "gateway.local", "127.0.0.1" })
        {
            await using var other = await ConnectAsync(name);
            Assert.NotEqual(issued.Thumbprint, Shown(other));
            Assert.Equal(KeyFingerprint.Of(issued), KeyFingerprint.Of((X509Certificate2)other.RemoteCertificate!));
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, true)]
    public async Task Browsers_are_told_to_come_by_HTTPS_alone_once_the_certificate_has_stood_for_days(int days, bool isTold)
    {
        using var issued = Put(Now.AddDays(-days));
        await using var open = await ConnectAsync(Name);
        Assert.Equal(isTold, (await AskAsync(open)).Contains("Strict-Transport-Security: max-age=1209600\r\n", StringComparison.Ordinal));
        _gateway.Get<ServerCertificate>().Say("It could not be renewed.");
        await using var failing = await ConnectAsync(Name);
        Assert.DoesNotContain("Strict-Transport", await AskAsync(failing), StringComparison.Ordinal);
        Assert.DoesNotContain("Strict-Transport", await AskAsync(failing, "gateway.local"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_comes_from_outside_over_plain_HTTP_is_told_where_HTTPS_is_and_nothing_else()
    {
        using var issued = Put(Now.AddDays(-1));
        Assert.Equal("HTTP/1.1 301 Moved Permanently\r\nLocation: https://pycon.duckdns.org/a?b=c\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", await OverHttpAsync($"GET /a?b=c HTTP/1.1\r\nHost: PyCon.DuckDNS.org:80\r\nCookie: gateway-home=x\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 301", await OverHttpAsync($"HEAD / HTTP/1.0\r\nHost: {Name}\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: gateway.local\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: pycon.duckdns.org\r\nHost: evil.example\r\n\r\n")]
    [InlineData("GET //evil.example/ HTTP/1.1\r\nHost: pycon.duckdns.org\r\n\r\n")]
    [InlineData("GET http://evil.example/ HTTP/1.1\r\nHost: pycon.duckdns.org\r\n\r\n")]
    [InlineData("GET /\nSet-Cookie:x HTTP/1.1\r\nHost: pycon.duckdns.org\r\n\r\n")]
    [InlineData("POST /api/session HTTP/1.1\r\nHost: pycon.duckdns.org\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0000\u0000\r\n\r\n")]
    [InlineData("4096")]
    public async Task What_is_no_plain_question_for_a_name_of_ours_is_cut(string request)
    {
        using var issued = Put(Now.AddDays(-1));
        Assert.Equal("", await OverHttpAsync(request == "4096" ? "GET /" + new string('a', 8192) : request));
    }

    [Fact]
    public void Nobody_is_told_before_there_is_a_certificate_that_browsers_trust()
    {
        Assert.False(_gateway.Get<RedirectOutside>().IsOn);
        using var issued = Put(Now.AddDays(-1));
        Assert.True(_gateway.Get<RedirectOutside>().IsOn);
    }

    [Fact]
    public async Task An_authority_that_comes_to_the_port_itself_meets_what_it_looks_for_and_nobody_else_does()
    {
        using var issued = Put(Now.AddDays(-1));
        using (_gateway.Get<AlpnChallenge>().Offer(Name, "token.thumbprint"))
        {
            await using var authority = await ConnectAsync(Name, new SslApplicationProtocol("acme-tls/1"));
            Assert.Equal("acme-tls/1", authority.NegotiatedApplicationProtocol.ToString());
            var shown = (X509Certificate2)authority.RemoteCertificate!;
            var proof = shown.Extensions["1.3.6.1.5.5.7.1.31"]!;
            Assert.True(proof.Critical);
            Assert.Equal([4, 32, .. SHA256.HashData(Encoding.ASCII.GetBytes("token.thumbprint"))], proof.RawData);
            Assert.Equal([Name], IssuedChain.NamesOf(shown));
            await using var browser = await ConnectAsync(Name);
            Assert.Equal(issued.Thumbprint, Shown(browser));
            Assert.StartsWith("HTTP/1.1 200", await AskAsync(browser), StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<AuthenticationException>(() => ConnectAsync(Name, new SslApplicationProtocol("acme-tls/1")));
    }

    /// <summary>Puts in what an authority might have issued for the gateway's key.</summary>
    private X509Certificate2 Put(DateTimeOffset from)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(_gateway.Folder, "tls.key")));
        var request = new CertificateRequest("CN=" + Name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        names.AddDnsName("*." + Name);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(from, Now.AddDays(60));
        var issued = IssuedChain.Read(made.ExportCertificatePem(), key, [Name, "*." + Name], Now);
        _gateway.Get<CertificateShelf>().Put(issued, made.ExportCertificatePem());
        return issued.Leaf;
    }

    private static string Shown(SslStream connection) => ((X509Certificate2)connection.RemoteCertificate!).Thumbprint;

    private async Task<SslStream> ConnectAsync(string name, params SslApplicationProtocol[] protocols)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", _gateway.App.Urls.Select(u => new Uri(u)).First(u => u.Scheme == "https").Port);
        var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name, ApplicationProtocols = protocols.Length > 0 ? [.. protocols] : null, RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null });
        return tls;
    }

    private static async Task<string> AskAsync(SslStream connection, string host = Name)
    {
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await connection.ReadAsync(buffer));
    }

    private async Task<string> OverHttpAsync(string request)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(_front[0].IPEndPoint!.Address, _front[0].IPEndPoint!.Port);
        var stream = tcp.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
            tcp.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            return await reader.ReadToEndAsync();
        }
        catch (IOException) { return ""; } // cut
    }
}
