using System.Net.Http.Json;
using System.Net.Sockets;
using Gateway.Host.CommandLine;
using Gateway.Host.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gateway.Host.Tests.CommandLine;

public sealed class RunTests : IDisposable
{
    private readonly GatewayProcess _gateway = new();

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task A_newcomer_reads_where_the_page_is_and_where_mqtt_and_what_code_to_enter()
    {
        var running = await _gateway.StartAsync();
        await GatewayProcess.EndAsync(running, "TERM");
        running.WaitForExit(); // until the last line is read
        Assert.Single(_gateway.Lines, l => l.EndsWith($"The page: http://127.0.0.1:{_gateway.Port}", StringComparison.Ordinal));
        Assert.Single(_gateway.Lines, l => l.EndsWith($"MQTT: 127.0.0.1:{_gateway.MqttPort}", StringComparison.Ordinal));
        Assert.DoesNotContain(_gateway.Lines, l => l.Contains($"http://127.0.0.1:{_gateway.MqttPort}", StringComparison.Ordinal));
        Assert.Single(_gateway.Lines, l => l.Contains("has no owner yet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_may_claim_it_is_never_sent_to_another_port_than_the_page_s()
    {
        await File.WriteAllTextAsync(_gateway.Configuration, $"data.path = '{_gateway.Data}'\nhttp.listen = ['http://*:{_gateway.Port}']\nmqtt.listen = '127.0.0.1:{_gateway.MqttPort}'\n");
        var running = await _gateway.StartAsync();
        await GatewayProcess.EndAsync(running, "TERM");
        running.WaitForExit();
        Assert.Single(_gateway.Lines, l => l.Contains("has no owner yet. Open its page and", StringComparison.Ordinal));
        Assert.DoesNotContain(_gateway.Lines, l => l.Contains($"http://127.0.0.1:{_gateway.MqttPort}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_data_folder_and_what_is_in_it_are_its_users_alone()
    {
        await _gateway.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_gateway.Data));
        foreach (var file in Directory.EnumerateFileSystemEntries(_gateway.Data))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_second_gateway_on_the_same_data_is_refused_and_the_first_goes_on()
    {
        await _gateway.StartAsync();
        var (code, output, error) = await _gateway.RunAsync("run");
        Assert.Equal((69, "", $"gateway: another gateway is running with its data in {_gateway.Data}; stop it first, or give this one its own data.path\n"), (code, output, error));
        Assert.Equal(0, (await _gateway.RunAsync("claim-code")).Code);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("mqtt")]
    public async Task An_address_that_is_taken_is_named_with_its_key(string which)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, which == "http" ? _gateway.Port : _gateway.MqttPort));
        taken.Listen();
        var address = which == "http" ? $"http://127.0.0.1:{_gateway.Port}" : $"127.0.0.1:{_gateway.MqttPort}";
        var (code, _, error) = await _gateway.RunAsync("run");
        Assert.Equal((69, $"gateway: {address} is taken by another program; stop that one, or set {which}.listen to another address\n"), (code, error));
    }

    [Theory]
    [InlineData("/proc/gateway", 69)]
    [InlineData("/tmp", 77)]
    public async Task A_data_folder_that_cannot_be_ours_is_refused_in_words(string path, int expected)
    {
        await File.WriteAllTextAsync(_gateway.Configuration, $"data.path = '{path}'\n");
        var (code, output, error) = await _gateway.RunAsync("run");
        Assert.Equal((expected, ""), (code, output));
        Assert.StartsWith($"gateway: the data folder {path} ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_whose_socket_would_have_too_long_a_name_is_a_mistake()
    {
        await File.WriteAllTextAsync(_gateway.Configuration, $"data.path = '/tmp/{new string('x', 90)}'\n");
        var (code, _, error) = await _gateway.RunAsync("run");
        Assert.Equal(78, code);
        Assert.Contains(":1: data.path: is too long: the path of gateway.sock in it may have at most 107 bytes", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task It_ends_within_five_seconds_with_0_although_someone_listens_to_events(string signal)
    {
        var running = await _gateway.StartAsync();
        using var local = _gateway.Local();
        using var events = await local.GetStreamAsync("/api/events");
        var start = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await GatewayProcess.EndAsync(running, signal));
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5 * 3)); // the machine may be busy
        Assert.False(File.Exists(Path.Combine(_gateway.Data, "gateway.sock")));
    }

    [Fact]
    public async Task After_kill_9_it_starts_again_and_settings_toml_is_whole()
    {
        for (var round = 0; round < 3; round++)
        {
            var running = await _gateway.StartAsync();
            using var local = _gateway.Local();
            var writing = Task.Run(async () =>
            {
                for (var i = 0; ; i++) await local.PatchAsJsonAsync("/api/settings", new Dictionary<string, object>(StringComparer.Ordinal) { ["http.hosts"] = Enumerable.Range(0, 100).Select(n => $"h{i}-{n}.example").ToArray() });
            });
            while (!File.Exists(Path.Combine(_gateway.Data, "settings.toml"))) await Task.Yield();
            running.Kill();
            await Assert.ThrowsAnyAsync<Exception>(() => writing.WaitAsync(TimeSpan.FromSeconds(30)));
            await running.WaitForExitAsync();

            var loaded = ConfigurationLoader.Find(GatewayApp.Schema, _gateway.Configuration, new Dictionary<string, string>(StringComparer.Ordinal)).Load();
            var hosts = loaded.Settings.List("http.hosts");
            Assert.Equal(100, hosts.Count);
            Assert.Single(hosts.Select(h => h.Split('-')[0]).Distinct(StringComparer.Ordinal));
            Assert.Empty(loaded.Problems);
        }
    }

    [Fact]
    public async Task A_hang_up_reads_the_configuration_again_and_a_bad_one_does_not_end_it()
    {
        var running = await _gateway.StartAsync();
        using var local = _gateway.Local();
        await File.WriteAllTextAsync(Path.Combine(_gateway.Data, "settings.toml"), "http.hosts = ['new.example']\n");
        await GatewayProcess.SignalAsync(running, "HUP");
        while (!(await local.GetStringAsync("/api/settings")).Contains("new.example", StringComparison.Ordinal)) Assert.False(running.HasExited);
        await File.AppendAllTextAsync(_gateway.Configuration, "nonsense");
        await GatewayProcess.SignalAsync(running, "HUP");
        while (!(await local.GetStringAsync("/api/settings")).Contains("last good", StringComparison.Ordinal)) Assert.False(running.HasExited);
        Assert.Equal(0, await GatewayProcess.EndAsync(running, "TERM"));
    }

    [Fact]
    public async Task A_background_part_that_fails_never_ends_the_program_with_0()
    {
        var configuration = ConfigurationLoader.Find(GatewayApp.Schema, _gateway.Configuration, new Dictionary<string, string>(StringComparer.Ordinal)).Load();
        var ended = await Assert.ThrowsAsync<CommandException>(() => RunCommand.RunAsync(configuration, services => services.AddHostedService<Failing>()).WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(70, ended.ExitCode);
    }

    private sealed class Failing(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource();
            lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task;
            throw new InvalidOperationException("a loop that nobody guarded");
        }
    }
}
