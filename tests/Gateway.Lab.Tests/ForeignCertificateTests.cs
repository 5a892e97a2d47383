using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A relay to which the name leads can get a certificate of its own for it, and show it to whom it likes.</summary>
public sealed class ForeignCertificateTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task A_relay_that_reads_along_with_phones_alone_is_caught_by_the_certificate_logs()
    {
        await Lab.MustAsync("services/logs", "start");
        await Lab.MustAsync("bin/relay", "relay", "reads", "phone");
        await StartBehindNatAsync(HouseGateway.WithTunnels + "\n[acme]\ndirectory = \"\"\ntransparency = \"https://acme.example:14443/v1/issuances\"\nca = \"@LAB@/ca/ca.pem\"\n");
        await Led.UntilAsync(Patience, "attention");   // nobody who looks is deceived
        await NamedAsync("certificate-foreign");
        Assert.Contains("The lab", (await Gateway.CommandAsync("doctor")).Output, StringComparison.Ordinal);
        Assert.True(await Phone.TriesAsync("v4"));     // and the phone notices nothing
    }
}
