using Gateway.Host.Configuration;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_environment_wins_over_gateway_toml_and_that_over_settings_toml_and_that_over_defaults()
    {
        _folder.WriteSettings("acme.email = \"from@settings\"\nled.output = \"none\"\ningress.external-port = 8443\n");
        _folder.Write("[acme]\nemail = \"from@file\"\n[led]\noutput = \"kernel:ACT\"");
        var settings = _folder.Load(("GATEWAY__ACME__EMAIL", "from@environment")).Settings;

        Assert.Equal("from@environment", settings.Text("acme.email"));
        Assert.Equal((SettingSource.Environment, "GATEWAY__ACME__EMAIL"), (settings.Values["acme.email"].Source, settings.Values["acme.email"].Place));
        Assert.Equal("kernel:ACT", settings.Text("led.output"));
        Assert.Equal((SettingSource.ConfigurationFile, _folder.File + ":6"), (settings.Values["led.output"].Source, settings.Values["led.output"].Place));
        Assert.Equal(8443, settings.Integer("ingress.external-port"));
        Assert.Equal(SettingSource.SettingsFile, settings.Values["ingress.external-port"].Source);
        Assert.Equal("kernel", settings.Text("clock.synchronised"));
        Assert.Equal(SettingSource.Default, settings.Values["clock.synchronised"].Source);
    }

    [Fact]
    public void All_mistakes_of_file_and_environment_are_reported_together_each_with_key_and_line()
    {
        _folder.Write("""
            [http]
            lisen = ["http://*:80"]
            listen = "http://*:80"
            [ingress]
            external-port = 70000
            [clok]
            synchronised = "kernel"
            """);
        var problems = _folder.Mistakes(("GATEWAY__CLOCK__SYNCHRONISED", "sundial"));

        Assert.Equal($"""
            {_folder.File}:4: http.lisen: there is no such key; did you mean "http.listen"?
            {_folder.File}:5: http.listen: must be a list of texts, such as ["one", "two"]
            {_folder.File}:7: ingress.external-port: must be from 1 to 65535
            {_folder.File}:8: clok: there is no such table; did you mean [clock]?
            GATEWAY__CLOCK__SYNCHRONISED: clock.synchronised: must be "kernel" or "file:/PATH"
            """, string.Join('\n', problems));
    }

    [Fact]
    public void What_does_not_fit_together_is_reported_with_the_rest_but_not_where_a_mistake_may_have_caused_it()
    {
        _folder.Write("""
            [lights.hall]
            driver = "hue"
            [lights.desk]
            driver = "gpio"
            [lights.lamp]
            driver = "gpio"
            pin = "17"
            [lights.shelf]
            driver = "pmw"
            channel = 1
            """);

        Assert.Equal($"""
            {_folder.File}:9: lights.lamp.pin: must be a whole number without quotes, such as 5
            {_folder.File}:11: lights.shelf.driver: must be one of "gpio", "pwm", "strip", "kernel-led", "simulated", "mqtt", "hue"
            {_folder.File}:6: lights.desk.pin: must be set for a gpio light: the GPIO number, such as 17
            {_folder.File}:4: lights.hall.driver: "hue" is not built yet
            """, string.Join('\n', _folder.Mistakes()));
    }

    [Fact]
    public void What_stands_twice_is_said_also_in_a_file_that_is_not_all_TOML()
    {
        _folder.Write("[led]\noutput = \"none\"\n[clock]\nsynchronised = kernel\n[led]\noutput = \"none\"\n");
        Assert.Equal($"{_folder.File}:8: led.output: stands here a second time; it is on line 4 already", _folder.Mistakes()[^1].ToString());
    }

    [Theory]
    [InlineData("[http]\nlistn = []", ":4: http.listn: there is no such key; did you mean \"http.listen\"?")]
    [InlineData("token = \"hunter2\"", ":3: token: there is no such key; did you mean \"name.token\"?")]
    [InlineData("[name]\ntoken = hunter2", ":4: name.token: after \"=\" a value is missing or misspelt; text stands in double quotes")]
    [InlineData("[name]\ntoken = \"hunter2", ":4: name.token: a text lacks its closing quote")]
    [InlineData("[name]\ntoken = \"hun\\ter2\\q\"", ":4: name.token: in double quotes a backslash must be written twice; or use single quotes")]
    [InlineData("[name]\ntoken = \"hunter2\"\ntoken = \"hunter2\"", ":5: name.token: stands here a second time; it is on line 4 already")]
    [InlineData("[name]\n[acme]\n[name]", ":5: stands here a second time; it is on line 3 already")]
    [InlineData("[name]\ntoken = [\"hunter2\"]", ":4: name.token: must be text in quotes, such as \"words\"")]
    [InlineData("name.token = 5", ":3: name.token: must be text in quotes, such as \"words\"")]
    [InlineData("[name.token]\nx = 1", ":3: name.token: is a key, not a table; write it as key = value")]
    [InlineData("ingress = 5", ":3: ingress: is a table of keys, not a key itself")]
    [InlineData("[[name]]\ntoken = \"hunter2\"", ":3: name: lists of tables are not used here; write [name]")]
    [InlineData("[name.pycon]", ":3: name.pycon: the table is empty; give it its keys or delete it")]
    [InlineData("[name.\"py con\"]\ndomain = \"pycon\"", ":4: name.py con.domain: a name consists of 1 to 63 letters, digits, \"-\" and \"_\"")]
    [InlineData("[ingress.ngrok]\nauthtoken = \"my hunter2\"", ":4: ingress.ngrok.authtoken: must be of printable ASCII characters without blanks and colons, at most 256")]
    [InlineData("[ingress]\nexternal-port = 443.0", ":4: ingress.external-port: must be a whole number without quotes, such as 5")]
    [InlineData("[ingress]\nexternal-port = 99999999999999999999", ":4: ingress.external-port: the number is too large")]
    [InlineData("[vantage]\nssh = \"true\"", ":4: vantage.ssh: must be true or false, without quotes")]
    [InlineData("[http]\nlisten = [\"http://*:80\", 5]", ":4: http.listen: must be a list of texts, such as [\"one\", \"two\"]")]
    [InlineData("[http]\nlisten = [\"http://example.org:80\"]", ":4: http.listen: each value must be http://ADDRESS:PORT or https://ADDRESS:PORT, such as \"http://*:80\" or \"http://127.0.0.1:8080\"")]
    [InlineData("[http]\nlisten = [\"http://*:99999\"]", ":4: http.listen: each value must be")]
    [InlineData("[acme]\ndirectory = \"https://me:hunter2@ca/\"", ":4: acme.directory: must not carry a password; it has a key of its own")]
    [InlineData("[network]\ntreat-as-public = [\"203.0.113.0/33\"]", ":4: network.treat-as-public: each value must be a network")]
    [InlineData("[name]\ntoken = \"hunter2\\u0007\"", ":4: name.token: must not contain control characters")]
    [InlineData("name = { token = \"hunter2\", tokn = \"hunter2\" }", ":3: name.tokn: there is no such key; did you mean \"name.token\"?")]
    public void A_mistake_is_told_with_its_line_and_cure_and_without_the_value(string toml, string expected)
    {
        _folder.Write(toml);
        var problem = _folder.Mistakes()[0].ToString();
        Assert.StartsWith(_folder.File + expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_right_but_not_built_yet_is_said_and_not_a_mistake()
    {
        _folder.Write("[name.pycon]\nprovider = \"duckdns\"\ndomain = \"pycon\"\n[update]\nurl = \"https://u.example/\"\nkey = \"hunter2\"\n[ingress.ssh.relay]\nhost = \"relay.example.org\"\nuser = \"pi\"\nkey = \"/k\"\nknown-hosts = \"/h\"\n[ingress.ngrok]\n");
        var loaded = _folder.Load();
        Assert.Equal("domain provider servers", string.Join(' ', loaded.Settings.Values.Keys.Where(k => k.StartsWith("name.pycon.", StringComparison.Ordinal)).Select(k => k[11..]).Order(StringComparer.Ordinal)));
        Assert.Equal("pycon", Assert.Single(loaded.Settings.Names("name")));
        Assert.Equal(22, loaded.Settings.Integer("ingress.ssh.relay.port"));
        Assert.Equal(2, loaded.Problems.Count);
        Assert.All(loaded.Problems, p => Assert.Contains("not built yet", p.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(loaded.Problems, p => p.ToString().Contains("hunter", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("one.example, two.example")]
    [InlineData("[\"one.example\", 'two.example']")]
    public void A_list_in_the_environment_is_split_at_commas_or_is_toml(string text) =>
        Assert.Equal(["one.example", "two.example"], _folder.Load(("GATEWAY__VANTAGE__FRIENDS", text)).Settings.List("vantage.friends"));

    [Fact]
    public void The_environment_reaches_every_kind_and_an_empty_variable_counts_as_not_set()
    {
        var settings = _folder.Load(("GATEWAY__INGRESS__EXTERNAL_PORT", "8443"), ("GATEWAY__VANTAGE__SSH", "false"), ("GATEWAY__ACME__DIRECTORY", ""), ("GATEWAY__INGRESS__SSH__KNOWN_HOSTS", "/k"),
            ("GATEWAY__INGRESS__SSH__HOST", "relay.example"), ("GATEWAY__INGRESS__SSH__USER", "pi"), ("GATEWAY__INGRESS__SSH__KEY", "/i"), ("GATEWAY_CONFIG", "/nowhere")).Settings;
        Assert.Equal((8443L, false, "/k"), (settings.Integer("ingress.external-port"), settings.Boolean("vantage.ssh"), settings.Text("ingress.ssh.known-hosts")));
        Assert.Equal(SettingSource.Default, settings.Values["acme.directory"].Source);
    }

    [Fact]
    public void A_mistyped_variable_is_a_mistake()
    {
        var problems = _folder.Mistakes(("GATEWAY__INGRES__EXTERNAL_PORT", "1"), ("GATEWAY__INGRESS__EXTERNAL_PORT", "many"), ("GATEWAY__VANTAGE__FRIENDS", "[1]"));
        Assert.Equal("""
            GATEWAY__INGRESS__EXTERNAL_PORT: ingress.external-port: must be a whole number without quotes, such as 5
            GATEWAY__INGRES__EXTERNAL_PORT: ingres.external-port: there is no such key; did you mean "ingress.external-port"?
            GATEWAY__VANTAGE__FRIENDS: vantage.friends: must be texts with commas between, or ["one", "two"]
            """, string.Join('\n', problems));
    }

    [Fact]
    public void Files_that_cannot_be_read_say_why()
    {
        File.WriteAllBytes(_folder.File, [.. "name.token = \""u8, 0xC3, 0x28, .. "\""u8]);
        Assert.Equal($"{_folder.File}: is not UTF-8; save it with that encoding", Assert.Single(_folder.Mistakes()).ToString());
        File.WriteAllText(_folder.File, new string('#', 600 * 1024));
        Assert.Equal($"{_folder.File}: is larger than 512 KiB", Assert.Single(_folder.Mistakes()).ToString());
        File.WriteAllText(_folder.File, "a = " + new string('[', 100_000));
        Assert.Contains("too deeply", Assert.Single(_folder.Mistakes()).ToString(), StringComparison.Ordinal);
        File.Delete(_folder.File);
        Assert.Equal($"{_folder.File}: there is no such file", Assert.Single(_folder.Mistakes()).ToString());
        Directory.CreateDirectory(_folder.File);
        Assert.Equal($"{_folder.File}: is a folder; name the file in it", Assert.Single(_folder.Mistakes()).ToString());
    }

    [Fact]
    public void A_file_full_of_mistakes_is_cut_off_at_a_hundred()
    {
        _folder.Write(string.Concat(Enumerable.Range(0, 5000).Select(i => $"nonsense{i} = 1\n")));
        Assert.Equal(101, _folder.Mistakes().Count);
    }

    [Fact]
    public void A_named_file_that_is_missing_is_never_the_demonstration_home()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["GATEWAY_CONFIG"] = _folder.Path + "/missing.toml" };
        Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Find(GatewayApp.Schema, null, environment).Load());
        Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Find(GatewayApp.Schema, _folder.Path + "/missing.toml", new Dictionary<string, string>(StringComparer.Ordinal)).Load());
    }

    [Fact]
    public void Without_any_file_it_is_the_demonstration_home()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_STATE_HOME"] = _folder.Path };
        var settings = ConfigurationLoader.Find(GatewayApp.Schema, null, environment).Load().Settings;
        Assert.True(settings.IsDemonstration);
        Assert.Equal(_folder.Path + "/gateway-demo", settings.Text("data.path"));
        Assert.Equal(["http://127.0.0.1:8080"], settings.List("http.listen"));
    }

    [Fact]
    public void A_damaged_settings_toml_is_said_and_the_rest_of_it_still_counts()
    {
        _folder.WriteSettings("acme.email = \"me@example.org\"\nled.output = 5\ndata.path = \"/elsewhere\"\nname.token = hunter2\nfrom.the-future = 1\n");
        var loaded = _folder.Load();
        Assert.Equal("me@example.org", loaded.Settings.Text("acme.email"));
        Assert.Null(loaded.Settings.Text("led.output"));
        Assert.Equal(_folder.Data, loaded.Settings.Text("data.path"));
        Assert.Equal("led.output data.path name.token from.the-future", string.Join(' ', loaded.Problems.Where(p => p.Message.Contains("not used", StringComparison.Ordinal)).Select(p => p.Key)));
    }

    [Fact]
    public void Settings_that_do_not_fit_together_name_the_key_and_its_line()
    {
        _folder.Write("[data]\npath2 = 1");
        var schema = new SettingSchema([new("a.*.kind", SettingKind.Text, ""), new("a.*.pin", SettingKind.Integer, ""), new("data.path", SettingKind.Text, "") { Default = "/nowhere" }],
            [s => s.Names("a").Where(n => s.Integer($"a.{n}.pin") is null).Select(n => new SettingProblem($"a.{n}.pin", "is missing"))]);
        File.WriteAllText(_folder.File, "[a.good]\nkind = 'x'\npin = 1\n[a.bad]\nkind = 'x'\n");
        var problem = Assert.Single(Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Find(schema, _folder.File, new Dictionary<string, string>(StringComparer.Ordinal)).Load()).Problems);
        Assert.Equal($"{_folder.File}:5: a.bad.pin: is missing", problem.ToString());
    }

    [Theory]
    [InlineData("listen", "listen", 0)]
    [InlineData("listen", "lisetn", 1)]
    [InlineData("listen", "isten", 1)]
    [InlineData("listen", "listem", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Letters_inserted_deleted_replaced_or_swapped_are_counted(string a, string b, int distance) => Assert.Equal(distance, NearestKey.Distance(a, b));
}
