using CsCheck;
using Gateway.Host.Configuration;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Configuration;

public sealed class ConfigurationFuzzTests
{
    private const string Good = """
        data.path = "/tmp"
        [owner]
        claim = "words of my own house"
        [http]
        listen = ["http://*:80", "https://*:443"]
        hosts = ["a.example"]   # more
        [name.pycon]
        provider = "duckdns"
        token = '''hunter2'''
        [ingress]
        order = ["ipv6", "ssh.relay"]
        external-port = 0x1BB
        ssh.relay = { host = "relay.example.org", port = 22 }
        [vantage]
        ssh = true
        """;

    private static readonly string[] Pieces = ["\"", "'", "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "#", "\n", "\r", "\\", "\\u", "\0", "\"\"\"", "1e9", "inf", "*", "lights", "é", "\uD83D\uDE00", "\uFEFF", "_", "-9223372036854775808", "1979-05-27"];

    /// <summary>A text with pieces put in, taken out and copied about.</summary>
    private static readonly Gen<string> Mutated =
        Gen.Select(Gen.Int[0, Good.Length], Gen.Int[0, 12], Gen.Int[0, Pieces.Length - 1], Gen.Int[0, 3]).Array[1, 8].Select(edits => edits.Aggregate(Good, (text, edit) =>
        {
            var (at, length, which, kind) = edit;
            var piece = Pieces[which];
            at = Math.Min(at, text.Length);
            length = Math.Min(length, text.Length - at);
            return kind switch
            {
                0 => text.Insert(at, piece),
                1 => text.Remove(at, length),
                2 => text.Remove(at, length).Insert(at, piece),
                _ => text.Insert(at, text.Substring(at, length)),
            };
        }));

    [Fact]
    public void The_text_that_is_mutated_is_good_itself() => Assert.Empty(Read(Good).Problems);

    [Fact]
    public void A_mutated_file_gives_values_or_mistakes_and_never_an_exception() => Mutated.Sample(text =>
    {
        var layer = Read(text);
        Assert.All(layer.Values, v => Assert.NotNull(GatewayApp.Schema.Find(v.Key)));
        Assert.DoesNotContain(layer.Problems, p => p.Message.Contains("hunter2", StringComparison.Ordinal));
        Assert.True(layer.Problems.Count <= 101);
    }, iter: 2_000);

    [Fact]
    public void What_is_written_to_settings_toml_is_read_back_the_same() => Gen.Select(Gen.String[Gen.Char[' ', '\u2fff'], 0, 30], Gen.Long[1, 65535], Gen.Bool, Gen.String[Gen.Char['!', '~'], 1, 10].Array[0, 4]).Sample((text, port, ssh, hosts) =>
    {
        var schema = new SettingSchema([new("a.text", SettingKind.Text, ""), new("a.number", SettingKind.Integer, ""), new("a.bool", SettingKind.Boolean, ""), new("a.list", SettingKind.TextList, "")]);
        if (text.Any(char.IsControl)) return;
        var layer = new Layer(SettingSource.SettingsFile, schema);
        TomlLayer.Read(SettingsFile.Render(
            new Dictionary<string, object>(StringComparer.Ordinal) { ["a.text"] = text, ["a.number"] = port, ["a.bool"] = ssh, ["a.list"] = hosts },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["b.odd key"] = "{ x = 1 }" }), "f", layer);
        Assert.Equal("b.odd key", Assert.Single(layer.Unknown).Key);
        Assert.Equal(text, layer.Values["a.text"].Value);
        Assert.Equal(port, layer.Values["a.number"].Value);
        Assert.Equal(ssh, layer.Values["a.bool"].Value);
        Assert.Equal(hosts, (string[])layer.Values["a.list"].Value);
    }, iter: 500);

    private static Layer Read(string text)
    {
        var layer = new Layer(SettingSource.ConfigurationFile, GatewayApp.Schema);
        TomlLayer.Read(text, "f", layer);
        return layer;
    }
}
