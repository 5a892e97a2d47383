namespace Gateway.Host.Broker;

/// <summary>What bounds the broker in size, time and count: sized for a 512 MB board with a house full of clients.</summary>
internal sealed record BrokerLimits
{
    /// <summary>Connections at once, signed in or not.</summary>
    public int Connections { get; init; } = 6000;

    /// <summary>Connections at once of one source; this machine's own are bounded by <see cref="Connections"/> alone.</summary>
    public int ConnectionsPerSource { get; init; } = 200;

    /// <summary>Connections of one source that have not signed in yet.</summary>
    public int HalfOpenPerSource { get; init; } = 50;

    /// <summary>The same for all sources together.</summary>
    public int HalfOpen { get; init; } = 2500;

    /// <summary>How long a connection may take until its CONNECT is there.</summary>
    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a closing connection may take to read what was sent last.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest CONNECT, in bytes: strangers get little memory.</summary>
    public int ConnectPacketSize { get; init; } = 8 * 1024;

    /// <summary>The longest packet of a signed-in client, in bytes.</summary>
    public int PacketSize { get; init; } = 256 * 1024;

    /// <summary>QoS 1 and 2 messages on their way, in each direction of each client (Receive Maximum, MQTT 5.0 section 4.9).</summary>
    public ushort InFlight { get; init; } = 100;

    /// <summary>Messages that wait for one client; more are dropped.</summary>
    public int QueuedMessages { get; init; } = 1000;

    /// <summary>Bytes that wait for one client; more are dropped.</summary>
    public long QueuedBytesPerClient { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes that wait for all clients together.</summary>
    public long QueuedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Subscriptions of one client.</summary>
    public int SubscriptionsPerClient { get; init; } = 500;

    /// <summary>Subscriptions of all clients.</summary>
    public int Subscriptions { get; init; } = 20_000;

    /// <summary>Sessions kept for clients that are away; the one that would end first makes room.</summary>
    public int SessionsAway { get; init; } = 1000;

    /// <summary>The longest that a session is kept for its client.</summary>
    public TimeSpan SessionKept { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Retained messages.</summary>
    public int RetainedMessages { get; init; } = 50_000;

    /// <summary>Bytes of all retained messages.</summary>
    public long RetainedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Packets a second from a client of the home network, on average; reading pauses beyond. This machine's own are not slowed.</summary>
    public int PacketsPerSecondAtHome { get; init; } = 2000;

    /// <summary>The same for clients from outside.</summary>
    public int PacketsPerSecondOutside { get; init; } = 200;

    /// <summary>Failed log-ins of one source in a minute before the answers to further ones are held back.</summary>
    public int FailedLogins { get; init; } = 10;

    /// <summary>How long they are held back.</summary>
    public TimeSpan FailedLoginDelay { get; init; } = TimeSpan.FromSeconds(2);
}
