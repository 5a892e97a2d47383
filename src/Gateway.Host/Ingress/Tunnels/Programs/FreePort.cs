using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Ingress.Tunnels.Programs;

/// <summary>A port of 127.0.0.1 for a program that has to be told one.</summary>
internal static class FreePort
{
    /// <summary>It is free now. Should another take it before the program does, the program ends and is begun again with another.</summary>
    public static int Find()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
