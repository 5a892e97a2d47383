using System.Text.Json;
using Gateway.Devices;
using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Lights;

/// <summary>
/// The desired and reported state of every light, over a restart. A state that changes a hundred times a minute is written once:
/// with the batch, within <see cref="Database.BatchDelay"/>, and only that of lights that changed.
/// </summary>
internal sealed class LightStates
{
    private readonly Database _database;
    private readonly Dictionary<string, (LightState? Desired, LightState? Reported)> _last;

    public LightStates(Database database)
    {
        _database = database;
        database.Migrate("lights",
            "CREATE TABLE light_state (id TEXT PRIMARY KEY, desired TEXT NOT NULL, reported TEXT) WITHOUT ROWID;",
            "CREATE TABLE machine_boot (id TEXT NOT NULL);");
        _last = database.Read(c => c.Rows("SELECT id, desired, reported FROM light_state",
                r => (Id: r.GetString(0), Desired: Parse(r.GetString(1)), Reported: r.IsDBNull(2) ? null : Parse(r.GetString(2)))))
            .ToDictionary(l => l.Id, l => (l.Desired, l.Reported), StringComparer.Ordinal);
    }

    /// <summary>How a light was when the gateway last ended, or nothing.</summary>
    public (LightState? Desired, LightState? Reported) Last(string id) => _last.GetValueOrDefault(id);

    /// <summary>Notes a change; called under the registry's lock.</summary>
    public void Note(LightChange change)
    {
        if (change.After is not { } light) _database.Later("light/" + change.Id, c => Forget(c, change.Id));
        else if ((change.Before is { } before ? (before.Desired, before.Reported) : (Last(light.Id).Desired ?? LightState.Unknown, Last(light.Id).Reported)) != (light.Desired, light.Reported))
            _database.Later("light/" + light.Id, c => Write(c, light));
    }

    /// <summary>Whether this machine has started since the gateway last asked; notes that it has.</summary>
    public bool IsNewBoot(string? bootId)
    {
        if (bootId is null || _database.Read(c => c.Scalar("SELECT id FROM machine_boot")) as string == bootId) return false;
        _database.Write(c =>
        {
            c.Execute("DELETE FROM machine_boot");
            c.Execute("INSERT INTO machine_boot VALUES ($id)", ("$id", bootId));
        });
        return true;
    }

    private static void Forget(SqliteConnection connection, string id) => connection.Execute("DELETE FROM light_state WHERE id = $id", ("$id", id));

    private static void Write(SqliteConnection connection, Light light) => connection.Execute(
        "INSERT INTO light_state VALUES ($id, $desired, $reported) ON CONFLICT(id) DO UPDATE SET desired = $desired, reported = $reported",
        ("$id", light.Id), ("$desired", Json(light.Desired)), ("$reported", light.Reported is { } reported ? Json(reported) : null));

    private static string Json(LightState state) => JsonSerializer.Serialize(state, LightsJson.Default.LightState);

    private static LightState? Parse(string json)
    {
        try { return JsonSerializer.Deserialize(json, LightsJson.Default.LightState); }
        catch (JsonException) { return null; } // of a later version: as if it had not spoken
    }
}
