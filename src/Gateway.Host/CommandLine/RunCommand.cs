using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Host.Configuration;
using Gateway.Host.Core;

namespace Gateway.Host.CommandLine;

/// <summary><c>gateway run</c>: serves until it is told to stop. Exit code 0 only then; a part that fails is never a success.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(LoadedConfiguration configuration, Action<IServiceCollection>? configure = null)
    {
        var told = false;
        void Tell(PosixSignalContext context) => told = true; // the host's own handler stops it
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Tell);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Tell);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Tell);

        using var folder = DataFolder.Take(configuration.Settings.Text("data.path")!);
        await using var app = GatewayApp.Build(configuration, configure);
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            throw Diagnose(configuration.Settings) ?? new CommandException(ExitCode.Unavailable, $"the gateway cannot start: {e.Message.ReplaceLineEndings(" ")}");
        }
        StartupNotice.Write(app.Services);
        await app.WaitForShutdownAsync();
        // A BackgroundService that throws stops the host, and .NET would call that exit code 0.
        return told ? 0 : throw new CommandException(ExitCode.Crashed, "a part of the gateway failed and it stopped; the log above says which");
    }

    /// <summary>Finds the address that cannot be listened on: what Kestrel throws does not always name it.</summary>
    private static CommandException? Diagnose(Settings settings)
    {
        foreach (var url in settings.List("http.listen"))
            if (Listeners.Parse(url) is { } uri && Try(uri.Host, uri.Port, url, "http.listen") is { } problem) return problem;
        return settings.Text("mqtt.listen") is { } mqtt && SettingChecks.HostAndPort(mqtt) is var (host, port) ? Try(host, port, mqtt, "mqtt.listen") : null;
    }

    private static CommandException? Try(string host, int port, string shown, string key)
    {
        var address = host switch { "localhost" => IPAddress.Loopback, "*" => IPAddress.Any, _ => IPAddress.Parse(host) };
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => new CommandException(ExitCode.Unavailable, $"{shown} is taken by another program; stop that one, or set {key} to another address"),
                SocketError.AccessDenied => new CommandException(ExitCode.NotPermitted, $"the user {Environment.UserName} may not listen on {shown}: ports below 1024 need the capability CAP_NET_BIND_SERVICE, or set {key} to a higher port"),
                SocketError.AddressNotAvailable => new CommandException(ExitCode.Unavailable, $"{shown} is not an address of this machine; set {key} to one that is, or to \"*\" for all"),
                _ => new CommandException(ExitCode.Unavailable, $"{shown} ({key}) cannot be listened on: {e.Message}"),
            };
        }
    }
}
