using System.Text.RegularExpressions;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels.Programs;

/// <summary>Any program that brings visitors to a port of this machine, and what the owner has said about it.</summary>
/// <param name="command">Program and arguments; <c>{host}</c> and <c>{port}</c> stand for where visitors have to come out.</param>
/// <param name="end">Its public end as the owner knows it: host and port; null when a line of its output tells.</param>
/// <param name="pattern">Finds <c>host</c>, <c>port</c> or <c>url</c> in a line of its output, which then says that the tunnel stands; null when it stands as soon as it runs.</param>
/// <param name="isReadable">Whether the provider ends TLS.</param>
/// <param name="time">The clock.</param>
internal sealed class CommandTunnel(IReadOnlyList<string> command, (string Host, int Port)? end, Regex? pattern, bool isReadable, TimeProvider time) : ProgramTunnel(time)
{
    public override string Way => TunnelKinds.Command;

    public override string Server => end?.Host ?? "the command's server";

    public override bool IsReadable => isReadable;

    protected override string Program => command[0];

    protected override string Cure => "ingress.command.command names it";

    protected override IEnumerable<string> Arguments(string folder, int localPort, int apiPort)
    {
        foreach (var part in command.Skip(1)) yield return part.Replace("{host}", "127.0.0.1", StringComparison.Ordinal).Replace("{port}", $"{localPort}", StringComparison.Ordinal);
    }

    protected override TunnelEnd? AtStart => pattern is null && end is { } known ? Ending(known.Host, known.Port) : null;

    protected internal override TunnelEnd? Read(string line, TunnelEnd? current)
    {
        if (pattern is null || pattern.Match(line) is not { Success: true } found) return current;
        var (host, port) = end ?? ("", 443);
        if (found.Groups["url"] is { Success: true } url)
        {
            if (!Uri.TryCreate(url.Value, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return current;
            (host, port) = (uri.Host, uri.Port > 0 ? uri.Port : 443);
        }
        if (found.Groups["host"] is { Success: true } named) host = named.Value;
        if (found.Groups["port"] is { Success: true } number) port = int.TryParse(number.Value, out var parsed) && parsed is > 0 and <= 65535 ? parsed : 0;
        return host.IsHostName() && port > 0 ? Ending(host, port) : current;
    }

    private TunnelEnd Ending(string host, int port) => new(host, port, $"the command {Path.GetFileName(command[0])}") { Link = isReadable ? $"https://{host}{(port == 443 ? "" : $":{port}")}/" : null };
}
