using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels.Programs;

/// <summary>frp's client. A server of one's own passes TLS through: by the name in it (<c>https</c>), or by a port of its own (<c>tcp</c>).</summary>
/// <param name="server">frps: HOST and PORT.</param>
/// <param name="token">What frps asks for (auth.token); empty for nothing.</param>
/// <param name="domain">For <c>https</c>: the name by which visitors are found; null for <c>tcp</c>.</param>
/// <param name="port">The port of frps at which visitors come in.</param>
/// <param name="isOwnName">Whether the domain is one that the gateway publishes.</param>
/// <param name="time">The clock.</param>
internal sealed class Frp((string Host, int Port) server, string token, string? domain, int port, bool isOwnName, TimeProvider time) : ProgramTunnel(time)
{
    private const string Name = "gateway";

    /// <summary>frpc's own page shows its configuration, the token with it, to everybody on this machine who knows this.</summary>
    private string _password = "";

    public override string Way => TunnelKinds.Frp;

    public override string Server => server.Host;

    protected override string Program => "frpc";

    protected override string Cure => "https://github.com/fatedier/frp has it under \"Releases\"";

    protected override IEnumerable<string> Secrets => [token, _password];

    protected override IReadOnlyList<string> Questions { get; } = ["/api/status"];

    protected override AuthenticationHeaderValue Pass => new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Name}:{_password}")));

    private string Kind => domain is null ? "tcp" : "https";

    protected override IEnumerable<string> Arguments(string folder, int localPort, int apiPort)
    {
        _password = RandomNumberGenerator.GetHexString(32); // for each life anew: another program may have won its port, and heard the last one
        return ["-c", Write(folder, "frpc.toml", $"""
        serverAddr = {Quoted(server.Host)}
        serverPort = {server.Port}
        {(token.Length > 0 ? $"auth.method = \"token\"\nauth.token = {Quoted(token)}" : "")}
        webServer.addr = "127.0.0.1"
        webServer.port = {apiPort}
        webServer.user = "{Name}"
        webServer.password = "{_password}"
        [[proxies]]
        name = "{Name}"
        type = "{Kind}"
        localIP = "127.0.0.1"
        localPort = {localPort}
        {(domain is null ? $"remotePort = {port}" : $"customDomains = [{Quoted(domain)}]")}

        """)];
    }

    protected internal override TunnelEnd? Read(IReadOnlyList<Answer> answers)
    {
        if (answers[0].Json() is not { } all) return null;
        foreach (var proxy in all.List(Kind).Where(p => p.Text("name") == Name))
        {
            if (proxy.Text("status") == "running") return new TunnelEnd(server.Host, port, $"frp ({Kind})") { Link = domain is null || isOwnName ? null : $"https://{domain}{(port == 443 ? "" : $":{port}")}/" };
            if (proxy.Text("err") is { Length: > 0 } error) throw Reason(error) ?? new TunnelException($"{server.Host} does not take the tunnel: {Shown(error)}", IngressProblem.TunnelFailed);
        }
        return null;
    }

    protected internal override TunnelException? Reason(string words)
    {
        if (Has("token") && Has("match") || Has("authorization failed")) return new TunnelException($"{server.Host} does not take the token", IngressProblem.NotAuthorised, isPermanent: true);
        if (Has("port already used") || Has("port unavailable") || Has("port not allowed")) return new TunnelException($"{server.Host} does not open port {port}: {Shown(words)}", IngressProblem.PortTaken);
        if (Has("already exists") || Has("already in use") || Has("conflict")) return new TunnelException($"somebody else has this name at {server.Host}: {Shown(words)}", IngressProblem.NameTaken);
        if (Has("connection refused") || Has("i/o timeout") || Has("no such host")) return new TunnelException($"{server.Host} does not answer at port {server.Port}", IngressProblem.NoServer);
        return null;
        bool Has(string part) => words.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
