namespace Gateway.Host.Core;

/// <summary>Whether the clock can be trusted, and who says so.</summary>
/// <param name="IsSynchronised">Null before anybody was asked.</param>
/// <param name="Words">One plain sentence.</param>
public sealed record ClockFacts(bool? IsSynchronised, string Words);

/// <summary>The certificate that is served.</summary>
/// <param name="KeyFingerprint">SHA-256 of the public key (SubjectPublicKeyInfo), lower-case hex: what a proof compares.</param>
/// <param name="IsSelfSigned">No authority vouches for it.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="Problem">What is wrong with renewing it, in words; null when nothing is.</param>
public sealed record CertificateFacts(string KeyFingerprint, bool IsSelfSigned, DateTimeOffset Expires, string? Problem = null);

/// <summary>A certificate for one of this gateway's names whose key is neither the gateway's nor known to its owner, as the public logs show it.</summary>
/// <param name="Name">The gateway's name.</param>
/// <param name="KeyFingerprint">SHA-256 of its public key, lower-case hex.</param>
/// <param name="Issuer">Who issued it; text of a stranger, cleaned.</param>
/// <param name="Names">What it is good for, with commas between.</param>
/// <param name="From">When its life begins.</param>
/// <param name="Until">When it ends.</param>
public sealed record ForeignCertificate(string Name, string KeyFingerprint, string Issuer, string Names, DateTimeOffset From, DateTimeOffset Until);

/// <summary>What the public logs of certificates (RFC 9162) have for this gateway's names.</summary>
/// <param name="Foreign">Others' that are an alarm, the newest of each name first.</param>
/// <param name="Problem">Why nobody has told for days, in words; null when somebody has.</param>
public sealed record TransparencyFacts(IReadOnlyList<ForeignCertificate> Foreign, string? Problem)
{
    /// <summary>Nothing is known.</summary>
    public static TransparencyFacts Nothing { get; } = new([], null);
}

/// <summary>How visitors at home get in by the house's name.</summary>
/// <param name="Withheld">What the network's own resolver keeps from them, in words; null: nothing.</param>
/// <param name="NoWayBack">That the router does not lead them back in, in words; null: it does, or needs not.</param>
public sealed record HomeFacts(string? Withheld, string? NoWayBack);

/// <summary>Whether the internet answers at all.</summary>
/// <param name="Answers">Null before anybody was asked.</param>
/// <param name="Words">Who answered, or who did not.</param>
public sealed record InternetFacts(bool? Answers, string Words);

/// <summary>The disk that holds the gateway's state.</summary>
/// <param name="IsNearlyFull">Whether changes will soon be refused.</param>
/// <param name="Words">How much is free, in words.</param>
public sealed record DiskFacts(bool IsNearlyFull, string Words);

/// <summary>
/// All that is known about being reached, at one moment: facts, each from the one feature that finds it out, and the verdict that the policy makes of them.
/// LED, page, API, MQTT and doctor render this and nothing else. Immutable.
/// </summary>
public sealed record GatewayStatus
{
    /// <summary>Whether somebody owns the gateway. From Access.</summary>
    public bool IsClaimed { get; init; }

    /// <summary>From the network watch.</summary>
    public NetworkFacts Network { get; init; } = NetworkFacts.Unknown;

    /// <summary>The ways in, in the owner's order. From Ingress.</summary>
    public IReadOnlyList<IngressLease> Leases { get; init; } = [];

    /// <summary>The first is <c>[name]</c>. From Dns.</summary>
    public IReadOnlyList<NameFacts> Names { get; init; } = [];

    /// <summary>The first name; null while none is set.</summary>
    public NameFacts? Name => Names.Count > 0 ? Names[0] : null;

    /// <summary>How others saw us, the newest of each observer and family. From Dns and vantages.</summary>
    public IReadOnlyList<SeenAddress> Seen { get; init; } = [];

    /// <summary>From Reachability.</summary>
    public ClockFacts Clock { get; init; } = new(null, "The clock has not been looked at yet.");

    /// <summary>From Reachability.</summary>
    public InternetFacts Internet { get; init; } = new(null, "Nobody has been asked yet.");

    /// <summary>From Reachability.</summary>
    public HomeFacts AtHome { get; init; } = new(null, null);

    /// <summary>From Reachability; null before anybody has looked.</summary>
    public DiskFacts? Disk { get; init; }

    /// <summary>From Certificates; null where nothing is served over HTTPS.</summary>
    public CertificateFacts? Certificate { get; init; }

    /// <summary>From Certificates.</summary>
    public TransparencyFacts Transparency { get; init; } = TransparencyFacts.Nothing;

    /// <summary>Of each vantage and target that still counts: the two newest, the newest that got in and the newest that failed; the newest first. From Reachability.</summary>
    public IReadOnlyList<Observation> Observations { get; init; } = [];

    /// <summary>The verdict. From the policy.</summary>
    public ReachabilityReport Report { get; init; } = ReachabilityReport.Starting;
}

/// <summary>Holds the <see cref="GatewayStatus"/>. Each feature puts in the facts it owns, when they have changed, and no others.</summary>
public sealed class StatusStore
{
    private readonly Lock _lock = new();
    private readonly List<Action<GatewayStatus, GatewayStatus>> _observers = [];
    private TaskCompletionSource _more = New();

    /// <summary>All that is known now.</summary>
    public GatewayStatus Current { get; private set; } = new();

    /// <summary>Puts facts in: <paramref name="change"/> gives the next status from the one it is handed, or that one itself when nothing is new. Called under a lock: it only computes.</summary>
    public void Update(Func<GatewayStatus, GatewayStatus> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_lock)
        {
            var before = Current;
            var after = change(before);
            if (ReferenceEquals(before, after) || before == after) return;
            Current = after;
            _more.TrySetResult(); // whoever waits goes on on another thread
            _more = New();
            foreach (var observer in _observers) observer(before, after);
        }
    }

    /// <summary>Calls <paramref name="observer"/> with the status before and after each change, in order and under the lock: it hands the change on and returns.</summary>
    public void OnChange(Action<GatewayStatus, GatewayStatus> observer)
    {
        lock (_lock) _observers.Add(observer);
    }

    /// <summary>Ends when the status is another than <paramref name="seen"/>.</summary>
    public Task WaitForOtherAsync(GatewayStatus seen, CancellationToken cancellationToken)
    {
        lock (_lock) return ReferenceEquals(seen, Current) ? _more.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>The same, but no longer than <paramref name="atMost"/>.</summary>
    public async Task WaitForOtherAsync(GatewayStatus seen, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        await WaitForOtherAsync(seen, CancellationToken.None).WaitAsync(atMost, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Puts in how somebody outside saw us.</summary>
    public void Saw(SeenAddress seen) => Update(s => s with { Seen = [.. s.Seen.Where(o => o.By != seen.By || o.Family != seen.Family), seen] });

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
