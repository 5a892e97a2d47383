using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Certificates;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Beacon;

namespace Gateway.Host.CommandLine;

/// <summary><c>gateway beacon</c>: a dial-back service for others, on a host with a public address.</summary>
internal static class BeaconCommand
{
    public static Command Build()
    {
        var listen = new Option<string[]>("--listen") { Description = "Where to serve, once or more", HelpName = "URL", DefaultValueFactory = _ => ["https://*:443"] };
        var certificate = new Option<string?>("--certificate") { Description = "The certificate and its chain, as PEM; without it the beacon makes a key of its own", HelpName = "FILE" };
        var key = new Option<string?>("--key") { Description = "The certificate's private key, as PEM", HelpName = "FILE" };
        var data = new Option<string>("--data") { Description = "The folder for a key of its own", HelpName = "FOLDER", DefaultValueFactory = _ => DefaultFolder() };
        var networks = new Option<string[]>("--treat-as-public") { Description = "A network to dial although it is not of the public internet: for labs", HelpName = "NETWORK" };
        listen.Validators.Add(r => { if (r.Tokens.FirstOrDefault(t => Listeners.Parse(t.Value)?.Scheme != Uri.UriSchemeHttps) is not null) r.AddError("--listen must be https://ADDRESS:PORT such as \"https://*:443\"."); });
        networks.Validators.Add(r => { if (r.Tokens.FirstOrDefault(t => !IPNetwork.TryParse(t.Value, out _)) is not null) r.AddError("--treat-as-public must be a network such as 203.0.113.0/24."); });
        var command = new Command("beacon", "A dial-back service for others, on a host with a public address") { listen, certificate, key, data, networks };
        command.Validators.Add(r => { if (r.GetValue(certificate) is null != r.GetValue(key) is null) r.AddError("--certificate and --key belong together."); });
        command.SetAction(async (parsed, _) =>
        {
            var (leaf, chain) = parsed.GetValue(certificate) is { } file ? Load(file, parsed.GetValue(key)!) : (OwnKey(parsed.GetValue(data)!), []);
            var urls = parsed.GetValue(listen)!.Select(u => Listeners.Parse(u)!).ToArray();
            await RunAsync(new BeaconOptions(urls, leaf, chain, [.. (parsed.GetValue(networks) ?? []).Select(IPNetwork.Parse)]), isOwnKey: parsed.GetValue(certificate) is null);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(BeaconOptions options, bool isOwnKey)
    {
        await using var app = BeaconApp.Build(options);
        try { await app.StartAsync(); }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new CommandException(ExitCode.Unavailable, $"the beacon cannot listen: {e.Message.ReplaceLineEndings(" ")}");
        }
        var port = options.Listen[0].Port == 443 ? "" : $":{options.Listen[0].Port}";
        Console.WriteLine("The beacon serves. Put this into gateway.toml, with this host's public name or address as HOST:");
        Console.WriteLine("[vantage]"); // a table's name first: it means the same wherever in the file it is pasted
        Console.WriteLine($"beacon = \"https://HOST{port}/{(isOwnKey ? "#sha256=" + KeyFingerprint.Of(options.Certificate) : "")}\"");
        await app.WaitForShutdownAsync();
    }

    private static string DefaultFolder() => Environment.GetEnvironmentVariable("STATE_DIRECTORY") // systemd's StateDirectory=
        ?? Path.Combine(Environment.GetEnvironmentVariable("XDG_STATE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"), "gateway-beacon");

    private static X509Certificate2 OwnKey(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var logs = LoggerFactory.Create(l => l.AddSimpleConsole(o => o.SingleLine = true));
            return SelfSignedCertificate.Make(Path.Combine(folder, "tls.key"), ["beacon.invalid"], logs.CreateLogger("Beacon"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.NotPermitted, $"the beacon cannot keep its key in {folder} ({e.Message}); name another folder with --data");
        }
    }

    private static (X509Certificate2 Leaf, X509Certificate2Collection Chain) Load(string certificate, string key)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificate);
            using var leaf = X509Certificate2.CreateFromPemFile(certificate, key);
            return (X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pfx), null), [.. chain.Skip(1)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new CommandException(ExitCode.Failed, $"the certificate {certificate} and its key {key} cannot be read: {e.Message.ReplaceLineEndings(" ")}");
        }
    }
}
