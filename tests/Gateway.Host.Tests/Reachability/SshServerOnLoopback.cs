using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Reachability;

/// <summary>A real OpenSSH server of this user's on a port of loopback, with keys of its own. Tests skip where none is installed, except in CI.</summary>
internal sealed class SshServerOnLoopback : IDisposable
{
    private const string Program = "/usr/sbin/sshd";

    private readonly string _folder = Directory.CreateTempSubdirectory("gw-sshd-").FullName;
    private readonly string _more;
    private Process? _process;

    private SshServerOnLoopback(string more)
    {
        _more = more;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Port = ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public int Port { get; }

    public string KeyFile => Path.Combine(_folder, "user");

    public string KnownHosts => Path.Combine(_folder, "known_hosts");

    public SshServer Server => new("ssh", "127.0.0.1", Port, Environment.UserName, KeyFile, KnownHosts);

    public Dictionary<string, object> Settings => new(StringComparer.Ordinal)
    {
        ["ingress.ssh.host"] = "127.0.0.1", ["ingress.ssh.port"] = (long)Port, ["ingress.ssh.user"] = Environment.UserName, ["ingress.ssh.key"] = KeyFile, ["ingress.ssh.known-hosts"] = KnownHosts,
        ["vantage.control"] = new[] { $"https://127.0.0.1:{Port}/" }, // the server itself: it answers, which is all that is asked
    };

    public static async Task<SshServerOnLoopback> StartAsync(string more = "")
    {
        if (!File.Exists(Program))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "No sshd is installed (openssh-server).");
            Assert.Fail("No sshd is installed (openssh-server).");
        }
        var server = new SshServerOnLoopback(more);
        foreach (var key in new[] { "host", "user" }) await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(server._folder, key));
        var host = (await File.ReadAllTextAsync(Path.Combine(server._folder, "host.pub"))).Split(' ');
        await File.WriteAllTextAsync(server.KnownHosts, $"[127.0.0.1]:{server.Port} {host[0]} {host[1]}\n");
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Another server under the same address, with another host key.</summary>
    public async Task ForgeKnownHostAsync()
    {
        await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(_folder, "other"));
        var other = (await File.ReadAllTextAsync(Path.Combine(_folder, "other.pub"))).Split(' ');
        await File.WriteAllTextAsync(KnownHosts, $"[127.0.0.1]:{Port} {other[0]} {other[1]}\n");
    }

    public async Task StartAgainAsync()
    {
        var config = Path.Combine(_folder, "sshd_config");
        await File.WriteAllTextAsync(config, $"""
            ListenAddress 127.0.0.1
            Port {Port}
            HostKey {_folder}/host
            PidFile none
            AuthorizedKeysFile {_folder}/user.pub
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitTTY no
            SetEnv SHLVL=5
            {_more}
            """); // SHLVL: a shell within a shell does not read .bashrc, which may do anything, and for long
        if (Environment.UserName == "root") Directory.CreateDirectory("/run/sshd");
        _process = Process.Start(new ProcessStartInfo(Program, ["-D", "-e", "-f", config]) { UseShellExecute = false, RedirectStandardError = true })!;
        while (await _process.StandardError.ReadLineAsync() is { } line && !line.StartsWith("Server listening", StringComparison.Ordinal)) { }
        _ = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The server and every session of it are gone.</summary>
    public void Stop()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Stop();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
