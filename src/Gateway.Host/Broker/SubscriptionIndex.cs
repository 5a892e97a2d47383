using System.Collections.Concurrent;

namespace Gateway.Host.Broker;

/// <summary>A client's subscription to a filter.</summary>
internal sealed record Subscription(ClientSession Session, string Filter, byte Qos, bool NoLocal, bool RetainAsPublished, uint Identifier);

/// <summary>One receiver of a topic: overlapping subscriptions of a client count once, with the highest QoS (MQTT 5.0 section 3.3.4).</summary>
internal sealed record Route(ClientSession Session, byte Qos, bool NoLocal, bool RetainAsPublished, List<uint>? Identifiers);

/// <summary>
/// Who gets a topic: a trie of the filters' levels, and before it the answers already found, until any subscription changes.
/// Publishing on a topic that was published on before costs one look-up, however many clients there are.
/// </summary>
internal sealed class SubscriptionIndex
{
    /// <summary>Answers kept; houses have some hundred topics.</summary>
    private const int KeptAnswers = 10_000;

    private sealed class Node
    {
        public Dictionary<string, Node>? Children;
        public List<Subscription>? Here;
        public bool IsEmpty => Children is not { Count: > 0 } && Here is not { Count: > 0 };
    }

    private readonly Lock _lock = new();
    private readonly Node _root = new();
    private ConcurrentDictionary<string, Route[]> _answers = new(StringComparer.Ordinal);
    private int _answerCount;
    private int _count;

    /// <summary>Adds or replaces a subscription; null when a limit would be passed, else whether it is new.</summary>
    public bool? Set(Subscription subscription, BrokerLimits limits)
    {
        lock (_lock)
        {
            var own = subscription.Session.Subscriptions;
            var replaced = own.GetValueOrDefault(subscription.Filter);
            // The gateway hears every light of the house.
            if (replaced is null && subscription.Session.Owner != ClientRights.GatewayName && (own.Count >= limits.SubscriptionsPerClient || _count >= limits.Subscriptions)) return null;
            var node = _root;
            foreach (var level in subscription.Filter.Split('/'))
            {
                node.Children ??= new Dictionary<string, Node>(StringComparer.Ordinal);
                if (!node.Children.TryGetValue(level, out var child)) node.Children.Add(level, child = new Node());
                node = child;
            }
            node.Here ??= new List<Subscription>(1);
            if (replaced is not null) node.Here.Remove(replaced);
            else _count++;
            node.Here.Add(subscription);
            own[subscription.Filter] = subscription;
            Forget();
            return replaced is null;
        }
    }

    public bool Remove(ClientSession session, string filter)
    {
        lock (_lock)
        {
            if (!session.Subscriptions.Remove(filter, out var subscription)) return false;
            Remove(_root, filter.Split('/'), 0, subscription);
            _count--;
            Forget();
            return true;
        }
    }

    public void RemoveAll(ClientSession session)
    {
        lock (_lock)
        {
            foreach (var filter in session.Subscriptions.Keys.ToArray()) Remove(session, filter);
        }
    }

    public Route[] RoutesOf(string topic)
    {
        if (_answers.TryGetValue(topic, out var routes)) return routes;
        lock (_lock)
        {
            var found = new List<Subscription>();
            Collect(_root, topic, found, atRoot: true);
            routes = [.. found.GroupBy(s => s.Session).Select(Merge)];
            if (_answerCount >= KeptAnswers) Forget();
            if (_answers.TryAdd(topic, routes)) _answerCount++;
            return routes;
        }
    }

    private void Forget()
    {
        if (_answerCount == 0) return;
        _answers = new ConcurrentDictionary<string, Route[]>(StringComparer.Ordinal);
        _answerCount = 0;
    }

    private static Route Merge(IGrouping<ClientSession, Subscription> of)
    {
        var identifiers = of.Select(s => s.Identifier).Where(i => i != 0).Distinct().ToList();
        return new Route(of.Key, of.Max(s => s.Qos), of.All(s => s.NoLocal), of.Any(s => s.RetainAsPublished), identifiers.Count == 0 ? null : identifiers);
    }

    private static void Collect(Node node, ReadOnlySpan<char> rest, List<Subscription> found, bool atRoot)
    {
        if (node.Children is not { } children) return;
        var wildcards = !(atRoot && rest.StartsWith('$')); // [MQTT-4.7.2-1]
        if (wildcards && children.TryGetValue("#", out var all)) found.AddRange(all.Here ?? []);
        var slash = rest.IndexOf('/');
        var level = slash < 0 ? rest : rest[..slash];
        if (children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out var child)) Descend(child, slash, rest, found);
        if (wildcards && children.TryGetValue("+", out var any)) Descend(any, slash, rest, found);
    }

    private static void Descend(Node node, int slash, ReadOnlySpan<char> rest, List<Subscription> found)
    {
        if (slash >= 0)
        {
            Collect(node, rest[(slash + 1)..], found, atRoot: false);
            return;
        }
        found.AddRange(node.Here ?? []);
        if (node.Children is not null && node.Children.TryGetValue("#", out var below)) found.AddRange(below.Here ?? []); // "a/#" stands for "a" too
    }

    private static void Remove(Node node, string[] levels, int depth, Subscription subscription)
    {
        if (depth == levels.Length)
        {
            node.Here?.Remove(subscription);
            return;
        }
        if (node.Children is null || !node.Children.TryGetValue(levels[depth], out var child)) return;
        Remove(child, levels, depth + 1, subscription);
        if (child.IsEmpty) node.Children.Remove(levels[depth]);
    }
}
