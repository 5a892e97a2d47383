using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Tests.Reachability;

namespace Gateway.Host.Tests.CommandLine;

public sealed class BeaconCommandTests : IDisposable
{
    private readonly GatewayProcess _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task It_makes_a_key_once_serves_with_it_and_prints_the_setting()
    {
        var data = Path.Combine(_program.Folder, "beacon");
        var printed = new List<string>();
        for (var run = 0; run < 2; run++)
        {
            var (process, lines) = _program.Follow("beacon", "--listen", $"https://127.0.0.1:{_program.Port}", "--data", data);
            printed.Add(await lines.WaitForAsync(l => l.StartsWith("beacon =", StringComparison.Ordinal)));
            using var asking = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => printed[0].Contains(HouseWithDoors.Fingerprint((X509Certificate2)shown!), StringComparison.Ordinal) } });
            Assert.Equal("ok", await asking.GetStringAsync($"https://127.0.0.1:{_program.Port}/healthz"));
            Assert.Equal(0, await GatewayProcess.EndAsync(process, "TERM"));
        }
        Assert.Equal(printed[0], printed[1]);
        Assert.Matches($"^beacon = \"https://HOST:{_program.Port}/#sha256=[0-9a-f]{{64}}\"$", printed[0]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(data, "tls.key")));
    }

    [Fact]
    public async Task With_a_certificate_of_ones_own_no_key_is_made_and_none_is_pinned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=beacon.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var (cert, pem) = (Path.Combine(_program.Folder, "cert.pem"), Path.Combine(_program.Folder, "key.pem"));
        await File.WriteAllTextAsync(cert, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(pem, key.ExportPkcs8PrivateKeyPem());
        var (process, lines) = _program.Follow("beacon", "--listen", $"https://127.0.0.1:{_program.Port}", "--certificate", cert, "--key", pem);
        Assert.Equal($"beacon = \"https://HOST:{_program.Port}/\"", await lines.WaitForAsync(l => l.StartsWith("beacon =", StringComparison.Ordinal)));
        using var asking = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString() } });
        Assert.Equal(HttpStatusCode.OK, (await asking.GetAsync($"https://127.0.0.1:{_program.Port}/healthz")).StatusCode);
        Assert.Equal(0, await GatewayProcess.EndAsync(process, "TERM"));
        Assert.False(Directory.Exists(Path.Combine(_program.Folder, "gateway-beacon")));
    }

    [Theory]
    [InlineData(64, "beacon --listen http://*:80", "gateway: --listen must be https://ADDRESS:PORT such as \"https://*:443\"; see: gateway beacon --help\n")]
    [InlineData(64, "beacon --certificate /x", "gateway: --certificate and --key belong together; see: gateway beacon --help\n")]
    [InlineData(64, "beacon --treat-as-public lab", "gateway: --treat-as-public must be a network such as 203.0.113.0/24; see: gateway beacon --help\n")]
    [InlineData(1, "beacon --certificate /nowhere/x --key /nowhere/y", "gateway: the certificate /nowhere/x and its key /nowhere/y cannot be read: ")]
    [InlineData(77, "beacon --data /proc/nowhere", "gateway: the beacon cannot keep its key in /proc/nowhere ")]
    public async Task What_it_cannot_do_it_says_in_a_sentence(int code, string line, string error)
    {
        var (ended, output, said) = await _program.RunBareAsync(line.Split(' '));
        Assert.Equal((code, ""), (ended, output));
        Assert.StartsWith(error, said, StringComparison.Ordinal);
        Assert.Equal(1, said.Count(c => c == '\n'));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        await _program.StartAsync();
        var (code, _, error) = await _program.RunBareAsync("beacon", "--listen", $"https://127.0.0.1:{_program.Port}", "--data", Path.Combine(_program.Folder, "beacon"));
        Assert.Equal(69, code);
        Assert.StartsWith("gateway: the beacon cannot listen: ", error, StringComparison.Ordinal);
    }
}
