using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;
using Gateway.Host.Doctor;

namespace Gateway.Host.Tests.Doctor;

public sealed class ListeningSocketsTests : IDisposable
{
    private const string Header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    private readonly string _proc = Directory.CreateTempSubdirectory("gw-proc-").FullName;
    private readonly MadeUp _home = new(TimeProvider.System);

    public void Dispose() => Directory.Delete(_proc, recursive: true);

    [Fact]
    public void What_waits_for_connections_is_read_from_the_kernels_tables_and_nothing_else()
    {
        Table("tcp", "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0",
            "   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0",
            "   2: 1401A8C0:01BB 0101A8C0:C001 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0");
        Table("tcp6", "   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1");
        Table("udp", "   0: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 555 2 0", "   1: 1401A8C0:0044 0101A8C0:0043 01 00000000:00000000 00:00000000 00000000     0        0 556 2 0");
        Directory.CreateDirectory(Path.Combine(_proc, "self", "fd"));
        File.CreateSymbolicLink(Path.Combine(_proc, "self", "fd", "3"), "socket:[444]");
        File.CreateSymbolicLink(Path.Combine(_proc, "self", "fd", "4"), "/dev/null");

        Assert.Equal(
        [
            new ListeningSocket("tcp", new IPEndPoint(IPAddress.Any, 22), false),
            new ListeningSocket("tcp", new IPEndPoint(IPAddress.IPv6Any, 443), true),
            new ListeningSocket("tcp", new IPEndPoint(IPAddress.Loopback, 8080), false),
            new ListeningSocket("udp", new IPEndPoint(IPAddress.Any, 5353), false),
        ], ListeningSockets.Read(_proc));
    }

    [Fact]
    public void Nonsense_in_a_table_and_missing_tables_are_passed_over()
    {
        Table("tcp", "", "x", "0: 0100007F 0 0A 0 0 0 0 0 1", "0: 01:1 00000000:0000 0A 0 0 0 0 0 1", "0: 0100007F:ZZZZ 00000000:0000 0A 0 0 0 0 0 1", "0: GG00007F:0001 00000000:0000 0A 0 0 0 0 0 1");
        Assert.Empty(ListeningSockets.Read(_proc));
    }

    [Fact]
    public void A_socket_of_this_process_is_found_and_known_as_ours()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        Assert.Contains(new ListeningSocket("tcp", (IPEndPoint)socket.LocalEndPoint!, true), ListeningSockets.Read());
    }

    [Theory]
    [InlineData("tcp", "127.0.0.1:8080", "this-machine")]
    [InlineData("tcp", "[::1]:8080", "this-machine")]
    [InlineData("tcp", "[::ffff:127.0.0.1]:8080", "this-machine")]
    [InlineData("tcp", "0.0.0.0:80", "home-network")]
    [InlineData("tcp", "192.168.1.20:80", "home-network")]
    [InlineData("tcp", "[::]:80", "internet-unless-firewalled")]
    [InlineData("tcp", "[2a02:8071:b583:4a00::20]:80", "internet-unless-firewalled")]
    [InlineData("tcp", "[fe80::dea6:32ff:fe01:2345]:80", "home-network")]
    [InlineData("tcp", "0.0.0.0:443", "internet")]
    [InlineData("tcp", "[::]:443", "internet")]
    [InlineData("tcp", "192.168.1.20:443", "internet")]
    [InlineData("udp", "0.0.0.0:443", "home-network")]
    [InlineData("tcp", "127.0.0.1:443", "this-machine")]
    public void Who_can_connect_depends_on_where_it_is_bound_and_what_leads_there(string protocol, string local, string who)
    {
        var status = _home.Believed();
        var eth0 = status.Network.Interfaces[0];
        status = status with { Network = status.Network with { Interfaces = [eth0 with { Addresses = [.. eth0.Addresses, new InterfaceAddress(MadeUp.Local6, 64, default)] }] } };
        Assert.Equal(who, SocketReach.Of(new ListeningSocket(protocol, IPEndPoint.Parse(local), false), status, new AddressScopes()).Who);
    }

    private void Table(string name, params string[] lines)
    {
        Directory.CreateDirectory(Path.Combine(_proc, "net"));
        File.WriteAllText(Path.Combine(_proc, "net", name), Header + string.Join('\n', lines) + "\n");
    }
}
