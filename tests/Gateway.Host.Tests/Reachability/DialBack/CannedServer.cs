using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gateway.Host.Tests.Reachability.DialBack;

/// <summary>An HTTPS server that says the same whatever it is asked, or hangs up where that is nothing, and counts who came.</summary>
internal sealed class CannedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly string _says;
    private int _connections;

    public CannedServer(string says, X509Certificate2? certificate = null)
    {
        (_says, _certificate) = (says, certificate ?? HouseWithDoors.NewCertificate());
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Says 200 with this body.</summary>
    public static CannedServer Ok(string body, X509Certificate2? certificate = null, string type = "text/plain") =>
        new($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}", certificate);

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    public string Key => HouseWithDoors.Fingerprint(_certificate);

    public int Connections => Volatile.Read(ref _connections);

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
    }

    private async Task AcceptAsync()
    {
        try { while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync()); }
        catch (Exception e) when (e is SocketException or ObjectDisposedException) { }
    }

    private async Task ServeAsync(TcpClient client)
    {
        Interlocked.Increment(ref _connections);
        using var _ = client;
        try
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(_certificate);
            var buffer = new byte[8192];
            while (await tls.ReadAsync(buffer) > 0 && _says.Length > 0) await tls.WriteAsync(Encoding.UTF8.GetBytes(_says));
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException) { }
    }
}
