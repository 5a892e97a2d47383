using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Host.CommandLine;

/// <summary>What a newcomer wants to read first: where the page is, where MQTT clients go, and what this home is.</summary>
internal static class StartupNotice
{
    public static void Write(IServiceProvider services)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway");
        var settings = services.GetRequiredService<SettingsStore>().Current;
        if (settings.IsDemonstration)
            log.LogInformation("No gateway.toml: this is the demonstration home, with simulated lights; its data is in {Data}", settings.Text("data.path"));
        var addresses = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        // Kestrel lists MQTT's listeners and the socket files too; the page's come first.
        foreach (var address in addresses.Take(settings.List("http.listen").Count)) log.LogInformation("The page: {Address}", string.Join(" or ", Reachable(address)));
        if (settings.Text("mqtt.broker") is "embedded" && settings.Text("mqtt.listen") is { } mqtt) log.LogInformation("MQTT: {Address}", mqtt);
    }

    /// <summary>An address that can be typed elsewhere: "all addresses" becomes this machine's.</summary>
    private static IEnumerable<string> Reachable(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || !IPAddress.TryParse(uri.Host, out var ip) || !ip.IsAny()) return [address];
        var port = uri.IsDefaultPort ? "" : $":{uri.Port}";
        var own = NetworkInterface.GetAllNetworkInterfaces().Where(i => i.OperationalStatus == OperationalStatus.Up)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(u => u.Address)
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a)).Select(a => $"{uri.Scheme}://{a}{port}/");
        return [$"{uri.Scheme}://{Environment.MachineName.ToLowerInvariant()}{port}/", .. own];
    }
}
