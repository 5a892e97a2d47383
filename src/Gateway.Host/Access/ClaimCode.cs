using System.Security.Cryptography;
using System.Text;
using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Access;

/// <summary>
/// The code that makes the first owner. It is kept readable, as <c>gateway claim-code</c> prints it again: who can read the database
/// of an unclaimed gateway has the gateway already. It goes with the claim.
/// </summary>
internal sealed class ClaimCode
{
    /// <summary>Consonants only: nothing to mistake for a digit, and no words. 16 of these 20 are 69 bits.</summary>
    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";

    private readonly SettingsStore _settings;
    private string? _generated;

    public ClaimCode(Database database, People people, SettingsStore settings)
    {
        _settings = settings;
        database.Migrate("claim", "CREATE TABLE claim_code (code TEXT NOT NULL);");
        _generated = database.Read(c => c.Scalar("SELECT code FROM claim_code")) as string;
        if (people.IsClaimed || Current is not null) return;
        var code = NewCode();
        database.Write(c => Write(c, code));
        _generated = code;
    }

    /// <summary>The code in force: a generated one, else the owner's own words; null when there is none, once claimed.</summary>
    public string? Current => _generated ?? _settings.Current.Text(AccessSettings.Claim);

    /// <summary>Whether the code is the owner's own words, which are not for the console.</summary>
    public bool IsOwnWords => _generated is null;

    public static string NewCode() => string.Join('-', RandomNumberGenerator.GetString(Alphabet, 16).Chunk(4).Select(c => new string(c)));

    public bool Matches(string attempt) => Current is { } code && CryptographicOperations.FixedTimeEquals(Hash(code), Hash(attempt));

    public static void Write(SqliteConnection c, string? code)
    {
        c.Execute("DELETE FROM claim_code");
        if (code is not null) c.Execute("INSERT INTO claim_code VALUES ($code)", ("$code", code));
    }

    public void Put(string? code) => _generated = code;

    /// <summary>Case, spaces and dashes are how people write it down, not part of it.</summary>
    private static byte[] Hash(string code) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(code.Where(c => !char.IsWhiteSpace(c) && c != '-')).ToUpperInvariant()));
}
