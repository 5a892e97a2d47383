using System.Net.Sockets;
using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>Who talks to whom.</summary>
/// <param name="Name">As it stands in the table.</param>
/// <param name="Publishers">How many publish ...</param>
/// <param name="Subscribers">... to how many that each get everything.</param>
/// <param name="Idle">How many more hold a subscription to a topic of their own that nobody publishes to.</param>
/// <param name="Qos">0 or 1, in both directions.</param>
/// <param name="Window">How many messages may be on their way. A closed loop: no broker has to drop anything, so what is lost is a fault.</param>
/// <param name="Burst">How many a publisher sends at once.</param>
internal sealed record Pattern(string Name, int Publishers, int Subscribers, int Idle, int Qos, int Window, int Burst);

/// <summary>What a round gave.</summary>
/// <param name="PerSecond">Messages delivered a second.</param>
/// <param name="CpuMicroseconds">User and system time of the server for a delivered message.</param>
/// <param name="LoadShare">How much of its core the generator used: near 1 it may be what held the round back.</param>
/// <param name="Lost">Messages that never came.</param>
internal sealed record RoundResult(double PerSecond, double CpuMicroseconds, double LoadShare, long Lost);

/// <summary>The connections of one pattern to one broker, driven by a single thread.</summary>
internal sealed class Fan : IDisposable
{
    private const string Topic = "bench/lamp/state";
    private static readonly byte[] Payload = new byte[100];
    private readonly Pattern _pattern;
    private readonly ServerProcess _server;
    private readonly MqttPeer[] _publishers;
    private readonly MqttPeer[] _subscribers;
    private readonly MqttPeer[] _idle;
    private readonly Dictionary<Socket, MqttPeer> _bySocket;
    private readonly byte[][] _bursts;
    private readonly List<Socket> _ready = [];
    private long _sent;
    private int _next;

    public Fan(Pattern pattern, ServerProcess server, int port, string? password)
    {
        (_pattern, _server) = (pattern, server);
        _idle = [.. Enumerable.Range(0, pattern.Idle).Select(i => MqttPeer.Connect(port, $"idle{i}", password, $"bench/idle/{i}/state"))];
        _subscribers = [.. Enumerable.Range(0, pattern.Subscribers).Select(i => MqttPeer.Connect(port, $"subscriber{i}", password, Topic, pattern.Qos))];
        _publishers = [.. Enumerable.Range(0, pattern.Publishers).Select(i => MqttPeer.Connect(port, $"publisher{i}", password))];
        _bySocket = _subscribers.Concat(_publishers).ToDictionary(p => p.Socket);
        // Identifiers may come again once they are acknowledged, which the window sees to.
        _bursts = [.. Enumerable.Range(0, pattern.Qos == 0 ? 1 : 4 * pattern.Window / pattern.Burst).Select(b =>
            Enumerable.Range(0, pattern.Burst).SelectMany(i => MqttPackets.Publish(Topic, Payload, pattern.Qos, (ushort)(1 + b * pattern.Burst + i))).ToArray())];
    }

    /// <summary>Publishes for <paramref name="duration"/> as fast as the broker delivers.</summary>
    public RoundResult Run(TimeSpan duration)
    {
        var cpu = _server.CpuTime;
        var load = ServerProcess.CpuTimeOf(System.Environment.ProcessId);
        var before = Delivered();
        var start = TimeProvider.System.GetTimestamp();
        var heard = start;
        while (TimeProvider.System.GetElapsedTime(start) < duration)
        {
            for (var behind = _sent - Slowest(); behind + _pattern.Burst <= _pattern.Window; behind += _pattern.Burst)
            {
                _publishers[_next++ % _publishers.Length].Socket.Send(_bursts[_next % _bursts.Length]);
                _sent += _pattern.Burst;
            }
            if (Receive(TimeSpan.FromMilliseconds(100))) heard = TimeProvider.System.GetTimestamp();
            else if (TimeProvider.System.GetElapsedTime(heard).TotalSeconds > 1) break;
        }
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        cpu = _server.CpuTime - cpu;
        load = ServerProcess.CpuTimeOf(System.Environment.ProcessId) - load;
        var delivered = Delivered() - before;
        while (Slowest() < _sent && Receive(TimeSpan.FromSeconds(1)))
        {
        }
        var lost = _sent * _subscribers.Length - Delivered();
        _sent -= lost / _subscribers.Length;
        return new RoundResult(delivered / elapsed.TotalSeconds, cpu.TotalMicroseconds / delivered, load / elapsed, lost);
    }

    public void Dispose()
    {
        foreach (var peer in (IEnumerable<MqttPeer>)[.. _publishers, .. _subscribers, .. _idle]) peer.Dispose();
    }

    private bool Receive(TimeSpan wait)
    {
        _ready.Clear();
        // At QoS 0 nothing comes back to publishers.
        foreach (var peer in _subscribers) _ready.Add(peer.Socket);
        if (_pattern.Qos > 0) foreach (var peer in _publishers) _ready.Add(peer.Socket);
        Socket.Select(_ready, null, null, wait);
        foreach (var socket in _ready) _bySocket[socket].Receive();
        return _ready.Count > 0;
    }

    private long Slowest()
    {
        var slowest = long.MaxValue;
        foreach (var subscriber in _subscribers) slowest = Math.Min(slowest, subscriber.Published);
        return slowest;
    }

    private long Delivered()
    {
        long all = 0;
        foreach (var subscriber in _subscribers) all += subscriber.Published;
        return all;
    }
}
