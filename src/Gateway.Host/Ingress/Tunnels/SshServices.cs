using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels.Programs;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>
/// Services that bring visitors by <c>ssh -R</c>, as <c>service</c> in a table of <c>ingress.ssh</c> names them: what each needs, and what of a table makes sense.
/// </summary>
internal static class SshServices
{
    public const string LocalhostRun = "localhost.run", Serveo = "serveo", Pinggy = "pinggy", Sish = "sish";

    /// <summary>Read by the provider; found by the name in TLS; found by a port. The last two pass TLS through.</summary>
    public const string Http = "http", Https = "https", Tcp = "tcp";

    /// <summary>What is known of a service: where it is, as whom one comes, and what it can do, first what it does unless it is told otherwise.</summary>
    private sealed record Preset(string? Host, int Port, string User, params string[] Protos);

    private static readonly Dictionary<string, Preset> Presets = new(StringComparer.Ordinal)
    {
        [LocalhostRun] = new("localhost.run", 22, "nokey", Http),
        [Serveo] = new("serveo.net", 22, "gateway", Http),
        [Pinggy] = new("a.pinggy.io", 443, "", Http, Https, Tcp),
        [Sish] = new(null, 22, "gateway", Https, Tcp, Http),
    };

    public static IReadOnlyList<SettingDefinition> Definitions { get; } = [.. Keys("ssh"), .. Keys("ssh.*")];

    /// <summary>The services that are configured and wanted, each to be made with a clock.</summary>
    public static IEnumerable<Func<TimeProvider, ITunnel>> Of(Settings settings)
    {
        var names = PublicNames.Of(settings).Select(n => n.Name).ToArray();
        foreach (var table in Tables(settings).Where(t => !Problems(settings, t).Any()))
        {
            var (service, proto, knownHosts) = (settings.Text(table + ".service")!, Proto(settings, table), settings.Text(table + ".known-hosts"));
            var preset = Presets[service];
            var server = SshServer.Of(settings, table, settings.Text(table + ".host") ?? preset.Host!, IsSaid(settings, table + ".port") ? (int)settings.Integer(table + ".port")! : preset.Port, User(settings, table),
                knownHosts ?? Path.Combine(settings.Text("data.path")!, "ssh-known-hosts")) with { TrustsFirstKey = knownHosts is null };
            if (IngressSettings.Place(settings, server.Way) < 0) continue;
            var name = settings.Text(table + ".name") ?? (service == Sish && proto == Https ? names[0] : null);
            yield return time => new SshService(service, server, proto, name, settings.Text(table + ".token") ?? "", n => names.Contains(n, StringComparer.OrdinalIgnoreCase), time);
        }
    }

    /// <summary>What the tables lack or have too much, and the owner's consent where the provider reads.</summary>
    public static IEnumerable<SettingProblem> Check(Settings settings)
    {
        foreach (var table in SshServer.Tables(settings))
        {
            if (settings.Text(table + ".service") is not null) foreach (var problem in Problems(settings, table)) yield return problem;
            else foreach (var key in new[] { "proto", "name", "token", "consent" }.Where(k => settings.Text($"{table}.{k}") is not null)) yield return new SettingProblem($"{table}.{key}", "belongs to a service: set service too, or leave it out for a server of yours");
        }
    }

    private static IEnumerable<string> Tables(Settings settings) => SshServer.Tables(settings).Where(t => settings.Text(t + ".service") is not null);

    private static IEnumerable<SettingProblem> Problems(Settings settings, string table)
    {
        var service = settings.Text(table + ".service")!;
        if (!Presets.TryGetValue(service, out var preset)) yield break; // told by the value's own check
        var proto = Proto(settings, table);
        bool Lacks(string key) => settings.Text($"{table}.{key}") is null;
        if (!preset.Protos.Contains(proto, StringComparer.Ordinal)) yield return new SettingProblem(table + ".proto", $"must be {string.Join(" or ", preset.Protos.Select(p => $"\"{p}\""))} with {service}");
        if (preset.Host is null && Lacks("host")) yield return new SettingProblem(table + ".host", $"must be set: which server of {service}, such as tuns.sh or one of your own");
        if (service == Sish && proto == Https && Lacks("name") && PublicNames.Of(settings).Count == 0) yield return new SettingProblem(table + ".name", "must be set: the name by which visitors are found");
        if (service == Pinggy && !Lacks("name")) yield return new SettingProblem(table + ".name", "is not for pinggy: its token says which name is yours");
        if (service != Pinggy && !Lacks("token")) yield return new SettingProblem(table + ".token", $"is for pinggy alone: {service} knows you by your key");
        if (service == Pinggy && !Lacks("token") && !Lacks("user")) yield return new SettingProblem(table + ".user", "is made of the token: leave one of them out");
        if (Word(User(settings, table)) is { } wrong) yield return new SettingProblem(table + ".user", wrong);
        if (proto == Http && settings.Text(table + ".consent") != TunnelKinds.Consent) yield return new SettingProblem(table + ".consent", TunnelKinds.NoConsent);
        if (proto != Http && Lacks("known-hosts")) yield return new SettingProblem(table + ".known-hosts", "must be set where TLS passes through: a file with the server's host key, made with \"ssh-keyscan\" and compared with what the provider says");
    }

    private static string Proto(Settings settings, string table) => settings.Text(table + ".proto") ?? (Presets.TryGetValue(settings.Text(table + ".service")!, out var preset) ? preset.Protos[0] : Http);

    /// <summary>With pinggy one comes as what one wants, behind the token of one's account.</summary>
    private static string User(Settings settings, string table)
    {
        if (settings.Text(table + ".user") is { } user) return user;
        if (settings.Text(table + ".service") != Pinggy) return Presets[settings.Text(table + ".service")!].User;
        var kind = Proto(settings, table) switch { Https => "tls", var other => other };
        return settings.Text(table + ".token") is { } token ? $"{token}+{kind}" : kind;
    }

    private static bool IsSaid(Settings settings, string key) => settings.Values.GetValueOrDefault(key) is { Source: not SettingSource.Default };

    private static IEnumerable<SettingDefinition> Keys(string table) =>
    [
        new($"ingress.{table}.service", SettingKind.Text, "Somebody else's service in place of a server of yours: `localhost.run`, `serveo`, `pinggy` or `sish`. It is a way in and no vantage.") { Check = OneOf([.. Presets.Keys]) },
        new($"ingress.{table}.proto", SettingKind.Text, "What the service is asked for: `http` is read by the provider and all that localhost.run and serveo have; `https` (visitors are found by the name in TLS) and `tcp` (by a port) pass TLS through. By itself `http`, with sish `https`.") { Check = OneOf(Http, Https, Tcp) },
        new($"ingress.{table}.name", SettingKind.Text, "The name to ask the service for: a host name, or its first part. Without it one that the service makes up; with sish and `https` the house's.") { Check = HostName },
        new($"ingress.{table}.token", SettingKind.Secret, "The token of your account at pinggy; without it a tunnel lasts an hour and has another name each time.") { Check = Word },
        TunnelKinds.Agreed(table, "with a `service` and `proto = \"http\"`"),
    ];

    /// <summary>In ssh's configuration a blank or quote would end it, and % stands for something else.</summary>
    private static string? Word(object value) => value is string { Length: > 0 and <= 200 } word && word.All(c => char.IsAsciiLetterOrDigit(c) || "._+@-".Contains(c, StringComparison.Ordinal)) ? null : "must be of letters, digits and ._+@-, at most 200";
}
