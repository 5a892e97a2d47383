using System.Text;
using Gateway.Host.Core;
using NSec.Cryptography;

namespace Gateway.Host.Reachability.Friends;

/// <summary>The key by which friends know this gateway (Ed25519, RFC 8032): made when it is first needed, and kept. It signs, and opens nothing.</summary>
internal sealed class FriendIdentity : IDisposable
{
    public const int PublicKeyBytes = 32, SignatureBytes = 64;

    private static readonly SignatureAlgorithm Algorithm = SignatureAlgorithm.Ed25519;

    private readonly Lock _lock = new();
    private readonly Database _database;
    private Key? _key;

    public FriendIdentity(Database database)
    {
        _database = database;
        database.Migrate("friend_identity", "CREATE TABLE friend_identity (private_key BLOB NOT NULL);");
    }

    /// <summary>Lower-case hex.</summary>
    public string PublicKey => Convert.ToHexStringLower(Key().PublicKey.Export(KeyBlobFormat.RawPublicKey));

    /// <summary>Lower-case hex.</summary>
    public string Sign(string text) => Convert.ToHexStringLower(Algorithm.Sign(Key(), Encoding.UTF8.GetBytes(text)));

    /// <summary>Whether who has <paramref name="publicKey"/> signed the text; false too for what is no key or no signature.</summary>
    public static bool IsSigned(string publicKey, string text, string? signature) =>
        KeyFingerprint.IsHex(publicKey, PublicKeyBytes) && KeyFingerprint.IsHex(signature, SignatureBytes)
        && NSec.Cryptography.PublicKey.TryImport(Algorithm, Convert.FromHexString(publicKey), KeyBlobFormat.RawPublicKey, out var key)
        && Algorithm.Verify(key!, Encoding.UTF8.GetBytes(text), Convert.FromHexString(signature!));

    public void Dispose() => _key?.Dispose();

    private Key Key()
    {
        lock (_lock)
        {
            if (_key is not null) return _key;
            var creation = new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };
            if (_database.Read(c => c.Scalar("SELECT private_key FROM friend_identity")) is byte[] kept) return _key = NSec.Cryptography.Key.Import(Algorithm, kept, KeyBlobFormat.RawPrivateKey, creation);
            var made = NSec.Cryptography.Key.Create(Algorithm, creation);
            _database.Write(c => c.Execute("INSERT INTO friend_identity VALUES ($key)", ("$key", made.Export(KeyBlobFormat.RawPrivateKey))));
            return _key = made;
        }
    }
}
