using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>What OpenSSH's prose means (ssh 9.2: sshconnect.c, channels.c, serverloop.c).</summary>
internal static class SshWords
{
    /// <summary>Why there is no session: never our own door's fault.</summary>
    public static LookException NotSignedIn(SshServer server, string line) => new("tcp", line switch
    {
        _ when Has(line, "Host key verification failed") || Has(line, "HOST IDENTIFICATION HAS CHANGED") || Has(line, "host key is known for")
            => $"{server.Host} shows another host key than {server.KnownHostsFile} names: if it was set up anew, put its new key there",
        _ when Has(line, "Permission denied") || Has(line, "Too many authentication failures") || Has(line, "no such identity") || Has(line, "bad permissions")
            => $"{server.Host} does not take the key {server.KeyFile} of the user {server.User}",
        _ when Has(line, "Could not resolve hostname") => $"the name {server.Host} cannot be looked up",
        _ when Has(line, "Connection refused") => $"{server.Host} runs no SSH server on port {server.Port}",
        _ => $"{server.Host} cannot be reached by SSH",
    }, LookEnd.Blind);

    /// <summary>Whether trying again soon is of any use.</summary>
    public static bool IsPermanent(LookException e) => Has(e.Message, "another host key") || Has(e.Message, "does not take the key");

    /// <summary>Why the server could not open a connection for us; null for one that gave up long ago.</summary>
    public static LookException? NotOpened(SshServer server, string line) => line switch
    {
        _ when Has(line, "administratively prohibited") => new("tcp", $"{server.Host} does not let this key open connections (AllowTcpForwarding, permitopen)", LookEnd.Blind),
        _ when Has(line, "Connection refused") => new("tcp", "the connection was refused", LookEnd.Refused),
        _ when Has(line, "No route to host") || Has(line, "Network is unreachable") => new("tcp", "no way leads there"),
        _ when Has(line, "Address family not supported") || Has(line, "Cannot assign requested address") => new("tcp", $"{server.Host} does not have this kind of internet", LookEnd.Blind),
        _ when Has(line, "not known") || Has(line, "name resolution") || Has(line, "No address associated") => new("dns", $"{server.Host} cannot look up the name", LookEnd.Blind),
        _ => new("tcp", "the connection could not be opened"),
    };

    /// <summary>Of <c>Authenticated to relay.example ([2001:db8::1]:22) using "publickey".</c></summary>
    public static IpFamily? FamilyOf(string line) =>
        line.IndexOf("([", StringComparison.Ordinal) is var begin and > 0 && line.IndexOf(']', begin) is var end and > 0 && IPAddress.TryParse(line.AsSpan(begin + 2, end - begin - 2), out var address) ? address.Family() : null;

    private static bool Has(string line, string words) => line.Contains(words, StringComparison.OrdinalIgnoreCase);
}
