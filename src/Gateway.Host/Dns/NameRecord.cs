using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Dns;

/// <summary>
/// What is known of one name, put together from who publishes it and who watches it, as <see cref="NameFacts"/>. The two never speak to each other but through it.
/// </summary>
internal sealed class NameRecord(NameOptions name, TimeSpan takenWithin, TimeProvider time, Action changed)
{
    /// <summary>How long resolvers remember an address of which nobody said how long.</summary>
    private static readonly TimeSpan UsualTtl = TimeSpan.FromSeconds(60);

    /// <summary>What the servers said counts for so long while this home cannot ask them, as a proof by somebody else's vantage does: the world asks by its own ways.</summary>
    private static readonly TimeSpan Stands = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<IpFamily, FamilyRecord> _families = new() { [IpFamily.V4] = new(), [IpFamily.V6] = new() };
    private PublishPlan _plan = new();
    private Cause? _publishing, _watching;
    private DateTimeOffset? _updated;
    private AddressPair? _taken, _promised;
    private long _promisedAt;
    private long? _heardAt;
    private NameCheck? _check;
    private int _blind;

    /// <summary>The newest facts.</summary>
    public NameFacts Facts { get; private set; } = new(name.Key, name.Name, new(IpFamily.V4, null, null, false), new(IpFamily.V6, null, null, false)) { Words = "Nobody has been asked yet." };

    /// <summary>Counts up whenever the provider is told something else: what servers said of an earlier one does not count.</summary>
    public int Generation { get; private set; }

    /// <summary>Whom to ask what the name says, as far as found.</summary>
    public NameServerSearch? Search { get; set; }

    /// <summary>Whether the name's servers were heard when they were asked last.</summary>
    public bool DoServersAnswer
    {
        get { lock (_lock) return _blind == 0 && _check?.IsAnswered == true; }
    }

    /// <summary>Whether a source says that there is no such name.</summary>
    public bool IsNoSuchName
    {
        get { lock (_lock) return _check?.IsNoSuchName == true; }
    }

    /// <summary>Whether the name's servers are known to say this; null: nothing.</summary>
    public bool Says(IpFamily family, IPAddress? address)
    {
        lock (_lock) return _families[family] is { IsKnown: true } record && Equals(record.Address, address);
    }

    /// <summary>Whether the provider said yes a while ago, and its servers say something else.</summary>
    public bool IsNotTaken(IpFamily family)
    {
        lock (_lock) return IsNotTaken_NeedsLock(family);
    }

    /// <summary>What the name should say.</summary>
    public void Planned(PublishPlan plan) => Change(() => _plan = plan);

    /// <summary>
    /// The provider is told this now; null: nothing. What its servers were last known to say stands until they are asked again, if that was wrong;
    /// what was right and is being changed is known no more.
    /// </summary>
    public void Telling(IpFamily family, IPAddress? address) => Change(() =>
    {
        var record = _families[family];
        if (record.IsKnown && Equals(record.Address, address)) return;
        Generation++;
        if (!Equals(address, _plan.Wanted[family])) (_taken, record.IsKnown) = (null, false);
        if (record.Address is not null && !record.Address.Equals(address)) record.Forgets(record.Address, time.After(time.GetTimestamp(), record.Ttl));
    });

    /// <summary>What the provider made of it.</summary>
    /// <param name="cause">What is wrong.</param>
    /// <param name="taken">It took all of this; null: not all that should be said.</param>
    /// <param name="updated">When it last said yes.</param>
    public void Told(Cause? cause, AddressPair? taken, DateTimeOffset? updated) => Change(() =>
    {
        (_publishing, _updated) = (cause, updated);
        if (taken == _taken) return;
        if (taken is not null && taken != _promised) (_promised, _promisedAt) = (taken, time.GetTimestamp());
        _taken = taken;
    });

    /// <summary>What the servers said, if it was not before the newest change.</summary>
    public void Checked(int generation, NameCheck check) => Change(() =>
    {
        if (generation != Generation) return;
        (_check, _watching, _blind, _heardAt) = (check, null, 0, time.GetTimestamp());
        foreach (var (family, record) in _families)
        {
            var verdict = check[family];
            record.IsSplit = verdict.IsSplit;
            record.Silences = verdict.IsKnown || verdict.IsSplit ? 0 : record.Silences + 1;
            record.IsKnown = verdict.IsKnown || record is { IsKnown: true, Silences: 1 };
            if (!verdict.IsKnown) continue;
            if (record.Address is not null && !record.Address.Equals(verdict.Address)) record.Forgets(record.Address, time.After(time.GetTimestamp(), record.Ttl));
            if (verdict.Address is not null && verdict.Address.Equals(record.Old)) record.Old = null;
            (record.Address, record.Ttl) = (verdict.Address, verdict.Ttl > TimeSpan.Zero ? verdict.Ttl : UsualTtl);
        }
    });

    /// <summary>Nobody who knows could be asked. Once may be a lost packet; after more, and two minutes, what was known is known no more.</summary>
    public void Blind(NameCheck check, Cause cause) => Change(() =>
    {
        if (++_blind < 2 && cause.Problem != NameProblem.Captive) return;
        (_check, _watching) = (check, cause);
        if (_blind < 2 || _heardAt is { } heard && time.GetElapsedTime(heard) < Stands) return;
        foreach (var record in _families.Values) record.IsKnown = false;
    });

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            var facts = Compose_NeedsLock();
            if (IsSame(facts, Facts)) return;
            Facts = facts;
        }
        changed();
    }

    private NameFacts Compose_NeedsLock()
    {
        var (v4, v6) = (Address_NeedsLock(IpFamily.V4), Address_NeedsLock(IpFamily.V6));
        var isNotTaken = IsNotTaken_NeedsLock(IpFamily.V4) || IsNotTaken_NeedsLock(IpFamily.V6);
        var cause = _watching is { Problem: NameProblem.Captive } captive ? captive : _publishing ?? _watching
            ?? (isNotTaken ? new Cause(NameProblem.NotTaken, NameWords.NotTaken(name, _plan.Wanted, _check!)) : null);
        return new NameFacts(name.Key, name.Name, v4, v6)
        {
            Problem = cause?.Problem ?? NameProblem.None,
            Words = cause?.Words ?? NameWords.Of(name, _plan, v4, v6, isSent: _taken == _plan.Wanted),
            Updated = _updated,
            Answers = [.. _check?.Answers.Select(a => new KeyValuePair<string, string>(a.Server.ToString(), a.Words)) ?? []],
        };
    }

    private NameAddress Address_NeedsLock(IpFamily family)
    {
        var record = _families[family];
        if (record.Old is not null && record.OldUntil <= time.GetTimestamp()) record.Old = null;
        var facts = new NameAddress(family, _plan.Wanted[family], record.IsKnown ? record.Address : null, record.IsKnown);
        return record.Old is null || record.Old.Equals(facts.Published) ? facts : facts with { Old = record.Old, OldUntil = record.OldUntil };
    }

    private bool IsNotTaken_NeedsLock(IpFamily family) => _taken == _plan.Wanted && _blind == 0 && _check is { IsAnswered: true } && time.GetElapsedTime(_promisedAt) >= takenWithin
        && _families[family] is var record && (record.IsSplit || record.IsKnown && !Equals(record.Address, _plan.Wanted[family]));

    private static bool IsSame(NameFacts a, NameFacts b) => a with { Answers = b.Answers } == b && a.Answers.SequenceEqual(b.Answers);

    private sealed class FamilyRecord
    {
        /// <summary>Whether the servers were asked since the last change, and agree.</summary>
        public bool IsKnown;

        /// <summary>Whether they contradict each other.</summary>
        public bool IsSplit;

        /// <summary>How many times in a row none of them said anything.</summary>
        public int Silences;

        /// <summary>What they said last, also when that is not known to be so still.</summary>
        public IPAddress? Address;
        public TimeSpan Ttl = UsualTtl;
        public IPAddress? Old;
        public long OldUntil;

        /// <summary>Resolvers may answer this till then.</summary>
        public void Forgets(IPAddress old, long until) => (Old, OldUntil) = (old, Math.Max(until, old.Equals(Old) ? OldUntil : 0));
    }
}
