using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Certificates;

public sealed class HttpsTests
{
    private static readonly Dictionary<string, object> WithHttps = new(StringComparer.Ordinal) { ["http.listen"] = new[] { "http://127.0.0.1:0", "https://127.0.0.1:0" }, ["name.domain"] = "pycon" };

    [Fact]
    public async Task Https_is_served_with_the_gateways_own_key_which_outlives_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("gw-").FullName;
        string first, again;
        await using (var gateway = await GatewayUnderTest.StartAsync(settings: WithHttps, folder: folder))
        {
            using var served = await HandshakeAsync(Port(gateway));
            first = KeyFingerprint.Of(served);
            Assert.Equal(first, gateway.Get<StatusStore>().Current.Certificate!.KeyFingerprint);
            Assert.Contains("pycon.duckdns.org", served.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "tls.key")));
            File.Copy(Path.Combine(folder, "tls.key"), folder + ".key");
        }
        Directory.CreateDirectory(folder);
        File.Move(folder + ".key", Path.Combine(folder, "tls.key"));
        await using (var gateway = await GatewayUnderTest.StartAsync(settings: WithHttps, folder: folder))
        {
            using var served = await HandshakeAsync(Port(gateway));
            again = KeyFingerprint.Of(served);
        }
        Assert.Equal(first, again);
    }

    [Fact]
    public async Task A_damaged_key_is_replaced_and_https_goes_on()
    {
        var folder = Directory.CreateTempSubdirectory("gw-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "tls.key"), "-----BEGIN PRIVATE KEY-----\nhalf a ke", TestContext.Current.CancellationToken);
        await using var gateway = await GatewayUnderTest.StartAsync(settings: WithHttps, folder: folder);
        using var served = await HandshakeAsync(Port(gateway));
        Assert.Equal(gateway.Get<StatusStore>().Current.Certificate!.KeyFingerprint, KeyFingerprint.Of(served));
    }

    [Fact]
    public async Task The_second_port_is_open_only_while_it_is_wanted()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(settings: WithHttps);
        await Assert.ThrowsAsync<SocketException>(() => HandshakeAsync(SecondPort.Port));
        gateway.Get<SecondPort>().Want("ipv6", true);
        using (await UntilAsync(() => HandshakeAsync(SecondPort.Port))) { }
        gateway.Get<SecondPort>().Want("ipv6", false);
        await UntilAsync(async () => await Assert.ThrowsAsync<SocketException>(() => HandshakeAsync(SecondPort.Port)));
    }

    private static int Port(GatewayUnderTest gateway) => gateway.App.Urls.Select(u => new Uri(u)).First(u => u.Scheme == "https").Port;

    /// <summary>The server's endpoints change in the background.</summary>
    private static async Task<T> UntilAsync<T>(Func<Task<T>> attempt)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            try { return await attempt(); }
            catch (Exception e) when (e is SocketException or Xunit.Sdk.XunitException && !patience.IsCancellationRequested) { await Task.Yield(); }
        }
    }

    private static async Task<X509Certificate2> HandshakeAsync(int port)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "pycon.duckdns.org", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null }, TestContext.Current.CancellationToken);
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData());
    }
}
