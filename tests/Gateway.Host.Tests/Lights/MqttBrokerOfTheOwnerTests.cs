using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Devices;
using Gateway.Host.Lights;

namespace Gateway.Host.Tests.Lights;

/// <summary>A broker elsewhere: encrypted, with a password, and with a memory of its own.</summary>
public sealed class MqttBrokerOfTheOwnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mqtt-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_encrypted_broker_is_trusted_by_its_authority_alone()
    {
        WriteCertificates();
        await using var broker = await MqttMosquitto.StartAsync($"user root\nallow_anonymous true\ncertfile {_folder}/server.pem\nkeyfile {_folder}/server.key");
        var address = $"mqtts://127.0.0.1:{broker.Port}";
        await using var trusting = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = address, ["mqtt.ca"] = _folder + "/ca.pem" });
        await Eventually.HoldsAsync(() => trusting.Get<MqttClientService>().IsConnected);
        await using var stranger = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = address });
        await Eventually.HoldsAsync(() => stranger.Get<MqttClientService>().LastProblem?.Contains("not trusted", StringComparison.Ordinal) == true);
        // Trusted, but for another name:
        await using var elsewhere = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = $"mqtts://localhost:{broker.Port}", ["mqtt.ca"] = _folder + "/ca.pem" });
        await Eventually.HoldsAsync(() => elsewhere.Get<MqttClientService>().LastProblem?.Contains("not trusted", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_wrong_password_is_said_without_the_password()
    {
        await using var broker = await MqttMosquitto.StartAsync("allow_anonymous false");
        await using var gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = $"mqtt://house@127.0.0.1:{broker.Port}", ["mqtt.password"] = "s3cret-word" });
        await Eventually.HoldsAsync(() => gateway.Get<MqttClientService>().LastProblem is not null);
        Assert.Contains("user or password", gateway.Get<MqttClientService>().LastProblem, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", gateway.Get<MqttClientService>().LastProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_broker_forgot_goes_after_a_while_and_what_we_left_is_tidied()
    {
        await using var broker = await MqttMosquitto.StartAsync();
        await using var device = await MqttPeer.ConnectAsync(broker.Port, "gateway/#", "homeassistant/#");
        await device.PublishAsync("gateway/lights/gone", """{"state":"ON"}""", retain: true);
        await device.PublishAsync("gateway/lights/gone/availability", "online", retain: true);
        await device.PublishAsync("homeassistant/light/gateway_gone/light/config", "{}", retain: true);
        await device.PublishAsync("gateway/lights/porch/set", """{"state":"ON"}""", retain: true);
        await using var gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = broker.Address });
        gateway.Get<MqttDiscovery>().Grace = TimeSpan.FromSeconds(1);
        foreach (var left in new[] { "gateway/lights/gone", "gateway/lights/gone/availability", "homeassistant/light/gateway_gone/light/config" }) await device.HearAsync(left, p => p.Length == 0);

        await device.PublishAsync("homeassistant/light/a/config", """{"uniq_id":"kept","cmd_t":"lamp/a/set"}""", retain: true);
        await device.PublishAsync("homeassistant/light/b/config", """{"uniq_id":"never_kept","cmd_t":"lamp/b/set"}""");
        await device.PublishAsync("homeassistant/light/c/config", """{"uniq_id":"kept","cmd_t":"lamp/c/set"}""", retain: true);
        var registry = gateway.Get<LightRegistry>();
        await Eventually.HoldsAsync(() => registry.Lights.Count(l => l is { Driver: "mqtt", Available: true }) == 3);
        Assert.Contains(registry.Lights, l => l.Id.StartsWith("kept_", StringComparison.Ordinal));
        // A wish that the broker had kept was an old one.
        Assert.Null(registry.Find("porch")!.Desired.On);

        await broker.KillAsync();
        await broker.StartAgainAsync();
        await Eventually.HoldsAsync(() => registry.Lights.Count(l => l.Driver == "mqtt") == 1);
        await Eventually.HoldsAsync(() => registry.Find("never_kept")!.Available);
    }

    /// <summary>An authority, and a certificate of it for the address 127.0.0.1 and no name.</summary>
    private void WriteCertificates()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=Test authority", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = caRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=broker", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var server = request.Create(ca, now.AddDays(-1), now.AddDays(20), [1, 2, 3, 4]);
        File.WriteAllText(_folder + "/ca.pem", ca.ExportCertificatePem());
        File.WriteAllText(_folder + "/server.pem", server.ExportCertificatePem());
        File.WriteAllText(_folder + "/server.key", key.ExportPkcs8PrivateKeyPem());
    }
}
