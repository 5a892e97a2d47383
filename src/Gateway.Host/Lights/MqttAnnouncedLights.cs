using System.Security.Cryptography;
using System.Text;
using Gateway.Devices;
using Gateway.Devices.Mqtt;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary>The lights that others have announced: on the disk, in the registry, and who they are. Changed by one thread at a time, asked by any.</summary>
internal sealed class MqttAnnouncedLights(
    LightRegistry registry, MqttStore store, MqttListeners listeners, MqttOwnTopics topics, AnnouncementReader reader, PublishMqtt publish, ILogger<MqttAnnouncedLights> logger)
{
    /// <summary>More lights than this are not taken up.</summary>
    public const int MaxLights = 16_384;

    private const int MaxAnnouncements = 32_768;
    private const int MaxComplaints = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Announcement> _announcements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _topicOfId = new(StringComparer.Ordinal);
    private readonly HashSet<string> _complaints = new(StringComparer.Ordinal);
    private int _round;

    /// <summary>How many lights there are.</summary>
    public int Count
    {
        get { lock (_lock) return _topicOfId.Count; }
    }

    /// <summary>Whether the light with this id is one that others announced.</summary>
    public bool Contains(string id)
    {
        lock (_lock) return _topicOfId.ContainsKey(id);
    }

    /// <summary>Takes up what was announced before the gateway stopped.</summary>
    public async Task RestoreAsync(Func<string, (LightState? Desired, LightState? Reported)> lastStates)
    {
        var ids = store.Ids().ToLookup(i => i.Topic, StringComparer.Ordinal);
        foreach (var stored in store.Announcements())
        {
            if (Read(stored.Topic, stored.Payload, stored.PublisherTopics) is not { } lights) continue;
            var announcement = new Announcement(HashOf(stored.Payload, stored.PublisherTopics)) { Retained = stored.Retained };
            foreach (var light in lights)
            {
                var id = ids[stored.Topic].FirstOrDefault(i => i.Component == light.Component)?.Id;
                if (id is null || registry.Find(id) is not null) id = NewId(stored.Topic, light);
                if (id is not null) Add(announcement, light, id, stored.Topic);
            }
            lock (_lock) _announcements[stored.Topic] = announcement;
            foreach (var (light, id, driver) in announcement.Lights)
            {
                var (desired, reported) = lastStates(id);
                await registry.AddAsync(id, light.Name, light.Room, "mqtt", driver, desired, reported);
                listeners.Add(driver);
            }
        }
    }

    /// <summary>A new round of hearing what the broker keeps begins, with each connection.</summary>
    public void BeginRound()
    {
        lock (_lock) _round++;
    }

    /// <summary>Notes that an announcement was heard; false when it says something new.</summary>
    public bool Heard(in MqttArrival message)
    {
        lock (_lock)
        {
            if (!_announcements.TryGetValue(message.Topic, out var known) || known.Hash != HashOf(message.Payload.Span, message.PublisherTopics)) return false;
            known.Round = _round;
            if (message.Retained && !known.Retained && known.Lights.Count > 0) store.SaveRetained(message.Topic);
            known.Retained |= message.Retained;
            foreach (var (_, _, driver) in known.Lights) driver.SetAbsent(false);
            return true;
        }
    }

    /// <summary>The announcements that the broker once kept and that were not heard in this round.</summary>
    public string[] Missing()
    {
        lock (_lock) return [.. _announcements.Where(a => a.Value.Retained && a.Value.Round != _round).Select(a => a.Key)];
    }

    /// <summary>The broker has these announcements no longer.</summary>
    public void SetAbsent(IEnumerable<string> announcementTopics)
    {
        lock (_lock)
        {
            foreach (var topic in announcementTopics)
                foreach (var (_, _, driver) in _announcements[topic].Lights) driver.SetAbsent(true);
        }
    }

    /// <summary>Takes up, changes and lets go what these messages say. On the disk before it shows; a bad announcement leaves its lights as they were.</summary>
    public async Task ApplyAsync(IReadOnlyCollection<MqttArrival> messages)
    {
        var changes = new List<Change>();
        foreach (var message in messages)
        {
            if (message.Payload.IsEmpty) changes.Add(new Change(message.Topic, null, default));
            else if (Read(message.Topic, message.Payload, message.PublisherTopics) is { } lights) changes.Add(Plan(message, lights));
        }
        await ForgetOrKeepAsync(changes);
    }

    /// <summary>Lets the lights of these announcements go.</summary>
    public Task ForgetAsync(IEnumerable<string> announcementTopics) => ForgetOrKeepAsync([.. announcementTopics.Select(t => new Change(t, null, default))]);

    private async Task ForgetOrKeepAsync(List<Change> changes)
    {
        var kept = changes.Where(c => c.Announcement is { Lights.Count: > 0 }).ToArray();
        store.Save(
            [.. kept.Select(c => new StoredAnnouncement(c.Topic, c.Payload.ToArray(), c.Announcement!.Retained, c.PublisherTopics))],
            [.. kept.SelectMany(c => c.Announcement!.Lights.Select(l => new StoredLightId(c.Topic, l.Announced.Component, l.Id)))],
            [.. changes.Except(kept).Select(c => c.Topic).Where(t => LightsOf(t).Count > 0)]);
        var work = new List<Task>();
        foreach (var change in changes)
        {
            var before = LightsOf(change.Topic);
            lock (_lock)
            {
                if (change.Announcement is null) _announcements.Remove(change.Topic);
                else if (change.Announcement.Lights.Count > 0 || _announcements.Count < MaxAnnouncements) _announcements[change.Topic] = change.Announcement;
            }
            var after = change.Announcement?.Lights ?? [];
            foreach (var (_, id, driver) in before)
            {
                listeners.Remove(driver);
                if (after.Exists(l => l.Id == id)) continue;
                // One that the registry has let go was replaced by a light of our own. It is no longer there when this has begun, and until then it is foreign.
                if (driver.IsTakenUp) work.Add(registry.RemoveAsync(id));
                lock (_lock) _topicOfId.Remove(id);
            }
            foreach (var (light, id, driver) in after)
            {
                var known = registry.Find(id);
                work.Add(registry.AddAsync(id, light.Name, light.Room, "mqtt", driver, known?.Desired, known?.Reported));
            }
        }
        await Task.WhenAll(work);
        foreach (var light in changes.SelectMany(c => c.Announcement?.Lights ?? [])) listeners.Add(light.Driver);
    }

    private Change Plan(in MqttArrival message, IReadOnlyList<LightAnnouncement> lights)
    {
        var before = LightsOf(message.Topic);
        var announcement = new Announcement(HashOf(message.Payload.Span, message.PublisherTopics)) { Retained = message.Retained, Round = _round };
        foreach (var light in lights)
        {
            var id = before.Find(l => l.Announced.Component == light.Component).Id ?? NewId(message.Topic, light);
            if (id is not null) Add(announcement, light, id, message.Topic);
        }
        return new Change(message.Topic, announcement, message.Payload) { PublisherTopics = message.PublisherTopics };
    }

    private void Add(Announcement announcement, LightAnnouncement light, string id, string topic)
    {
        var driver = new MqttLight(light, publish);
        driver.SetConnected(listeners.IsConnected);
        if (light.Refusal is not null) Complain(topic, light.Refusal);
        lock (_lock) _topicOfId[id] = topic;
        announcement.Lights.Add((light, id, driver));
    }

    /// <summary>Null when there are too many lights, or a second one of the same name at the same place.</summary>
    private string? NewId(string topic, LightAnnouncement light)
    {
        var place = DiscoveryTopic.Parse(topics.Prefix, topic)!;
        lock (_lock)
        {
            if (_topicOfId.Count >= MaxLights)
            {
                Complain("", $"There are more than {MaxLights} announced lights; the rest is left out.");
                return null;
            }
            bool IsFree(string id) => !_topicOfId.ContainsKey(id) && registry.Find(id) is null;
            return Array.Find([place.IdOf(light), place.OtherIdOf(light)], IsFree);
        }
    }

    private IReadOnlyList<LightAnnouncement>? Read(string topic, ReadOnlyMemory<byte> payload, string? publisherTopics)
    {
        try
        {
            return DiscoveryTopic.Parse(topics.Prefix, topic) is { } place
                ? reader.Read(place, payload, publisherTopics is null ? null : t => TopicFilter.Matches(publisherTopics, t))
                : null;
        }
        catch (AnnouncementException e)
        {
            Complain(topic, e.Message);
            return null;
        }
    }

    /// <summary>Says it once: a device repeats its announcement, and its mistake, at each start.</summary>
    private void Complain(string topic, string words)
    {
        lock (_lock) if (_complaints.Count >= MaxComplaints || !_complaints.Add(topic)) return;
        logger.LogWarning("Announced at {Topic}: {Problem}", topic, words);
    }

    private List<(LightAnnouncement Announced, string Id, MqttLight Driver)> LightsOf(string topic)
    {
        lock (_lock) return _announcements.TryGetValue(topic, out var announcement) ? announcement.Lights : [];
    }

    private static UInt128 HashOf(ReadOnlySpan<byte> payload, string? publisherTopics)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(payload, hash);
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
        return publisherTopics is null ? value : value ^ HashOf(Encoding.UTF8.GetBytes(publisherTopics), null);
    }

    private sealed record Change(string Topic, Announcement? Announcement, ReadOnlyMemory<byte> Payload)
    {
        public string? PublisherTopics { get; init; }
    }

    private sealed class Announcement(UInt128 hash)
    {
        public UInt128 Hash { get; } = hash;
        public bool Retained { get; set; }
        public int Round { get; set; }
        public List<(LightAnnouncement Announced, string Id, MqttLight Driver)> Lights { get; } = [];
    }
}
