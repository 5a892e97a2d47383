using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels.Programs;

/// <summary>A service that brings visitors by <c>ssh -R</c> and says in its own words where it takes them. Its names and their words are those of 2026.</summary>
/// <param name="service">One of <see cref="SshServices"/>.</param>
/// <param name="server">Its server, and how one signs in there.</param>
/// <param name="proto"><see cref="SshServices.Http"/>, <see cref="SshServices.Https"/> or <see cref="SshServices.Tcp"/>.</param>
/// <param name="name">The name to ask for; null for any.</param>
/// <param name="token">A secret within the user's name; empty for none.</param>
/// <param name="isOwnName">Whether a name is one that the gateway publishes.</param>
/// <param name="time">The clock.</param>
internal sealed partial class SshService(string service, SshServer server, string proto, string? name, string token, Func<string, bool> isOwnName, TimeProvider time) : ProgramTunnel(time)
{
    /// <summary>Where pinggy answers behind its tunnel: https://pinggy.io/docs/api/web_debugger_api/.</summary>
    private const int PinggyApi = 4300;

    private readonly TimeProvider _time = time;

    public override string Way => server.Way;

    public override string Server => server.Host;

    public override bool IsReadable => proto == SshServices.Http;

    protected override string Program => "ssh";

    protected override string Cure => "apt install openssh-client";

    protected override IEnumerable<string> Secrets => [token];

    /// <summary>localhost.run draws the address as a picture of characters in the same line.</summary>
    protected override int LongestLine => service == SshServices.LocalhostRun ? 64 * 1024 : base.LongestLine;

    protected override IReadOnlyList<string> Questions { get; } = service == SshServices.Pinggy ? ["/urls"] : [];

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        try { await OwnSshKey.ReadyAsync(server, _time, cancellationToken); }
        catch (SshException e) { throw new TunnelException(e.Message, IngressProblem.TunnelFailed, e.IsPermanent, e); }
    }

    protected override IEnumerable<string> Arguments(string folder, int localPort, int apiPort) => Command(folder, localPort, apiPort);

    internal IReadOnlyList<string> Command(string folder, int localPort, int apiPort)
    {
        var ask = service switch
        {
            SshServices.Pinggy => "0",
            SshServices.Sish => proto switch { SshServices.Http => "80", SshServices.Https => $"{server.RemotePort ?? 443}", _ => $"{server.RemotePort ?? 0}" },
            _ => "80",
        };
        var named = name is null || proto == SshServices.Tcp ? "" : name + ":";
        return
        [
            "-F", Write(folder, "config", $"User {server.User}\n"), .. server.WithoutUser, .. SshServer.Options("ExitOnForwardFailure=yes"), "-R", $"{named}{ask}:127.0.0.1:{localPort}",
            .. apiPort > 0 ? ["-L", $"127.0.0.1:{apiPort}:localhost:{PinggyApi}"] : Array.Empty<string>(), "--", server.Host,
            .. service switch
            {
                SshServices.LocalhostRun => ["--output json"],
                SshServices.Sish when proto == SshServices.Https => ["sni-proxy=true"],
                _ => Array.Empty<string>(),
            },
        ];
    }

    protected internal override TunnelEnd? Read(string line, TunnelEnd? current)
    {
        switch (service)
        {
            case SshServices.LocalhostRun: return ReadLocalhostRun(line) ?? current;
            case SshServices.Serveo: return ServeoLine().Match(Plain(line)) is { Success: true } found ? Linked(found.Groups["url"].Value) ?? current : current;
            case SshServices.Sish: return ReadSish(Plain(line)) ?? current;
            default: return current;
        }
    }

    protected internal override TunnelEnd? Read(IReadOnlyList<Answer> answers)
    {
        var wanted = proto switch { SshServices.Tcp => "tcp", SshServices.Https => "tls", _ => "https" };
        foreach (var text in answers[0].Json()?.List("urls").Where(u => u.ValueKind == JsonValueKind.String).Select(u => u.GetString()!) ?? [])
        {
            // A name in TLS is announced under either scheme.
            if (text.Length > 300 || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != wanted && !(wanted == "tls" && url.Scheme == "https") || !url.Host.IsHostName()) continue;
            if (proto != SshServices.Tcp) return Linked($"https://{url.Host}{(url.Port is > 0 and not 443 ? $":{url.Port}" : "")}/");
            if (url.Port > 0) return new TunnelEnd(url.Host, url.Port, Words);
        }
        return null;
    }

    /// <summary>What ssh says when it ends (ssh 9.2: sshconnect.c, serverloop.c).</summary>
    protected internal override TunnelException? Reason(string words)
    {
        if (Has("remote port forwarding failed")) return new TunnelException($"{server.Host} does not give {(name is null ? "a tunnel" : $"the name {name}")}: somebody else has it, or this key may not", IngressProblem.NameTaken);
        if (Has("closed by remote host") || Has("Timeout, server") || Has("Connection reset") || Has("Broken pipe")) return new TunnelException($"{server.Host} has ended the tunnel", IngressProblem.Lost);
        var known = SshException.NotSignedIn(token.Length == 0 ? server : server with { User = server.User.Replace(token, "...", StringComparison.Ordinal) }, words);
        return known.Refusal switch
        {
            SshRefusal.HostKey => new TunnelException(server.TrustsFirstKey ? $"{server.Host} shows another host key than the first one, which is kept in {server.KnownHostsFile}: if the provider says that it has changed, take its line out there" : known.Message, IngressProblem.WrongServer, isPermanent: true),
            SshRefusal.Key => new TunnelException($"{known.Message}{(server.HasOwnKey ? "; \"gateway tunnel key\" prints its public half, for where the provider wants to know it" : "")}", IngressProblem.NotAuthorised, isPermanent: true),
            _ when Has("Could not resolve hostname") || Has("Connection refused") || Has("timed out") || Has("No route to host") || Has("unreachable") => new TunnelException(known.Message, IngressProblem.NoServer),
            _ => null,
        };
        bool Has(string part) => words.Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    private string Words => $"ssh -R to {server.Host}";

    /// <summary>
    /// One JSON object a line (<c>--output json</c>): <c>{"event":"tcpip-forward","address":NAME}</c>, or in the newer form <c>{"type":"v1.tcpip_forward.register.accepted","id":"localhost/NAME"}</c>.
    /// After some hours the name is another one in the same session.
    /// </summary>
    private TunnelEnd? ReadLocalhostRun(string line)
    {
        if (!line.StartsWith('{')) return null;
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 16 });
            var said = document.RootElement;
            var (type, isOld) = (said.Text("type"), said.Text("event") == "tcpip-forward");
            if (!isOld && !type.Contains("tcpip_forward", StringComparison.Ordinal)) return null;
            if (isOld ? said.Text("authz_code") is not ("" or "OK") : type.EndsWith(".rejected", StringComparison.Ordinal))
                throw new TunnelException($"{server.Host} does not give {(name is null ? "a tunnel" : $"the name {name}")}", IngressProblem.NameTaken);
            return isOld ? Linked($"https://{said.Text("address")}/") : type.EndsWith(".accepted", StringComparison.Ordinal) ? Linked($"https://{said.Text("id").Split('/')[^1]}/") : null;
        }
        catch (JsonException) { return null; }
    }

    /// <summary>sshmuxer/tcphandler.go, httphandler.go. Where TLS passes through the name leads to the server that is configured, not to what it says.</summary>
    private TunnelEnd? ReadSish(string line)
    {
        if (SishLine().Match(line) is not { Success: true } found || found.Groups["kind"].Value != (proto switch { SshServices.Http => "HTTPS", SshServices.Https => "TLS", _ => "TCP" })) return null;
        var rest = found.Groups["rest"].Value;
        if (proto == SshServices.Http) return Linked(rest);
        if (rest.LastIndexOf(':') is not (> 0 and var colon) || !int.TryParse(rest[(colon + 1)..], out var port) || port is < 1 or > 65535) return null;
        if (proto == SshServices.Tcp) return new TunnelEnd(server.Host, port, Words);
        var given = rest[..colon];
        if (isOwnName(name!) && !given.Equals(name, StringComparison.OrdinalIgnoreCase)) throw new TunnelException($"{server.Host} does not give the name {name} (its setting bind-any-host or bind-hosts)", IngressProblem.NameTaken);
        return isOwnName(given) ? new TunnelEnd(server.Host, port, Words) : Linked($"https://{given}{(port == 443 ? "" : $":{port}")}/");
    }

    /// <summary>An end that is found by its own name alone; null where that is no URL of the kind.</summary>
    private TunnelEnd? Linked(string text) => text.Length <= 300 && Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "https", UserInfo: "" } && url.Host.IsHostName()
        ? new TunnelEnd(url.Host, url.Port, Words) { Link = url.GetLeftPart(UriPartial.Authority) + "/" } : null;

    /// <summary>Without colours and other control characters (ECMA-48).</summary>
    private static string Plain(string line) => Controls().Replace(line, "");

    [GeneratedRegex(@"\x1b\[[0-9;]*[A-Za-z]|\p{Cc}", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Controls();

    [GeneratedRegex(@"Forwarding HTTP traffic from (?<url>https://[^\s/]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ServeoLine();

    [GeneratedRegex(@"^(?<kind>HTTPS|TLS|TCP): (?<rest>[^\s]+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SishLine();
}
