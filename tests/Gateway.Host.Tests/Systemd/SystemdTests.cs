using System.Net.Sockets;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Systemd;
using Gateway.Host.Tests.CommandLine;

namespace Gateway.Host.Tests.Systemd;

/// <summary>The service manager's side of sd_notify(3): a datagram socket that listens.</summary>
public sealed class SystemdTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-sd-").FullName;
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };

    public void Dispose()
    {
        _manager.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_running_gateway_says_that_it_is_ready_and_that_it_stops()
    {
        using var gateway = new GatewayProcess(environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = Listen() });
        var running = await gateway.StartAsync();
        var ready = Heard(l => l.Contains("READY=1", StringComparer.Ordinal));
        Assert.Contains(ready, l => l.StartsWith("STATUS=", StringComparison.Ordinal) && l.EndsWith('.'));
        Assert.Equal(0, await GatewayProcess.EndAsync(running, "TERM"));
        Heard(l => l.Contains("STOPPING=1", StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_watchdog_is_fed_by_fresh_verdicts_alone(bool isAbstract)
    {
        var status = new StatusStore();
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var reports = new SystemdReports(Listen(isAbstract), status, gateway.Get<Microsoft.Extensions.Hosting.IHostApplicationLifetime>(),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<SystemdReports>.Instance);
        await reports.StartAsync(CancellationToken.None);
        Heard(l => l.Contains("READY=1", StringComparer.Ordinal));

        status.Update(s => s with { IsClaimed = true }); // news, but no verdict
        Say(status, 1, "Nobody could get in.\nWATCHDOG_USEC=1");
        Assert.Equal(["WATCHDOG=1"], Heard(_ => true));
        Assert.Equal(["STATUS=Nobody could get in. WATCHDOG_USEC=1"], Heard(_ => true));
        Say(status, 1, "The same again."); // judged once, said anew
        Assert.Equal(["STATUS=The same again."], Heard(_ => true));
        Say(status, 2, "The same again.");
        Assert.Equal(["WATCHDOG=1"], Heard(_ => true));
    }

    [Fact]
    public void Nobody_who_listens_is_nobody_told()
    {
        using var systemd = new SystemdNotify(Path.Combine(_folder, "nowhere"));
        systemd.Send("READY=1");
    }

    private static void Say(StatusStore status, long made, string words) =>
        status.Update(s => s with { Report = s.Report with { Made = made, Words = words } });

    private string Listen(bool isAbstract = false)
    {
        var name = isAbstract ? "@" + Path.GetFileName(_folder) : Path.Combine(_folder, "notify");
        _manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? '\0' + name[1..] : name));
        return name;
    }

    private string[] Heard(Func<string[], bool> wanted)
    {
        var buffer = new byte[4096];
        while (true)
        {
            var lines = Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer)).Split('\n');
            if (wanted(lines)) return lines;
        }
    }
}
