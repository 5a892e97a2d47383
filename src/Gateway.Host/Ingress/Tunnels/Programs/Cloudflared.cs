using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels.Programs;

/// <summary>cloudflared: a quick tunnel without an account, or a tunnel of one's own. TLS always ends at Cloudflare, which reads everything.</summary>
/// <param name="named">A tunnel of one's own: its id or name, the file with its credentials, and the host name that leads to it; null for a quick tunnel.</param>
/// <param name="time">The clock.</param>
internal sealed class Cloudflared((string Tunnel, string Credentials, string HostName)? named, TimeProvider time) : ProgramTunnel(time)
{
    public override string Way => TunnelKinds.Cloudflared;

    public override string Server => "cloudflare.com";

    public override bool IsReadable => true;

    public override bool SaysWhoComes => true;

    protected override string Program => "cloudflared";

    protected override string Cure => "https://developers.cloudflare.com says how (\"Downloads\" of cloudflared)";

    protected override IReadOnlyList<string> Questions => named is null ? ["/ready", "/quicktunnel"] : ["/ready"];

    protected override IEnumerable<string> Arguments(string folder, int localPort, int apiPort)
    {
        // Its own file: a quick tunnel is refused where the user has one of his own.
        var config = named is var (tunnel, credentials, host) ? $"""
            tunnel: {Quoted(tunnel)}
            credentials-file: {Quoted(credentials)}
            ingress:
              - hostname: {Quoted(host)}
                service: http://127.0.0.1:{localPort}
              - service: http_status:404

            """ : "no-autoupdate: true\n";
        string[] common = ["tunnel", "--no-autoupdate", "--metrics", $"127.0.0.1:{apiPort}", "--config", Write(folder, "config.yml", config)];
        return named is null ? [.. common, "--url", $"http://127.0.0.1:{localPort}"] : [.. common, "run"];
    }

    protected internal override TunnelEnd? Read(IReadOnlyList<Answer> answers)
    {
        if (answers[0].Status != 200) return null;
        var host = named?.HostName ?? answers[1].Json()?.Text("hostname");
        return host is not null && host.IsHostName() ? new TunnelEnd(host, 443, "cloudflared") { Link = $"https://{host}/" } : null;
    }

    protected internal override TunnelException? Reason(string words)
    {
        if (words.Contains("Unauthorized", StringComparison.OrdinalIgnoreCase) || words.Contains("credentials", StringComparison.OrdinalIgnoreCase)) return new TunnelException($"Cloudflare does not take the tunnel's credentials: {words}", IngressProblem.NotAuthorised, isPermanent: true);
        return words.Contains("429 Too Many Requests", StringComparison.OrdinalIgnoreCase) ? new TunnelException("Cloudflare gives no more quick tunnels to this address for now", IngressProblem.Quota) : null;
    }
}
