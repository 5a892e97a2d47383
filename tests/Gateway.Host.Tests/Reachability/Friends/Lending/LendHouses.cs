using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;
using Gateway.Host.Tests.Access;
using Gateway.Host.Tests.Doctor;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Reachability.Friends.Lending;

/// <summary>Two whole gateways over real TLS: Lena's, whose HTTPS door the world reaches, and Bo's, that nobody can reach.</summary>
internal sealed class LendHouses : IAsyncDisposable
{
    public const string Lena = "lena.example.org", Bo = "bo.example.org";

    private readonly Dictionary<string, object> _lenas;

    private LendHouses(Dictionary<string, object>? lenas) => _lenas = lenas ?? [];

    public GatewayUnderTest Lender { get; private set; } = null!;

    public GatewayUnderTest Borrower { get; private set; } = null!;

    /// <summary>Lena's door.</summary>
    public int Port { get; } = FreePort();

    /// <summary>What resolvers say.</summary>
    public ConcurrentDictionary<string, IPAddress> Names { get; } = new(StringComparer.Ordinal) { [Lena] = IPAddress.Loopback };

    public static async Task<LendHouses> OpenAsync(Dictionary<string, object>? lenas = null)
    {
        var houses = new LendHouses(lenas);
        houses.Lender = await houses.StartLenderAsync();
        houses.Borrower = await houses.StartBorrowerAsync();
        foreach (var house in new[] { houses.Lender, houses.Borrower }) (await house.ClaimAsync()).Dispose();
        var invited = await houses.Lender.Local.PostAsync("/api/friends/invitations", null);
        Assert.Equal(HttpStatusCode.Created, invited.StatusCode);
        var paired = await houses.Borrower.Local.PostAsJsonAsync("/api/friends", new { invitation = (await invited.JsonAsync()).GetProperty("invitation").GetString() });
        Assert.Equal(HttpStatusCode.Created, paired.StatusCode);
        return houses;
    }

    /// <summary>Both owners say yes, and the first line stands.</summary>
    public async Task LendAsync()
    {
        await TellAsync(Lender, HttpMethod.Post, Bo, "lending");
        await TellAsync(Borrower, HttpMethod.Post, Lena, "borrowing");
        await UntilLentAsync();
    }

    public async Task UntilLentAsync() => await UntilAsync(async () => (await FriendAsync(Lender, Bo)).GetProperty("lent") is { ValueKind: JsonValueKind.Object } lent && lent.GetProperty("lines").GetInt32() >= 6, "no lines");

    public static async Task TellAsync(GatewayUnderTest gateway, HttpMethod method, string friend, string what)
    {
        using var request = new HttpRequestMessage(method, $"/api/friends/{friend}/{what}");
        Assert.Equal(HttpStatusCode.NoContent, (await gateway.Local.SendAsync(request)).StatusCode);
    }

    public static async Task<JsonElement> FriendAsync(GatewayUnderTest gateway, string name) =>
        (await (await gateway.Local.GetAsync("/api/friends")).JsonAsync()).EnumerateArray().Single(f => f.GetProperty("name").GetString() == name);

    /// <summary>What Bo's gateway says of the way in.</summary>
    public Task<string> UntilSaysAsync(string words) => UntilAsync(() => Task.FromResult(Says()), said => said.Contains(words, StringComparison.Ordinal), () => Says());

    public string Says() => string.Join(' ', Borrower.Get<StatusStore>().Current.Leases.Where(l => l.Way == "lend").Select(l => l.Words));

    /// <summary>Somebody outside, at Lena's door.</summary>
    public Task<Visitor> VisitAsync(string name = Bo) => Visitor.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), name);

    /// <summary>Waits until a visitor of Bo's name is answered by Bo's key.</summary>
    public Task UntilReachedAsync() => UntilAsync(async () =>
    {
        try
        {
            await using var visitor = await VisitAsync();
            return visitor.Key == KeyOf(Borrower) && await visitor.GetAsync("/healthz") == "ok";
        }
        catch (Exception e) when (e is IOException or SocketException) { return false; }
    }, "nobody is brought to Bo");

    public static string KeyOf(GatewayUnderTest gateway) => gateway.Get<StatusStore>().Current.Certificate!.KeyFingerprint;

    /// <summary>The gateway dies and starts again with the same data.</summary>
    public async Task RestartLenderAsync() => Lender = await AgainAsync(Lender, StartLenderAsync);

    /// <inheritdoc cref="RestartLenderAsync" />
    public async Task RestartBorrowerAsync() => Borrower = await AgainAsync(Borrower, StartBorrowerAsync);

    public async ValueTask DisposeAsync()
    {
        await Borrower.DisposeAsync();
        await Lender.DisposeAsync();
    }

    public static Task UntilAsync(Func<Task<bool>> isSo, string what) => UntilAsync(isSo, b => b, () => what);

    private static async Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> isSo, Func<string> what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var now = await read();
            if (isSo(now)) return now;
            try { await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token); }
            catch (OperationCanceledException e) { throw new TimeoutException(what(), e); }
        }
    }

    private static async Task<GatewayUnderTest> AgainAsync(GatewayUnderTest old, Func<string, Task<GatewayUnderTest>> start)
    {
        old.Http.Dispose();
        old.Local.Dispose();
        await old.App.StopAsync();
        await old.App.DisposeAsync();
        return await start(old.Folder);
    }

    private async Task<GatewayUnderTest> StartLenderAsync(string? folder = null)
    {
        var gateway = await StartAsync(Lena, [$"https://127.0.0.1:{Port}"], ["ipv6"], _lenas, folder, "Network", "Ingress", "Dns");
        var here = new IPEndPoint(IPAddress.Loopback, Port);
        gateway.Get<StatusStore>().Update(s => s with
        {
            Leases = [new IngressLease("portmap", IpFamily.V4, LeaseState.Granted) { Address = here.Address, Port = here.Port, Local = here }],
            Names = [new NameFacts("name", Lena, new NameAddress(IpFamily.V4, here.Address, here.Address, true), new NameAddress(IpFamily.V6, null, null, true))],
        });
        return gateway;
    }

    private async Task<GatewayUnderTest> StartBorrowerAsync(string? folder = null)
    {
        var gateway = await StartAsync(Bo, ["https://127.0.0.1:0"], ["lend"], [], folder, "Network", "Dns");
        gateway.Get<StatusStore>().Update(s => s with { Names = [new NameFacts("name", Bo, new NameAddress(IpFamily.V4, null, null, true), new NameAddress(IpFamily.V6, null, null, true))] });
        return gateway;
    }

    /// <summary>With a file of settings: without one it would be the demonstration home, which opens no way in.</summary>
    private async Task<GatewayUnderTest> StartAsync(string name, string[] https, string[] order, Dictionary<string, object> more, string? folder, params string[] still)
    {
        folder ??= Directory.CreateTempSubdirectory("gw-").FullName;
        var settings = new Dictionary<string, object>(more, StringComparer.Ordinal)
        {
            ["data.path"] = folder, ["mqtt.listen"] = "127.0.0.1:0", ["led.output"] = "none", ["name.domain"] = name, ["name.token"] = "t", ["http.listen"] = (string[])["http://127.0.0.1:0", .. https],
            ["ingress.order"] = order, ["network.treat-as-public"] = new[] { "127.0.0.0/8" }, ["clock.synchronised"] = "file:/proc/self/stat", ["vantage.control"] = new[] { "https://127.0.0.1:9/" },
        };
        var file = Path.Combine(folder, "gateway.toml");
        await File.WriteAllLinesAsync(file, settings.Select(s => $"{s.Key} = {JsonSerializer.Serialize(s.Value)}"));
        return await GatewayUnderTest.StartAsync(ConfigurationLoader.Find(GatewayApp.Schema, file, new Dictionary<string, string>(StringComparer.Ordinal)), services =>
        {
            services.AddSingleton<ResolveName>((asked, family, _) => Task.FromResult<IReadOnlyList<IPAddress>>(family == IpFamily.V4 && Names.TryGetValue(asked, out var known) ? [known] : []));
            services.KeepStill(still);
        });
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A client over TLS that takes any key and says which it met.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly SslStream _tls;
    private readonly string _name;

    private Visitor(Socket socket, string name)
    {
        (_socket, _name) = (socket, name);
        _tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, (_, shown, _, _) =>
        {
            Key = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(((X509Certificate2)shown!).PublicKey.ExportSubjectPublicKeyInfo()));
            return Key.Length > 0;
        });
    }

    public string Key { get; private set; } = "";

    public SslStream Tls => _tls;

    /// <summary>Connects, after <paramref name="first"/> has been sent in the clear.</summary>
    public static async Task<Visitor> ConnectAsync(IPEndPoint door, string name, byte[]? first = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(door);
        if (first is not null) await socket.SendAsync(first);
        var visitor = new Visitor(socket, name);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        try { await visitor._tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name }, patience.Token); }
        catch
        {
            await visitor.DisposeAsync();
            throw;
        }
        return visitor;
    }

    /// <summary>Fetches over this connection, which stays open; gives the body.</summary>
    public async Task<string> GetAsync(string path, string method = "GET", string body = "")
    {
        await _tls.WriteAsync(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {_name}\r\n{(body.Length > 0 ? $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n" : "")}\r\n{body}"));
        string? length = null;
        var isChunked = false;
        while (await LineAsync() is { Length: > 0 } line)
        {
            if (line.StartsWith("Content-Length: ", StringComparison.Ordinal)) length = line["Content-Length: ".Length..];
            isChunked |= line == "Transfer-Encoding: chunked";
        }
        if (!isChunked) return await BytesAsync(int.Parse(length ?? "0"));
        var all = new StringBuilder();
        while (int.Parse(await LineAsync(), System.Globalization.NumberStyles.HexNumber) is var size)
        {
            all.Append(await BytesAsync(size));
            await LineAsync();
            if (size == 0) break;
        }
        return all.ToString();
    }

    private async Task<string> LineAsync()
    {
        var (line, one) = (new StringBuilder(), new byte[1]);
        while (true)
        {
            if (await _tls.ReadAsync(one) == 0) throw new IOException("The connection has ended.");
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }
    }

    private async Task<string> BytesAsync(int count)
    {
        var content = new byte[count];
        await _tls.ReadExactlyAsync(content);
        return Encoding.UTF8.GetString(content);
    }

    /// <summary>Waits until the other side hangs up.</summary>
    public async Task UntilCutAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try { Assert.Equal(0, await _tls.ReadAsync(new byte[1], patience.Token)); }
        catch (IOException) { }
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        _socket.Dispose();
    }
}
