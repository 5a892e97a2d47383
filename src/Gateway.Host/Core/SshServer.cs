using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Core;

/// <summary>
/// An SSH server of the owner's, of the table <c>[ingress.ssh]</c> or <c>[ingress.ssh.NAME]</c>: a vantage, and a tunnel where <c>ingress.order</c> says so.
/// Spoken to with the system's <c>ssh</c>, which reads no configuration, asks nobody anything, and takes this one key to this one known host.
/// </summary>
/// <param name="Way">Its name as in <c>ingress.order</c>: <c>ssh</c> or <c>ssh.NAME</c>.</param>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">Its SSH port.</param>
/// <param name="User">The user there.</param>
/// <param name="KeyFile">The private key's file: one that the owner names, or the gateway's own (<see cref="OwnSshKey"/>).</param>
/// <param name="KnownHostsFile">The file with the server's host key.</param>
public sealed record SshServer(string Way, string Host, int Port, string User, string KeyFile, string KnownHostsFile)
{
    private const string Table = "ingress.ssh";

    /// <summary>Whether the key is the gateway's own, to be made where there is none yet.</summary>
    public bool HasOwnKey { get; init; }

    /// <summary>The port to open there for a tunnel: 0 for any; null when the owner has not said.</summary>
    public int? RemotePort { get; init; }

    /// <summary>The keys of a server's table.</summary>
    public static IReadOnlyList<SettingDefinition> Definitions { get; } = [.. Keys(Table), .. Keys(Table + ".*")];

    /// <summary>The servers that are configured.</summary>
    public static IReadOnlyList<SshServer> Of(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return [.. OwnTables(settings).Where(t => Missing(settings, t) is null)
            .Select(t => Of(settings, t, settings.Text(t + ".host")!, (int)settings.Integer(t + ".port")!, settings.Text(t + ".user")!, settings.Text(t + ".known-hosts")!))];
    }

    /// <summary>The server of a table: who it is stands there or is known otherwise; its key and its port for a tunnel always stand there, or are the gateway's own and any.</summary>
    public static SshServer Of(Settings settings, string table, string host, int port, string user, string knownHostsFile)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(table);
        var key = settings.Text(table + ".key");
        return new SshServer(table["ingress.".Length..], host, port, user, key ?? OwnSshKey.FileIn(settings.Text("data.path")!), knownHostsFile) { HasOwnKey = key is null, RemotePort = (int?)settings.Integer(table + ".remote-port") };
    }

    /// <summary>A table that names a server needs what ssh cannot ask for.</summary>
    public static IEnumerable<SettingProblem> Check(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        foreach (var table in OwnTables(settings))
        {
            if (Missing(settings, table) is { } key) yield return new SettingProblem($"{table}.{key}", key switch
            {
                "host" => "must be set: the server's name or address",
                "user" => "must be set: the user on the server",
                _ => "must be set: a file with the server's host key, made with \"ssh-keyscan\" and compared with what the server shows",
            });
        }
    }

    /// <summary>Whether a host key that has never been seen is kept in the file and trusted from then on; else only what is in the file is.</summary>
    public bool TrustsFirstKey { get; init; }

    /// <summary>The arguments up to the host, which comes last: no configuration file, no questions, no agent, nothing forwarded that was not asked for (ssh_config(5)).</summary>
    public IReadOnlyList<string> Arguments => ["-F", "none", "-l", User, .. WithoutUser];

    /// <summary>The same for a user whose name is a secret and therefore in a configuration file.</summary>
    public IReadOnlyList<string> WithoutUser =>
    [
        "-T", "-p", Port.ToString(), "-i", KeyFile,
        .. Options("BatchMode=yes", "StrictHostKeyChecking=" + (TrustsFirstKey ? "accept-new" : "yes"), "UserKnownHostsFile=" + Quoted(KnownHostsFile), "GlobalKnownHostsFile=none", "UpdateHostKeys=no",
            "IdentitiesOnly=yes", "IdentityAgent=none", "PreferredAuthentications=publickey", "ForwardAgent=no", "ForwardX11=no", "Tunnel=no", "EscapeChar=none",
            "ConnectTimeout=8", "ServerAliveInterval=5", "ServerAliveCountMax=2"),
    ];

    /// <summary>Each as <c>-o NAME=VALUE</c>.</summary>
    public static IEnumerable<string> Options(params IEnumerable<string> options) => options.SelectMany(o => new[] { "-o", o });

    /// <summary>ssh splits the value of UserKnownHostsFile at blanks and expands %.</summary>
    private static string Quoted(string path) => "\"" + path.Replace("%", "%%", StringComparison.Ordinal) + "\"";

    /// <summary>The tables <c>ingress.ssh</c> and <c>ingress.ssh.NAME</c> in which something is said, the owner's servers and others.</summary>
    public static IEnumerable<string> Tables(Settings settings) =>
        new[] { Table }.Concat(settings.Names(Table).Order(StringComparer.Ordinal).Select(n => $"{Table}.{n}")).Where(t => settings.Values.Any(v => v.Value.Source != SettingSource.Default && v.Key.StartsWith(t + ".", StringComparison.Ordinal) && !v.Key[(t.Length + 1)..].Contains('.', StringComparison.Ordinal)));

    /// <summary>Those of servers of the owner's: a table with <c>service</c> names somebody else's.</summary>
    private static IEnumerable<string> OwnTables(Settings settings) => Tables(settings).Where(t => settings.Text(t + ".service") is null);

    private static string? Missing(Settings settings, string table) =>
        new[] { "host", "user", "known-hosts" }.FirstOrDefault(k => settings.Text($"{table}.{k}") is null);

    private static IEnumerable<SettingDefinition> Keys(string table) =>
    [
        new($"{table}.host", SettingKind.Text, "An SSH server of yours that looks at the gateway from outside (`vantage.ssh`), and hands visitors on where `ingress.order` has it: a host name or address. With `service`, that service's own unless it is named.") { Check = HostName },
        new($"{table}.port", SettingKind.Integer, "Its SSH port: 1 to 65535; with `service`, that service's own unless it is named.") { Default = 22L, Check = SettingChecks.Port },
        new($"{table}.user", SettingKind.Text, "The user there; it needs no more than to forward ports (`restrict,port-forwarding` in authorized_keys).") { Check = NotEmpty },
        new($"{table}.key", SettingKind.Text, "The private key, without a passphrase: an absolute path of a file. Without it the gateway's own, which it makes once; `gateway tunnel key` prints the line for the server's authorized_keys.") { Check = AbsolutePath },
        new($"{table}.known-hosts", SettingKind.Text, "The server's host key: an absolute path of a known_hosts file. Without it nothing runs, except a service that reads everything anyway: its first key is kept.") { Check = AbsolutePath },
        new($"{table}.remote-port", SettingKind.Integer, "The port to open there for visitors: 1 to 65535, or 0 for any. Without it the first of `ingress.external-port`, 8443 and any that it opens. It needs `GatewayPorts clientspecified` there. With sish the port to ask for.") { Check = Range(0, 65535) },
    ];
}
