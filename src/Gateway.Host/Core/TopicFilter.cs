namespace Gateway.Host.Core;

/// <summary>MQTT topics and topic filters (MQTT 5.0 section 4.7): the rules that rights, retained messages and subscriptions share.</summary>
public static class TopicFilter
{
    /// <summary>The longest topic or filter that is taken, in UTF-16 units; the protocol would allow 65,535 bytes.</summary>
    public const int MaxLength = 1024;

    /// <summary>The most levels a topic or filter may have.</summary>
    public const int MaxLevels = 32;

    /// <summary>Whether messages may be published on <paramref name="topic"/>: not empty, no wildcard, no NUL, within the limits.</summary>
    public static bool IsValidTopic(string topic) =>
        IsValidName(topic) && topic.AsSpan().IndexOfAny('+', '#') < 0;

    /// <summary>Whether <paramref name="filter"/> may be subscribed to: <c>+</c> fills a level, <c>#</c> is the last one. Shared subscriptions are none of ours.</summary>
    public static bool IsValidFilter(string filter)
    {
        if (!IsValidName(filter)) return false;
        var rest = filter.AsSpan();
        while (true)
        {
            var level = Level(ref rest, out var last);
            if (level.Contains('+') && level.Length > 1) return false;
            if (level.Contains('#') && (level.Length > 1 || !last)) return false;
            if (last) return true;
        }
    }

    /// <summary>Whether <paramref name="topic"/> is one of those that <paramref name="filter"/> stands for. A leading wildcard leaves out topics that begin with <c>$</c> [MQTT-4.7.2-1].</summary>
    public static bool Matches(string filter, string topic)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(topic);
        return Covers(filter, topic);
    }

    /// <summary>Whether every topic that <paramref name="inner"/> stands for is one that <paramref name="outer"/> stands for.</summary>
    public static bool Covers(string outer, string inner)
    {
        ArgumentNullException.ThrowIfNull(outer);
        ArgumentNullException.ThrowIfNull(inner);
        if (inner.StartsWith('$') && (outer.StartsWith('+') || outer.StartsWith('#'))) return false;
        ReadOnlySpan<char> outerRest = outer, innerRest = inner;
        while (true)
        {
            var outerLevel = Level(ref outerRest, out var outerEnds);
            if (outerLevel is "#") return true;
            var innerLevel = Level(ref innerRest, out var innerEnds);
            if (innerLevel is "#") return false;
            if (outerLevel is not "+" && !outerLevel.SequenceEqual(innerLevel)) return false;
            if (innerEnds) return outerEnds || outerRest is "#"; // "a/#" stands for "a" too
            if (outerEnds) return false;
        }
    }

    private static bool IsValidName(string name) =>
        name.Length is > 0 and <= MaxLength && !name.Contains('\0') && name.AsSpan().Count('/') < MaxLevels;

    private static ReadOnlySpan<char> Level(ref ReadOnlySpan<char> rest, out bool last)
    {
        var slash = rest.IndexOf('/');
        last = slash < 0;
        var level = last ? rest : rest[..slash];
        rest = last ? [] : rest[(slash + 1)..];
        return level;
    }
}
