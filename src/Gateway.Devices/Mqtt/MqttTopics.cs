using System.Text;

namespace Gateway.Devices.Mqtt;

/// <summary>Which topics a light may use. What faces the network here is what an announcement claims, so everything is refused that is not plainly its own.</summary>
public static class MqttTopics
{
    /// <summary>Longer topics are refused, in bytes; the protocol would allow 65,535.</summary>
    public const int MaxBytes = 256;

    /// <summary>Null when this is a topic name (MQTT 5.0 section 4.7: no wildcard, no NUL) that a fixture may use; else why not, in words.</summary>
    public static string? Refuses(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (topic.Length == 0) return "it is empty";
        if (topic.Length > MaxBytes || Encoding.UTF8.GetByteCount(topic) > MaxBytes) return $"it is longer than {MaxBytes} bytes";
        if (topic.AsSpan().ContainsAny('+', '#')) return "it has a wildcard";
        if (topic[0] == '$') return "topics that begin with $ belong to the broker";
        foreach (var c in topic)
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\uFFFE' or '\uFFFF') return "it has characters that a topic cannot have";
        }
        return null;
    }

    /// <summary>Whether <paramref name="topic"/> is <paramref name="root"/> or lies below it.</summary>
    public static bool IsWithin(string topic, string root)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(root);
        return topic.StartsWith(root, StringComparison.Ordinal) && (topic.Length == root.Length || topic[root.Length] == '/');
    }

    /// <summary>A topic by which a bridge itself is commanded: zigbee2mqtt/bridge/request/..., zwave/_CLIENTS/.../api/....</summary>
    public static bool IsBridgeControl(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return topic.Split('/').Any(level => level.Equals("bridge", StringComparison.OrdinalIgnoreCase) || level.Equals("_CLIENTS", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Whether a command topic lies beside a topic that the fixture itself publishes on: both name the same device in their first two levels,
    /// or, where both have at most two, in the first. Tasmota's cmnd, stat and tele count as one level.
    /// </summary>
    public static bool AreBeside(string command, string own)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(own);
        string[] a = command.Split('/'), b = own.Split('/');
        var shared = 0;
        while (shared < a.Length && shared < b.Length && (a[shared] == b[shared] || (IsTasmotaPrefix(a[shared]) && IsTasmotaPrefix(b[shared])))) shared++;
        return shared >= 2 || (shared == 1 && a.Length <= 2 && b.Length <= 2);
    }

    private static bool IsTasmotaPrefix(string level) => level is "cmnd" or "stat" or "tele";
}
