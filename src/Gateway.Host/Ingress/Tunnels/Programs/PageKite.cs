using System.Globalization;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels.Programs;

/// <summary>A kite of PageKite: at one's own front end, or at pagekite.net. An <c>https</c> kite passes TLS through, found by the name in it (SNI); an <c>http</c> kite is read by the front end.</summary>
/// <param name="kite">The kite's name.</param>
/// <param name="secret">Its secret.</param>
/// <param name="frontend">HOST:PORT; null for pagekite.net's.</param>
/// <param name="isHttp">Whether it is an <c>http</c> kite.</param>
/// <param name="isOwnName">Whether the kite's name is one that the gateway publishes.</param>
/// <param name="time">The clock.</param>
internal sealed class PageKite(string kite, string secret, (string Host, int Port)? frontend, bool isHttp, bool isOwnName, TimeProvider time) : ProgramTunnel(time)
{
    // pagekite's common.py: what be_status carries, in hexadecimal.
    private const int StatusOk = 0x1000, StatusError = 0xFFF, StatusTls = 0x10000;

    private string _address = "";

    public override string Way => TunnelKinds.PageKite;

    public override string Server => frontend?.Host ?? kite;

    public override bool IsReadable => isHttp;

    // Of an http kite the connector writes X-Forwarded-For, but a visitor whose request arrives in pieces gets one of his own past it: it is not believed.

    protected override string Program => "pagekite";

    protected override string Cure => "apt install pagekite";

    protected override IEnumerable<string> Secrets => [secret];

    private string Protocol => isHttp ? "http" : "https";

    /// <summary>pagekite gives up on a name that has an IPv6 address where its front end listens on IPv4 alone, so it gets an address.</summary>
    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (frontend is not var (host, _)) return;
        try
        {
            var all = await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken);
            _address = (all.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? all.FirstOrDefault())?.ToString() ?? "";
        }
        catch (SocketException) { _address = ""; }
        if (_address.Length == 0) throw new TunnelException($"the front end's name {host} cannot be looked up", IngressProblem.NoServer);
    }

    /// <summary>The secret is in a file: arguments are anybody's to read.</summary>
    protected override IEnumerable<string> Arguments(string folder, int localPort, int apiPort)
    {
        var end = frontend is var (_, port) ? $"frontend={(_address.Contains(':', StringComparison.Ordinal) ? $"[{_address}]" : _address)}:{port}\n" : "defaults\n";
        return ["--clean", "--remoteui", "--nocrashreport", "--optfile=" + Write(folder, "kite", $"{end}service_on={Protocol}:{kite}:127.0.0.1:{localPort}:{secret}\n")];
    }

    protected internal override TunnelEnd? Read(string line, TunnelEnd? current)
    {
        if (line.StartsWith("be_status:", StringComparison.Ordinal))
        {
            var fields = line["be_status:".Length..].Split(';', StringSplitOptions.TrimEntries);
            if (!fields.Contains($"domain={kite}", StringComparer.OrdinalIgnoreCase) || !fields.Contains($"proto={Protocol}", StringComparer.Ordinal)) return current;
            var status = fields.FirstOrDefault(f => f.StartsWith("status=", StringComparison.Ordinal))?["status=".Length..];
            return int.TryParse(status, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) && (bits & StatusOk) != 0 && (bits & StatusError) == 0 ? End((bits & StatusTls) != 0) : null;
        }
        if (line.StartsWith("notify: REJECTED:", StringComparison.Ordinal)) throw Rejected(line["notify: REJECTED:".Length..]);
        return line is "status_tag: down" or "status_tag: exiting" or "status_tag: connect" ? null : current;
    }

    private TunnelEnd End(bool withTls) => new(Server, 443, $"PageKite by {Server}") { Link = isHttp ? $"{(withTls ? "https" : "http")}://{kite}/" : isOwnName ? null : $"https://{kite}/" };

    private TunnelException Rejected(string why)
    {
        if (Has("signature") || Has("secret") || Has("unauthorized")) return new TunnelException($"the front end does not take the kite {kite}: its secret is wrong, or the kite is not known there", IngressProblem.NotAuthorised, isPermanent: true);
        if (Has("duplicate")) return new TunnelException($"somebody else flies the kite {kite} already", IngressProblem.NameTaken);
        if (Has("quota") || Has("expired") || Has("too many")) return new TunnelException($"the provider has stopped the kite {kite}:{Shown(why)}", IngressProblem.Quota, isPermanent: true);
        return new TunnelException($"the front end does not take the kite:{Shown(why)}", IngressProblem.TunnelFailed);
        bool Has(string word) => why.Contains(word, StringComparison.OrdinalIgnoreCase);
    }
}
