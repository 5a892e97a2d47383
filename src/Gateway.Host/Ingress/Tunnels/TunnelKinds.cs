using System.Text.RegularExpressions;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels.Programs;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>The kinds of tunnel that a program of somebody else's makes: their tables in the configuration, and what of it makes sense.</summary>
internal static class TunnelKinds
{
    public const string PageKite = "pagekite", Ngrok = "ngrok", Cloudflared = "cloudflared", Frp = "frp", Command = "command";

    /// <summary>The only value with which a kind that ends TLS at its provider is run.</summary>
    public const string Consent = "the provider can read everything";

    private static readonly TimeSpan MatchWithin = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new("ingress.pagekite.kite", SettingKind.Text, "The kite's name: a host name. With one of the house's own names visitors come by that name; another shows as a link of its own.") { Check = HostName },
        new("ingress.pagekite.secret", SettingKind.Secret, "The kite's secret.") { Check = Word },
        new("ingress.pagekite.frontend", SettingKind.Text, "The front end: HOST:PORT. Without it pagekite.net's.") { Check = HostPort },
        new("ingress.pagekite.proto", SettingKind.Text, "`https` passes TLS through; `http` is read by the front end.") { Default = "https", Check = OneOf("https", "http") },
        Agreed(PageKite, "with `proto = \"http\"`"),
        new("ingress.ngrok.authtoken", SettingKind.Secret, "The authtoken of your account at ngrok.") { Check = Word },
        new("ingress.ngrok.url", SettingKind.Text, "The endpoint: `tls://NAME` or `tcp://` pass TLS through; `https://` or `https://NAME` is read by ngrok.") { Default = "tcp://", Check = NgrokUrl },
        new("ingress.ngrok.edge", SettingKind.Text, "For `tls://` with one of the house's own names: the name to which ngrok wants it to lead (its dashboard: CNAME target).") { Check = HostName },
        Agreed(Ngrok, "with an `https://` endpoint"),
        new("ingress.cloudflared.tunnel", SettingKind.Text, "A tunnel of your own, by its id or name. Without it a quick tunnel, whose name is another each time.") { Check = NotEmpty },
        new("ingress.cloudflared.credentials", SettingKind.Text, "The file that `cloudflared tunnel create` has written: an absolute path.") { Check = AbsolutePath },
        new("ingress.cloudflared.hostname", SettingKind.Text, "The host name that leads to your tunnel.") { Check = HostName },
        Agreed(Cloudflared, "always"),
        new("ingress.frp.server", SettingKind.Text, "Your frps: HOST or HOST:PORT, by itself port 7000.") { Check = HostPort },
        new("ingress.frp.auth-token", SettingKind.Secret, "What frps asks for (`auth.token`).") { Check = Word },
        new("ingress.frp.type", SettingKind.Text, "`https`: visitors are found by the name in TLS (frps needs `vhostHTTPSPort`); `tcp`: by a port of their own. Both pass TLS through.") { Default = "https", Check = OneOf("https", "tcp") },
        new("ingress.frp.domain", SettingKind.Text, "For `https`: the name by which visitors are found; by itself the house's.") { Check = HostName },
        new("ingress.frp.port", SettingKind.Integer, "The port of frps at which visitors come in: 1 to 65535.") { Default = 443L, Check = Port },
        new("ingress.command.command", SettingKind.TextList, "A program and its arguments, run without a shell; `{host}` and `{port}` stand for where visitors have to come out. Everybody on this machine can read them: no secrets.") { Check = Each(NotEmpty), NotOnPage = true },
        new("ingress.command.address", SettingKind.Text, "The tunnel's public end, HOST or HOST:PORT, by itself port 443; or `pattern` finds it.") { Check = HostPort, NotOnPage = true },
        new("ingress.command.pattern", SettingKind.Text, "A regular expression for a line of its output that says that the tunnel stands, with the groups `host`, `port` or `url`: `(?<url>https://[^ ]+)`. Without it the tunnel stands as soon as the program runs.") { Check = Pattern, NotOnPage = true },
        new("ingress.command.ends-tls", SettingKind.Boolean, "Whether TLS ends at the provider; then plain HTTP is served at `{port}`.") { Default = false, NotOnPage = true },
        Agreed(Command, "with `ends-tls = true`"),
    ];

    /// <summary>The tunnels that are configured and wanted, each to be made with a clock.</summary>
    public static IEnumerable<Func<TimeProvider, ITunnel>> Of(Settings settings)
    {
        var names = PublicNames.Of(settings).Select(n => n.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        string? Text(string kind, string key) => settings.Text($"ingress.{kind}.{key}");
        (string, int)? Address(string kind, string key, int usual) => Text(kind, key) is { } text ? HostAndPort(text) ?? (text.Trim('[', ']'), usual) : null;
        foreach (var kind in Wanted(settings).Where(k => Missing(settings, k) is null))
        {
            yield return time => kind switch
            {
                PageKite => new PageKite(Text(kind, "kite")!, Text(kind, "secret")!, Address(kind, "frontend", 443), IsReadable(settings, kind), names.Contains(Text(kind, "kite")!), time),
                Ngrok => new Ngrok(Text(kind, "authtoken")!, Text(kind, "url")!, Text(kind, "edge"), names.Contains, time),
                Cloudflared => new Cloudflared(Text(kind, "tunnel") is { } tunnel ? (tunnel, Text(kind, "credentials")!, Text(kind, "hostname")!) : null, time),
                Frp => Text(kind, "type") == "tcp" ? new Frp(Address(kind, "server", 7000)!.Value, Text(kind, "auth-token") ?? "", null, (int)settings.Integer("ingress.frp.port")!, true, time)
                    : new Frp(Address(kind, "server", 7000)!.Value, Text(kind, "auth-token") ?? "", Text(kind, "domain") ?? names.First(), (int)settings.Integer("ingress.frp.port")!, Text(kind, "domain") is not { } domain || names.Contains(domain), time),
                _ => new CommandTunnel(settings.List("ingress.command.command"), Address(kind, "address", 443), Text(kind, "pattern") is { } pattern ? Compiled(pattern) : null, IsReadable(settings, kind), time),
            };
        }
    }

    /// <summary>What a table lacks, and the owner's consent where the provider reads.</summary>
    public static IEnumerable<SettingProblem> Check(Settings settings)
    {
        foreach (var kind in Configured(settings))
        {
            if (Missing(settings, kind) is var (key, words)) yield return new SettingProblem($"ingress.{kind}.{key}", words);
        }
    }

    /// <summary>Whether TLS ends at the provider, as it is configured.</summary>
    private static bool IsReadable(Settings settings, string kind) => kind switch
    {
        PageKite => settings.Text("ingress.pagekite.proto") == "http",
        Ngrok => settings.Text("ingress.ngrok.url") is { } url && url.StartsWith("http", StringComparison.Ordinal),
        Cloudflared => true,
        Command => settings.Boolean("ingress.command.ends-tls") == true,
        _ => false,
    };

    private static IEnumerable<string> Configured(Settings settings) =>
        new[] { PageKite, Ngrok, Cloudflared, Frp, Command }.Where(k => settings.Values.Any(v => v.Value.Source != SettingSource.Default && v.Key.StartsWith($"ingress.{k}.", StringComparison.Ordinal)));

    private static IEnumerable<string> Wanted(Settings settings) => Configured(settings).Where(k => IngressSettings.Place(settings, k) >= 0);

    private static (string Key, string Words)? Missing(Settings settings, string kind)
    {
        bool IsOwn(string name) => PublicNames.Of(settings).Any(n => n.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        bool Lacks(string key) => settings.Text($"ingress.{kind}.{key}") is null;
        (string, string)? missing = kind switch
        {
            PageKite when Lacks("kite") => ("kite", "must be set: the kite's name"),
            PageKite when Lacks("secret") => ("secret", "must be set: the kite's secret"),
            PageKite when Lacks("frontend") && !IsReadable(settings, kind) && IsOwn(settings.Text("ingress.pagekite.kite")!) => ("frontend", "must be set where the kite has the house's own name: the name can lead there only if it is known where that is"),
            Ngrok when Lacks("authtoken") => ("authtoken", "must be set: ngrok's dashboard shows it"),
            Ngrok when Lacks("edge") && settings.Text("ingress.ngrok.url") is { } url && url.StartsWith("tls://", StringComparison.Ordinal) && IsOwn(url[6..]) => ("edge", "must be set where the endpoint has the house's own name: ngrok's dashboard shows it as CNAME target"),
            Cloudflared when !Lacks("tunnel") && Lacks("credentials") => ("credentials", "must be set: the file that \"cloudflared tunnel create\" has written"),
            Cloudflared when !Lacks("tunnel") && Lacks("hostname") => ("hostname", "must be set: the host name that leads to the tunnel"),
            Frp when Lacks("server") => ("server", "must be set: your frps, as HOST:PORT"),
            Frp when settings.Text("ingress.frp.type") == "https" && Lacks("domain") && PublicNames.Of(settings).Count == 0 => ("domain", "must be set: the name by which visitors are found"),
            Command when settings.List("ingress.command.command").Count == 0 => ("command", "must be set: a program and its arguments"),
            Command when Lacks("address") && Lacks("pattern") => ("address", "must be set, or pattern: where the tunnel's public end is"),
            _ => null,
        };
        if (missing is not null || !IsReadable(settings, kind) || settings.Text($"ingress.{kind}.consent") == Consent) return missing;
        return ("consent", NoConsent);
    }

    /// <summary>What is said where the consent is missing.</summary>
    public const string NoConsent = $"must be set to \"{Consent}\", if you agree: like this the encryption ends at the provider, who sees and can change all that passes, tokens too. The house's name never leads there, and nobody can sign in over it";

    /// <summary>The key with which the owner agrees, of a table of <c>ingress</c>.</summary>
    public static SettingDefinition Agreed(string kind, string when) =>
        new($"ingress.{kind}.consent", SettingKind.Text, $"Needed {when}, where TLS ends at the provider: `\"{Consent}\"` and nothing else. Over such a way nobody signs in, no token with `admin` counts, and the house's name never leads there.") { Check = OneOf(Consent), NotOnPage = true };

    public static Regex Compiled(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchWithin);

    private static string? Pattern(object value)
    {
        try
        {
            var names = Compiled((string)value).GetGroupNames();
            return names.Any(n => n is "host" or "port" or "url") ? null : "must have a group named host, port or url, such as (?<url>https://[^ ]+)";
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException) { return "must be a regular expression without look-around and back references"; }
    }

    /// <summary>In a line of a file a blank or a line's end would end it, and a colon stands between.</summary>
    private static string? Word(object value) => value is string { Length: > 0 and <= 256 } word && word.All(c => c is > ' ' and <= '~' and not ':') ? null : "must be of printable ASCII characters without blanks and colons, at most 256";

    private static string? NgrokUrl(object value) => value is string url && url.Split("://") is [var scheme, var host]
        && (scheme is "tls" or "https" && (host.Length == 0 ? scheme == "https" : Uri.CheckHostName(host) == UriHostNameType.Dns) || scheme == "tcp" && (host.Length == 0 || HostPort(host) is null)) ? null : "must be tls://NAME, tcp://, tcp://HOST:PORT, https:// or https://NAME";
}
