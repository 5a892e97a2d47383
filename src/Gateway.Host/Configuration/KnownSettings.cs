using System.Text;
using Gateway.Host.Core;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Configuration;

/// <summary>Keys of the program itself, and those of features that are not built yet: known and checked, so that a file can be written today.</summary>
internal static class KnownSettings
{
    /// <summary>The program's own.</summary>
    public static IReadOnlyList<SettingDefinition> Program { get; } =
    [
        new("data.path", SettingKind.Text, "The folder of all state: an absolute path of at most 94 bytes. In the demonstration home `$XDG_STATE_HOME/gateway-demo`.")
            { Default = "/var/lib/gateway", Check = AbsolutePath, NotOnPage = true },
        new("http.listen", SettingKind.TextList, "Where the page and the API are served: `http://ADDRESS:PORT` or `https://ADDRESS:PORT`, ADDRESS being an IP address of this machine, `localhost`, or `*` for all, IPv4 and IPv6. Plain HTTP answers this machine and the home network alone; others are told where HTTPS is, once the name has a certificate of an authority. In the demonstration home `http://127.0.0.1:8080`.")
            { Default = new[] { "http://*:80", "https://*:443" }, Check = Each(ListenUrl) },
        new("log.file", SettingKind.Text, "Also writes the log to this file as compact JSON, at most 3 files of 10 MB: an absolute path.") { Check = AbsolutePath, NotOnPage = true },
        new("log.level", SettingKind.Text, "The least important events that are logged: `debug`, `information`, `warning` or `error`.") { Default = "information", Check = OneOf("debug", "information", "warning", "error") },
    ];

    /// <summary>Where the data folder may not lie.</summary>
    public static IEnumerable<SettingProblem> Check(Settings settings)
    {
        if (Encoding.UTF8.GetByteCount(Listeners.SocketPath(settings)) > Listeners.LongestSocketPath)
            yield return new SettingProblem("data.path", "is too long: the path of gateway.sock in it may have at most 107 bytes");
    }

    /// <summary>What later versions bring.</summary>
    public static IReadOnlyList<SettingDefinition> Later { get; } = new SettingDefinition[]
    {
        new("update.url", SettingKind.Text, "Where updates come from: an `https://` URL.") { Check = Url("https") },
        new("update.key", SettingKind.Text, "The public key that updates are signed with.") { Check = NotEmpty },
    }.Select(d => d with { NotBuiltYet = true }).ToArray();

    private static string? ListenUrl(object value) => Listeners.Parse((string)value) is null
        ? "must be http://ADDRESS:PORT or https://ADDRESS:PORT, such as \"http://*:80\" or \"http://127.0.0.1:8080\"" : null;
}
