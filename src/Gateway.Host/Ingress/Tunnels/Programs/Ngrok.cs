using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels.Programs;

/// <summary>ngrok's agent, version 3.30 or newer (<c>/api/endpoints</c>). A <c>tls://</c> or <c>tcp://</c> endpoint passes TLS through, an <c>https://</c> one is read by ngrok.</summary>
/// <param name="token">The authtoken.</param>
/// <param name="url">The endpoint wanted: <c>tls://NAME</c>, <c>tcp://</c>, <c>https://</c>.</param>
/// <param name="edge">The name to which the domain of a <c>tls://</c> endpoint leads (ngrok's dashboard: CNAME target).</param>
/// <param name="isOwnName">Whether a name is one that the gateway publishes.</param>
/// <param name="time">The clock.</param>
internal sealed class Ngrok(string token, string url, string? edge, Func<string, bool> isOwnName, TimeProvider time) : ProgramTunnel(time)
{
    private const string Name = "gateway";

    private readonly string _scheme = url.Split("://")[0];

    public override string Way => TunnelKinds.Ngrok;

    public override string Server => edge ?? "ngrok.com";

    public override bool IsReadable => _scheme is "https" or "http";

    public override bool SaysWhoComes => IsReadable;

    protected override string Program => "ngrok";

    protected override string Cure => "https://ngrok.com/download says how";

    protected override IEnumerable<string> Secrets => [token];

    protected override IReadOnlyList<string> Questions { get; } = ["/api/endpoints"];

    protected override IEnumerable<string> Arguments(string folder, int localPort, int apiPort) => ["start", "--all", "--log=stderr", "--config=" + Write(folder, "ngrok.yml", $"""
        version: 3
        agent:
          authtoken: {Quoted(token)}
          web_addr: 127.0.0.1:{apiPort}
          update_check: false
        endpoints:
          - name: {Name}
            {(url.EndsWith("://", StringComparison.Ordinal) && _scheme != "tcp" ? "" : "url: " + Quoted(url))}
            upstream:
              url: {(IsReadable ? "http" : _scheme)}://127.0.0.1:{localPort}

        """)];

    protected internal override TunnelEnd? Read(IReadOnlyList<Answer> answers)
    {
        var text = answers[0].Json()?.List("endpoints").Where(e => e.Text("name") == Name).Select(e => e.Text("url")).FirstOrDefault();
        if (!Uri.TryCreate(text, UriKind.Absolute, out var end) || !end.Host.IsHostName()) return null;
        if (end.Scheme != _scheme) throw new TunnelException($"ngrok opened {end.Scheme}:// where {_scheme}:// was asked for", IngressProblem.TunnelFailed, isPermanent: true);
        var port = end.Port > 0 ? end.Port : 443;
        if (IsReadable) return new TunnelEnd(end.Host, port, "ngrok") { Link = end.AbsoluteUri };
        // Whoever comes to ngrok's own name is found by that name; under the house's name it has to be known there.
        if (_scheme == "tls") return isOwnName(end.Host) ? new TunnelEnd(edge ?? end.Host, port, "ngrok (TLS)") : new TunnelEnd(end.Host, port, "ngrok (TLS)") { Link = $"https://{end.Host}/" };
        return new TunnelEnd(end.Host, port, "ngrok (TCP)");
    }

    /// <summary>The numbers of ngrok's own list of errors.</summary>
    protected internal override TunnelException? Reason(string words)
    {
        if (Has("ERR_NGROK_105", "ERR_NGROK_107", "ERR_NGROK_4018")) return new TunnelException("ngrok does not take the authtoken", IngressProblem.NotAuthorised, isPermanent: true);
        if (Has("ERR_NGROK_334", "ERR_NGROK_320")) return new TunnelException("somebody else has this endpoint's name, or another agent uses it", IngressProblem.NameTaken);
        if (Has("ERR_NGROK_108", "ERR_NGROK_727", "ERR_NGROK_725")) return new TunnelException("ngrok says that the account's limit is reached", IngressProblem.Quota, isPermanent: true);
        return null;
        bool Has(params string[] codes) => codes.Any(c => (words + " ").Contains(c + " ", StringComparison.Ordinal) || words.Contains(c + "\"", StringComparison.Ordinal) || words.EndsWith(c, StringComparison.Ordinal));
    }
}
