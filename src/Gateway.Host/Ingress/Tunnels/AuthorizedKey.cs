using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>The line for <c>authorized_keys</c> on a relay: this key may forward ports and do nothing else (sshd(8), AUTHORIZED_KEYS FILE FORMAT).</summary>
internal static class AuthorizedKey
{
    /// <summary>Ready to paste. Where the public key's file is not beside the private one, it says how to get it.</summary>
    public static string Line(SshServer server) =>
        $"restrict,port-forwarding{(server.RemotePort is > 0 and var port ? $",permitlisten=\"{port}\"" : "")} {PublicKey(server.KeyFile) ?? $"$(ssh-keygen -y -f {server.KeyFile})"}";

    private static string? PublicKey(string keyFile)
    {
        try { return File.ReadLines(keyFile + ".pub").FirstOrDefault()?.Trim() is { Length: > 0 and < 2048 } line && !line.Contains('"', StringComparison.Ordinal) ? line : null; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }
}
