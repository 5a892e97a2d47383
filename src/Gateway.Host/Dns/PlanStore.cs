using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>Holds the <see cref="PublishPlan"/>, made anew with every change of the status and when one of its waits is over.</summary>
internal sealed class PlanStore : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StatusStore _status;
    private readonly AddressScopes _scopes;
    private readonly TimeProvider _time;
    private readonly ITimer _again;
    private Action _changed = () => { };

    public PlanStore(StatusStore status, AddressScopes scopes, TimeProvider time, ILogger<PlanStore> logger)
    {
        (_status, _scopes, _time) = (status, scopes, time);
        _again = time.CreateIdleTimer(() => Look(), logger);
    }

    /// <summary>The plan now.</summary>
    public PublishPlan Current { get; private set; } = new();

    /// <summary>Counts up when the way out changed: what failed before may work now.</summary>
    public int NetworkChanges { get; private set; }

    /// <summary>Begins with what was published before a restart; <paramref name="changed"/> is called when there is something else to do.</summary>
    public void Start(PublishPlan restored, Action changed)
    {
        (Current, _changed) = (restored, changed);
        _status.OnChange((before, after) =>
        {
            var isOtherNetwork = !before.Network.Routes.SequenceEqual(after.Network.Routes) || !Addresses(before).SequenceEqual(Addresses(after)) || before.Internet.Answers == false && after.Internet.Answers == true;
            if (isOtherNetwork) NetworkChanges++;
            if (!Look() && isOtherNetwork) changed();
        });
        Look();
    }

    /// <inheritdoc />
    public void Dispose() => _again.Dispose();

    /// <summary>Makes the plan anew; whether it is another.</summary>
    private bool Look()
    {
        lock (_lock)
        {
            var before = Current;
            Current = PublishPolicy.Next(before, _status.Current, _scopes, _time);
            _again.Change(Current.LookAgainIn is { } wait ? wait + TimeSpan.FromMilliseconds(1) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (Current.IsSameAs(before)) return false;
        }
        _changed();
        return true;
    }

    private static IEnumerable<object?> Addresses(GatewayStatus status) => [status.Network.LocalAddress(IpFamily.V4), status.Network.LocalAddress(IpFamily.V6)];
}
