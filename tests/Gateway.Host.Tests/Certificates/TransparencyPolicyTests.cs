using Gateway.Host.Certificates.Transparency;

namespace Gateway.Host.Tests.Certificates;

public sealed class TransparencyPolicyTests
{
    private const string Name = "pycon.duckdns.org";
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero), Since = Now.AddDays(-10);

    [Theory]
    [InlineData("pycon.duckdns.org", "stranger", -1, 80, "Foreign")]
    [InlineData("PYCON.duckdns.org", "stranger", -1, 80, "Foreign")]
    [InlineData("*.pycon.duckdns.org", "stranger", -1, 80, "Foreign")]
    [InlineData("mail.deep.pycon.duckdns.org", "stranger", -1, 80, "Foreign")]
    [InlineData("pycon.duckdns.org", "stranger", 1, 80, "Foreign")]          // begins tomorrow
    [InlineData("pycon.duckdns.org", "served", -1, 80, "Own")]
    [InlineData("pycon.duckdns.org", "known", -1, 80, "Known")]
    [InlineData("pycon.duckdns.org", "stranger", -90, 0, "Ended")]
    [InlineData("pycon.duckdns.org", "stranger", -11, 79, "Before")]
    [InlineData("pycon.duckdns.org", "stranger", -10.02, 79, "Foreign")]     // half an hour before: authorities set it back so far
    [InlineData("*.duckdns.org", "stranger", -1, 80, "Above")]
    [InlineData("duckdns.org", "stranger", -1, 80, "Unrelated")]
    [InlineData("notpycon.duckdns.org", "stranger", -1, 80, "Unrelated")]
    [InlineData("pycon.duckdns.org.example.org", "stranger", -1, 80, "Unrelated")]
    public void What_a_certificate_in_the_logs_means(string dnsName, string key, double from, double until, string kind) =>
        Assert.Equal(kind, TransparencyPolicy.Judge(new LoggedCertificate("1", key, "CA", ["example.net", dnsName], Now.AddDays(from), Now.AddDays(until)), Name, k => k == "served", k => k is "served" or "known", Since, Now).ToString());
}
