using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels;

namespace Gateway.Host.Tests.Ingress.Tunnels;

/// <summary>What the tables of the configuration may say.</summary>
public sealed class TunnelKindTests
{
    private static Settings Of(string kind, params (string Key, object Value)[] values)
    {
        var set = values.ToDictionary(v => $"ingress.{kind}.{v.Key}", v => new SettingValue(v.Value, SettingSource.ConfigurationFile, ""), StringComparer.Ordinal);
        set["ingress.order"] = new(new[] { kind }, SettingSource.ConfigurationFile, "");
        set["name.domain"] = new("pycon", SettingSource.ConfigurationFile, "");
        set["name.provider"] = new("duckdns", SettingSource.ConfigurationFile, "");
        return new Settings(GatewayApp.Schema.WithDefaults(set), false);
    }

    [Fact]
    public void A_kind_whose_provider_reads_needs_the_owner_s_consent_in_words()
    {
        var none = Assert.Single(TunnelKinds.Check(Of("pagekite", ("kite", "a.pagekite.me"), ("secret", "x"), ("proto", "http"))));
        Assert.Equal("ingress.pagekite.consent", none.Key);
        Assert.Contains("the provider can read everything", none.Message, StringComparison.Ordinal);
        Assert.Empty(TunnelKinds.Of(Of("pagekite", ("kite", "a.pagekite.me"), ("secret", "x"), ("proto", "http"))));
        Assert.Empty(TunnelKinds.Check(Of("pagekite", ("kite", "a.pagekite.me"), ("secret", "x"))));
        Assert.Equal("ingress.cloudflared.consent", Assert.Single(TunnelKinds.Check(Of("cloudflared", ("tunnel", "id"), ("credentials", "/a"), ("hostname", "a.example")))).Key);
        Assert.Equal("ingress.ngrok.consent", Assert.Single(TunnelKinds.Check(Of("ngrok", ("authtoken", "x"), ("url", "https://")))).Key);
        var agreed = Of("cloudflared", ("consent", TunnelKinds.Consent));
        Assert.Empty(TunnelKinds.Check(agreed));
        Assert.True(Assert.Single(TunnelsFeature.Doors(agreed)) is { Tunnel: "cloudflared", IsReadable: true, SaysWhoComes: true });
    }

    [Fact]
    public void Only_what_is_configured_and_wanted_runs()
    {
        Assert.Empty(TunnelKinds.Of(new Settings(GatewayApp.Schema.WithDefaults(new Dictionary<string, SettingValue>(StringComparer.Ordinal)), false)));
        Assert.True(Assert.Single(TunnelsFeature.Doors(Of("pagekite", ("kite", "pycon.duckdns.org"), ("secret", "x"), ("frontend", "kites.example:443")))) is { Tunnel: "pagekite", IsReadable: false, SaysWhoComes: false });
        Assert.Equal("frps.example", Assert.Single(TunnelKinds.Of(Of("frp", ("server", "frps.example"))))(TimeProvider.System).Server);
        // The house's own name cannot be looked up to find where it has to lead.
        Assert.Equal("ingress.pagekite.frontend", Assert.Single(TunnelKinds.Check(Of("pagekite", ("kite", "pycon.duckdns.org"), ("secret", "x")))).Key);
        Assert.Equal("ingress.ngrok.edge", Assert.Single(TunnelKinds.Check(Of("ngrok", ("authtoken", "x"), ("url", "tls://pycon.duckdns.org")))).Key);
        Assert.Equal("ingress.command.address", Assert.Single(TunnelKinds.Check(Of("command", ("command", new[] { "x" })))).Key);
    }

    [Theory]
    [InlineData("ingress.pagekite.secret", "two words", false)]
    [InlineData("ingress.pagekite.secret", "a\nfrontend=evil.example:443", false)]
    [InlineData("ingress.pagekite.secret", "s3cret", true)]
    [InlineData("ingress.ngrok.url", "tls://pycon.duckdns.org", true)]
    [InlineData("ingress.ngrok.url", "tcp://1.tcp.ngrok.io:20000", true)]
    [InlineData("ingress.ngrok.url", "ftp://x", false)]
    [InlineData("ingress.ngrok.url", "https://a b", false)]
    [InlineData("ingress.command.pattern", "(?<url>https://[^ ]+)", true)]
    [InlineData("ingress.command.pattern", "https://", false)]
    [InlineData("ingress.command.pattern", "(?<url>(a+)+)\\1", false)]
    [InlineData("ingress.command.pattern", "(", false)]
    [InlineData("ingress.cloudflared.consent", "yes", false)]
    [InlineData("ingress.cloudflared.consent", "the provider can read everything", true)]
    public void Values_are_checked(string key, string value, bool isRight) => Assert.Equal(isRight, GatewayApp.Schema.Find(key)!.Check!(value) is null);
}
