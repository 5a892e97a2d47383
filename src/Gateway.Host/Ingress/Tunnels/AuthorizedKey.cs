using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>The line for <c>authorized_keys</c> on a relay: this key may forward ports and do nothing else (sshd(8), AUTHORIZED_KEYS FILE FORMAT).</summary>
internal static class AuthorizedKey
{
    /// <summary>Of a longer file nothing is read.</summary>
    private const int Longest = 64 * 1024;

    /// <summary>Ready to paste. Where the public key is not to be had here, it says how to get it.</summary>
    /// <param name="server">For which server.</param>
    /// <param name="usual">The port wanted on the outside (<c>ingress.external-port</c>), where the server's table names none.</param>
    public static string Line(SshServer server, int usual) => Line(server.KeyFile, server.RemotePort switch { null => Usual(usual), 0 => [], var one => [one.Value] });

    /// <summary>For whichever server: it may listen on the ports that are usual.</summary>
    public static string Line(string keyFile, int usual) => Line(keyFile, Usual(usual));

    private static IEnumerable<int> Usual(int wanted) => new[] { wanted, SecondPort.Port }.Distinct();

    private static string Line(string keyFile, IEnumerable<int> ports) =>
        $"restrict,port-forwarding{string.Concat(ports.Select(p => $",permitlisten=\"{p}\""))} {PublicKey(keyFile) ?? $"$(ssh-keygen -y -f {keyFile})"}";

    private static string? PublicKey(string keyFile)
    {
        try
        {
            if (File.Exists(keyFile + ".pub") && File.ReadLines(keyFile + ".pub").FirstOrDefault()?.Trim() is { Length: > 0 and < 2048 } line && !line.Contains('"', StringComparison.Ordinal)) return line;
            return new FileInfo(keyFile).Length <= Longest && SshKeyFile.PublicKey(File.ReadAllBytes(keyFile)) is { } key ? key + " gateway" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }
}
