using System.Text.Json;
using Gateway.Host.CommandLine;
using Gateway.Host.Core;
using Gateway.Host.Doctor;
using Gateway.Host.Tests.Doctor;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.CommandLine;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly GatewayProcess _program = new();
    private readonly MadeUp _home = new(TimeProvider.System);

    public void Dispose() => _program.Dispose();

    [Theory]
    [InlineData("verified", 0)]
    [InlineData("attention", 0)]
    [InlineData("believed", 2)]
    [InlineData("unreachable", 1)]
    [InlineData("name-wrong", 1)]
    [InlineData("setup", 1)]
    [InlineData("off", 1)]
    public async Task The_exit_code_tells_scripts_what_is_proven(string pattern, int code)
    {
        await using var gateway = await GatewayUnderTest.StartAsync(StillFacts.KeepFactsStill);
        var (run, _) = await DoctorAsync(gateway, pattern switch
        {
            "verified" => _home.Verified(),
            "attention" => _home.Judged(_home.Verified(), LedPattern.Attention, "", _home.Evidence(_home.V4, EvidenceLevel.Verified)),
            "believed" => _home.Believed(),
            "unreachable" => _home.Cgnat(),
            "name-wrong" => _home.NameWrong(),
            "setup" => _home.NoName(),
            _ => _home.Verified() with { Report = _home.Verified().Report with { GoodUntil = 0 } },
        }, "--json");
        var doctor = JsonElement.Parse(run.Output);
        Assert.Equal((code, pattern, ""), (run.Code, doctor.GetProperty("pattern").GetString(), run.Error));
        Assert.Single(run.Output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task The_path_is_drawn_in_plain_words_with_the_cure_and_without_colours_for_programs()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(StillFacts.KeepFactsStill);
        var (run, _) = await DoctorAsync(gateway, _home.Cgnat());
        Assert.Equal(1, run.Code);
        Assert.DoesNotContain('\e', run.Output);
        Assert.Contains("  ✗ Internet provider  Your provider shares one address among many homes (CGNAT: 100.64.0.7 is not public).\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nYour provider shares one address among many homes [cgnat]\n  That is called CGNAT. Port forwarding cannot work.\n  What to do: Turn on IPv6 or a tunnel.", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  192.168.1.20\n    eth0: private: only the home network knows it.\n", run.Output, StringComparison.Ordinal);
        Assert.Matches("\n  This machine alone\n(    .*\n)*    tcp 127.0.0.1:[0-9]+, this gateway\n", run.Output);
    }

    [Fact]
    public async Task A_look_around_is_asked_for_and_comes_with_it()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(StillFacts.KeepFactsStill);
        var (run, _) = await DoctorAsync(gateway, new GatewayStatus(), "--json", "--look");
        Assert.Equal(JsonValueKind.Array, JsonElement.Parse(run.Output).GetProperty("look").GetProperty("resolvers").ValueKind);
    }

    [Fact]
    public async Task Watching_says_it_anew_when_something_has_changed_and_goes_on()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(StillFacts.KeepFactsStill);
        gateway.Get<StatusStore>().Update(_ => _home.Cgnat());
        var (watching, lines) = _program.Follow("doctor", "--watch", "--config", await ConfigurationOfAsync(gateway));
        await lines.WaitForAsync(l => l.Contains("✗ Internet provider", StringComparison.Ordinal));
        gateway.Get<StatusStore>().Update(_ => _home.NameWrong());
        await lines.WaitForAsync(l => l.Contains("✗ Name", StringComparison.Ordinal));
        await gateway.App.StopAsync();
        await lines.WaitForAsync(l => l.StartsWith("no gateway is running", StringComparison.Ordinal));
        Assert.False(watching.HasExited);
    }

    [Fact]
    public void Long_words_are_broken_at_the_terminals_width_below_each_other()
    {
        var time = new FakeTimeProvider();
        var (status, scopes) = (new MadeUp(time).Cgnat(), new AddressScopes());
        var view = new FactViews(scopes, time).Of(status, new Diagnostician(scopes, time).Of(status), []);
        var text = new DoctorText(new Terminal(true, true, false, 60)).Path(view).ToString();
        Assert.All(text.Split(Environment.NewLine), line => Assert.InRange(System.Text.RegularExpressions.Regex.Replace(line, "\e\\[[0-9]+m", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)).Length, 0, 60));
        Assert.Contains("\e[31mx\e[0m", text, StringComparison.Ordinal);
        Assert.True(text.All(char.IsAscii));
    }

    [Fact]
    public void What_a_stranger_called_his_port_does_not_steer_the_terminal()
    {
        var look = new LookView([], null, [new RouterMappingView("TCP", 1, null, "\e[2Jgone\n\rx", false)]);
        var text = new DoctorText(new Terminal(true, true, true, 80)).Facts(Sections.Of(look));
        Assert.DoesNotContain("\e[2J", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("\" [2Jgone x\"", text.ToString(), StringComparison.Ordinal);
    }

    private async Task<((int Code, string Output, string Error), string Configuration)> DoctorAsync(GatewayUnderTest gateway, GatewayStatus status, params string[] options)
    {
        gateway.Get<StatusStore>().Update(_ => status);
        var configuration = await ConfigurationOfAsync(gateway);
        return (await _program.RunBareAsync(["doctor", "--config", configuration, .. options]), configuration);
    }

    private async Task<string> ConfigurationOfAsync(GatewayUnderTest gateway)
    {
        var file = Path.Combine(_program.Folder, "other.toml");
        await File.WriteAllTextAsync(file, $"data.path = '{gateway.Folder}'\n");
        return file;
    }
}
