using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Lights;

/// <summary>An announcement as it is kept.</summary>
/// <param name="Topic">Where it was announced.</param>
/// <param name="Payload">What was announced.</param>
/// <param name="Retained">Whether the broker keeps it; one that it does not keep is not missed when it is gone there.</param>
/// <param name="PublisherTopics">As in <see cref="MqttArrival"/>.</param>
internal sealed record StoredAnnouncement(string Topic, byte[] Payload, bool Retained, string? PublisherTopics);

/// <summary>Which id the light of an announcement has, for life.</summary>
internal sealed record StoredLightId(string Topic, string Component, string Id);

/// <summary>What others announced, so that their lights are there after a restart before anybody speaks: on the disk before the light shows.</summary>
internal sealed class MqttStore
{
    private readonly Database _database;

    public MqttStore(Database database)
    {
        _database = database;
        database.Migrate("mqtt-lights", """
            CREATE TABLE mqtt_client (id TEXT NOT NULL);
            CREATE TABLE mqtt_announcement (topic TEXT PRIMARY KEY, payload BLOB NOT NULL, retained INTEGER NOT NULL, publisher_topics TEXT) WITHOUT ROWID;
            CREATE TABLE mqtt_light (topic TEXT NOT NULL REFERENCES mqtt_announcement ON DELETE CASCADE, component TEXT NOT NULL, id TEXT NOT NULL UNIQUE, PRIMARY KEY (topic, component)) WITHOUT ROWID;
            """);
        ClientId = database.Read(c => c.Scalar("SELECT id FROM mqtt_client")) as string ?? NewClientId();
    }

    /// <summary>Ours for life: a broker that still holds our last connection ends it, and speaks its will, before and not after we say "online".</summary>
    public string ClientId { get; }

    public IReadOnlyList<StoredAnnouncement> Announcements() => _database.Read(c => c.Rows(
        "SELECT topic, payload, retained, publisher_topics FROM mqtt_announcement ORDER BY topic",
        r => new StoredAnnouncement(r.GetString(0), r.GetFieldValue<byte[]>(1), r.GetBoolean(2), r.IsDBNull(3) ? null : r.GetString(3))));

    public IReadOnlyList<StoredLightId> Ids() => _database.Read(c => c.Rows(
        "SELECT topic, component, id FROM mqtt_light", r => new StoredLightId(r.GetString(0), r.GetString(1), r.GetString(2))));

    /// <summary>Keeps and forgets, all of it or nothing; on the disk when this returns.</summary>
    public void Save(IReadOnlyCollection<StoredAnnouncement> kept, IReadOnlyCollection<StoredLightId> ids, IReadOnlyCollection<string> forgottenTopics)
    {
        if (kept.Count + ids.Count + forgottenTopics.Count == 0) return;
        _database.Write(c =>
        {
            foreach (var topic in forgottenTopics) c.Execute("DELETE FROM mqtt_announcement WHERE topic = $topic", ("$topic", topic));
            foreach (var a in kept)
            {
                c.Execute("INSERT INTO mqtt_announcement VALUES ($topic, $payload, $retained, $publisher) ON CONFLICT(topic) DO UPDATE SET payload = $payload, retained = $retained, publisher_topics = $publisher",
                    ("$topic", a.Topic), ("$payload", a.Payload), ("$retained", a.Retained), ("$publisher", a.PublisherTopics));
                c.Execute("DELETE FROM mqtt_light WHERE topic = $topic", ("$topic", a.Topic));
            }
            foreach (var i in ids) c.Execute("INSERT INTO mqtt_light VALUES ($topic, $component, $id)", ("$topic", i.Topic), ("$component", i.Component), ("$id", i.Id));
        });
    }

    /// <summary>The broker was seen to keep this announcement; nothing is lost when that is learnt again.</summary>
    public void SaveRetained(string topic) =>
        _database.Later("mqtt-retained/" + topic, c => c.Execute("UPDATE mqtt_announcement SET retained = 1 WHERE topic = $topic", ("$topic", topic)));

    private string NewClientId()
    {
        var id = "gateway-" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6));
        _database.Write(c => c.Execute("INSERT INTO mqtt_client VALUES ($id)", ("$id", id)));
        return id;
    }
}
