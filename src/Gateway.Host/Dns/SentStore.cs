using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>What is known of a name's provider over restarts.</summary>
/// <param name="Addresses">What it was last told.</param>
/// <param name="Updated">When it last said yes.</param>
/// <param name="HasAccepted">Whether it has ever taken this token for this name: a later refusal without a reason is then more likely trouble of its own.</param>
internal sealed record SentState(SentPair Addresses, DateTimeOffset? Updated = null, bool HasAccepted = false);

/// <summary>Keeps it: the intent is on the disk before a provider is asked, so that a crash between two requests leaves nothing half done for ever.</summary>
internal sealed class SentStore
{
    private readonly Database _database;

    public SentStore(Database database)
    {
        _database = database;
        database.Migrate("dns", "CREATE TABLE dns_sent (name TEXT NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL, v4 TEXT, v6 TEXT, updated TEXT, accepted INTEGER NOT NULL, PRIMARY KEY (name, provider, account)) WITHOUT ROWID");
    }

    public SentState Read(NameOptions name) => _database.Read(c => c.Rows(
        "SELECT v4, v6, updated, accepted FROM dns_sent WHERE name = $n AND provider = $p AND account = $a",
        r => new SentState(new SentPair(Sent(r.IsDBNull(0) ? null : r.GetString(0)), Sent(r.IsDBNull(1) ? null : r.GetString(1))),
            r.IsDBNull(2) ? null : DateTimeOffset.Parse(r.GetString(2), CultureInfo.InvariantCulture), r.GetBoolean(3)),
        ("$n", name.Name), ("$p", name.Provider), ("$a", Account(name))).FirstOrDefault()) ?? new SentState(default);

    /// <summary>On the disk when this returns. One row a name: what was known of another account is forgotten.</summary>
    public void Write(NameOptions name, SentState state) => _database.Write(c =>
    {
        c.Execute("DELETE FROM dns_sent WHERE name = $n", ("$n", name.Name));
        c.Execute("INSERT INTO dns_sent VALUES ($n, $p, $a, $v4, $v6, $u, $ok)", ("$n", name.Name), ("$p", name.Provider), ("$a", Account(name)),
            ("$v4", Text(state.Addresses.V4)), ("$v6", Text(state.Addresses.V6)), ("$u", state.Updated?.ToString("O")), ("$ok", state.HasAccepted));
    });

    /// <summary>Names place and token without telling the token: tokens are long and random.</summary>
    private static string Account(NameOptions name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name.Endpoint}\n{name.User}\n{name.Token}")))[..16];

    /// <summary>NULL: nobody can tell; empty: nothing.</summary>
    private static string? Text(SentAddress sent) => sent.IsKnown ? sent.Address?.ToString() ?? "" : null;

    private static SentAddress Sent(string? text) => text switch { null => SentAddress.Unknown, "" => SentAddress.Nothing, _ => SentAddress.Of(IPAddress.Parse(text)) };
}
