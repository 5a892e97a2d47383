using System.Net;
using System.Security.Cryptography;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>A mapping that may stand at a router.</summary>
/// <param name="Local">Where it leads: our own endpoint, as then.</param>
/// <param name="Method">By which protocol.</param>
/// <param name="ExternalPort">The port outside.</param>
internal sealed record RememberedMapping(string Local, string Method, int ExternalPort);

/// <summary>
/// What stands at the router in our name, so that a gateway that was killed renews its own mapping and does not ask for a second
/// one: a row stands from before the first question until the mapping has been given back.
/// </summary>
internal sealed class MappingMemory
{
    private const int Most = 32;
    private readonly Database _database;

    public MappingMemory(Database database)
    {
        _database = database;
        database.Migrate("port-mapping", """
            CREATE TABLE port_mapping (router TEXT NOT NULL, local TEXT NOT NULL, nonce BLOB NOT NULL, method TEXT NOT NULL DEFAULT '', external_port INTEGER NOT NULL DEFAULT 0,
                UNIQUE (router, local))
            """);
    }

    /// <summary>The wish's PCP nonce: for as long as its mapping may live, the same.</summary>
    public byte[] Nonce(MappingWish wish)
    {
        if (_database.Read(c => c.Scalar("SELECT nonce FROM port_mapping WHERE router = $router AND local = $local", ("$router", wish.RouterAddress), ("$local", wish.Local.ToString()))) is byte[] { Length: Pcp.NonceLength } known) return known;
        var nonce = RandomNumberGenerator.GetBytes(Pcp.NonceLength);
        _database.Write(c =>
        {
            c.Execute("INSERT INTO port_mapping (router, local, nonce) VALUES ($router, $local, $nonce) ON CONFLICT DO UPDATE SET nonce = $nonce", ("$router", wish.RouterAddress), ("$local", wish.Local.ToString()), ("$nonce", nonce));
            c.Execute("DELETE FROM port_mapping WHERE rowid <= (SELECT max(rowid) FROM port_mapping) - $most", ("$most", Most)); // routers that took nothing back
        });
        return nonce;
    }

    /// <summary>Every mapping that may stand at this router.</summary>
    public IReadOnlyList<RememberedMapping> At(MappingWish wish) => _database.Read(c => c.Rows(
        "SELECT local, method, external_port FROM port_mapping WHERE router = $router AND method <> ''",
        r => new RememberedMapping(r.GetString(0), r.GetString(1), r.GetInt32(2)), ("$router", wish.RouterAddress)));

    /// <summary>What was granted last for this wish; null when nothing was.</summary>
    public RememberedMapping? Find(MappingWish wish) => At(wish).FirstOrDefault(m => m.Local == wish.Local.ToString());

    /// <summary>Remembers what was granted.</summary>
    public void Save(MappingWish wish, string method, Grant grant) => _database.Write(c => c.Execute(
        "UPDATE port_mapping SET method = $method, external_port = $port WHERE router = $router AND local = $local",
        ("$method", method), ("$port", grant.External.Port), ("$router", wish.RouterAddress), ("$local", wish.Local.ToString())));

    /// <summary>It has been given back.</summary>
    public void Forget(MappingWish wish, string local) => _database.Write(c => c.Execute(
        "DELETE FROM port_mapping WHERE router = $router AND local = $local", ("$router", wish.RouterAddress), ("$local", local)));
}
