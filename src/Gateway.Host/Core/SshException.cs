using System.Net;

namespace Gateway.Host.Core;

/// <summary>An SSH server cannot be used; the message is the end of a sentence in plain words.</summary>
/// <param name="words">What was found: "relay.example runs no SSH server on port 22".</param>
/// <param name="isPermanent">Whether trying again soon is of no use: somebody has to do something.</param>
/// <param name="inner">Its cause.</param>
public sealed class SshException(string words, bool isPermanent, Exception? inner = null) : Exception(words, inner)
{
    /// <summary>Whether trying again soon is of no use.</summary>
    public bool IsPermanent { get; } = isPermanent;

    /// <summary>What the server's refusal is about; <see cref="SshRefusal.None"/> when it refused nothing.</summary>
    public SshRefusal Refusal { get; init; }

    /// <summary>What OpenSSH's prose means (ssh 9.2: sshconnect.c, sshconnect2.c) when there is no session.</summary>
    public static SshException NotSignedIn(SshServer server, string line)
    {
        ArgumentNullException.ThrowIfNull(server);
        return line switch
        {
            _ when Has(line, "Host key verification failed") || Has(line, "HOST IDENTIFICATION HAS CHANGED") || Has(line, "host key is known for")
                => new SshException($"{server.Host} shows another host key than {server.KnownHostsFile} names: if it was set up anew, put its new key there", isPermanent: true) { Refusal = SshRefusal.HostKey },
            _ when Has(line, "Permission denied") || Has(line, "Too many authentication failures") || Has(line, "no such identity") || Has(line, "bad permissions")
                => new SshException($"{server.Host} does not take the key {server.KeyFile} of the user {server.User}", isPermanent: true) { Refusal = SshRefusal.Key },
            _ when Has(line, "Could not resolve hostname") => new SshException($"the name {server.Host} cannot be looked up", isPermanent: false),
            _ when Has(line, "Connection refused") => new SshException($"{server.Host} runs no SSH server on port {server.Port}", isPermanent: false),
            _ => new SshException($"{server.Host} cannot be reached by SSH", isPermanent: false),
        };
    }

    /// <summary>Of <c>Authenticated to relay.example ([2001:db8::1]:22) using "publickey".</c></summary>
    public static IPAddress? PeerOf(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return line.IndexOf("([", StringComparison.Ordinal) is var begin and > 0 && line.IndexOf(']', begin) is var end and > 0 && IPAddress.TryParse(line.AsSpan(begin + 2, end - begin - 2), out var address) ? address : null;
    }

    private static bool Has(string line, string words) => line.Contains(words, StringComparison.OrdinalIgnoreCase);
}

/// <summary>What an SSH server refuses.</summary>
public enum SshRefusal
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>It is not the server that we know.</summary>
    HostKey,
    /// <summary>It does not take our key.</summary>
    Key,
    /// <summary>Nothing: it was not asked, as our key cannot be read or made.</summary>
    NoKey,
}
