using System.Net;
using System.Net.Sockets;

namespace Gateway.Published;

/// <summary>Waiting for another process, and finding room for it.</summary>
public static class Wait
{
    /// <summary>
    /// Asks again until the answer is yes: every two milliseconds for a second, so that starts can be measured, then every tenth of a second, for a question may cost a process.
    /// Throws what <paramref name="why"/> says when it never is.
    /// </summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan limit, Func<string> why)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(why);
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            var passed = TimeProvider.System.GetElapsedTime(start);
            if (passed > limit) throw new TimeoutException(why());
            await Task.Delay(TimeSpan.FromMilliseconds(passed < TimeSpan.FromSeconds(1) ? 2 : 100), TimeProvider.System);
        }
    }

    /// <summary>Whether something listens on a port of loopback.</summary>
    public static async Task<bool> ListensAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A port of loopback that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
