using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Dns;

namespace Gateway.Host.Tests.Dns;

public sealed class NameSettingsTests
{
    private static Settings Load(params (string Key, object Value)[] values) =>
        ConfigurationLoader.Fixed(GatewayApp.Schema, values.ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal), new Dictionary<string, object>(StringComparer.Ordinal) { ["data.path"] = "/tmp/none" }).Load().Settings;

    [Fact]
    public void A_name_and_a_token_are_enough_for_DuckDNS()
    {
        var name = Assert.Single(NameSettings.Read(Load(("name.domain", "PyCon"), ("name.token", "t"))));
        Assert.Equal(("name", "pycon.duckdns.org", "duckdns", "t", null), (name.Key, name.Name, name.Provider, name.Token, name.Endpoint));
    }

    [Fact]
    public void Further_names_come_after_the_first_and_each_has_a_provider_of_its_own()
    {
        var names = NameSettings.Read(Load(("name.a.domain", "home.example.org"), ("name.a.provider", "cloudflare"), ("name.a.token", "x"), ("name.domain", "pycon"), ("name.token", "t")));
        Assert.Equal([("name", "duckdns"), ("name.a", "cloudflare")], names.Select(n => (n.Key, n.Provider)));
    }

    [Fact]
    public void Without_a_name_there_is_none() => Assert.Empty(NameSettings.Read(Load(("name.token", "t"))));

    [Theory]
    [InlineData("name.domain", "home", "cloudflare", null)]
    [InlineData("name.domain", "grün.example.org", "desec", null)]
    [InlineData("name.endpoint", "home.example.org", "dyndns2", null)]
    [InlineData("name.zone", "home.example.org", "desec", "example.net")]
    public void What_a_provider_lacks_is_said_with_its_key(string key, string domain, string provider, string? zone)
    {
        var values = new List<(string, object)> { ("name.domain", domain), ("name.provider", provider), ("name.token", "t") };
        if (zone is not null) values.Add(("name.zone", zone));
        var problem = Assert.Single(Assert.Throws<ConfigurationException>(() => Load([.. values])).Problems);
        Assert.Equal(key, problem.Key);
    }

    [Fact]
    public void They_all_take_effect_at_once_and_none_is_waiting_to_be_built() =>
        Assert.All(GatewayApp.Schema.Definitions.Where(d => d.Key.StartsWith("name.", StringComparison.Ordinal)), d => Assert.True(d is { Live: true, NotBuiltYet: false }));

    [Fact]
    public void The_same_options_are_the_same_and_another_token_is_not()
    {
        static NameOptions Read(string token) => NameSettings.Read(Load(("name.domain", "pycon"), ("name.token", token), ("name.servers", new[] { "192.0.2.1" })))[0];
        Assert.Equal(Read("t"), Read("t"));
        Assert.NotEqual(Read("t"), Read("u"));
    }
}
