using System.Collections.Immutable;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>Failures of one vantage in a row.</summary>
/// <param name="Started">When the newest look that was counted began: a <see cref="TimeProvider.GetTimestamp"/> value.</param>
/// <param name="Count">How many in a row failed.</param>
internal sealed record FailureRun(long Started, int Count);

/// <summary>What vantages found at a door, over more than the newest look of each.</summary>
/// <param name="Epoch">Of the lease that it was found under.</param>
/// <param name="Reached">When a look began that got in, under whatever epoch; null: never yet.</param>
/// <param name="Runs">Failures, by vantage and name.</param>
internal sealed record DoorRecord(long Epoch, long? Reached, ImmutableDictionary<(string Vantage, string Name), FailureRun> Runs)
{
    /// <summary>The first look that got in since one failed, under this epoch; null: none has.</summary>
    public long? ReachedSince { get; init; }

    /// <summary>Somebody outside who sees others could not get in, twice in a row and under this epoch, and nobody since.</summary>
    public bool IsContradicted => Runs.Values.Any(r => r.Count >= 2 && !(Reached >= r.Started));

    /// <summary>Somebody got in, and no vantage of the owner's failed since.</summary>
    public bool IsProven => Reached is { } reached && !Runs.Values.Any(r => r.Started > reached);
}

/// <summary>
/// Remembers what was observed at the doors that leases offer now. The status has only the newest look of each vantage; this counts. Immutable.
/// </summary>
internal sealed class DoorMemory
{
    public static DoorMemory Empty { get; } = new(ImmutableDictionary<IPEndPoint, DoorRecord>.Empty);

    private readonly ImmutableDictionary<IPEndPoint, DoorRecord> _doors;

    private DoorMemory(ImmutableDictionary<IPEndPoint, DoorRecord> doors) => _doors = doors;

    /// <summary>What was found there; null for nothing.</summary>
    public DoorRecord? At(IngressLease lease) => lease.Address is { } address ? _doors.GetValueOrDefault(new IPEndPoint(address, lease.Port)) : null;

    /// <summary>With what is new in this status. Forgets the doors that no lease offers any more, unless their address is <paramref name="wanted"/> still.</summary>
    public DoorMemory With(GatewayStatus status, AddressPair wanted)
    {
        var doors = ImmutableDictionary.CreateBuilder<IPEndPoint, DoorRecord>();
        doors.AddRange(_doors.Where(d => wanted.All.Contains(d.Key.Address)));
        foreach (var lease in status.Leases.Where(l => l.IsOpen))
        {
            var door = new IPEndPoint(lease.Address!, lease.Port);
            var record = _doors.GetValueOrDefault(door) ?? new DoorRecord(lease.Epoch, null, ImmutableDictionary<(string, string), FailureRun>.Empty);
            if (record.Epoch != lease.Epoch) record = record with { Epoch = lease.Epoch, Runs = record.Runs.Clear(), ReachedSince = null };
            foreach (var look in status.Observations.Where(o => o.Target.Port == door.Port && o.Target.Address.Equals(door.Address) && o.Target.Epoch == lease.Epoch).OrderBy(o => o.Started)) record = Count(record, look);
            doors[door] = record;
        }
        return new DoorMemory(doors.ToImmutable());
    }

    private static DoorRecord Count(DoorRecord record, Observation look)
    {
        // A tunnel's own end proves little, and a round through the own router nothing.
        var isForged = look is { Outcome: ProbeOutcome.Failed, Step: "key" }; // somebody else answers there: whoever saw that need not be far away
        if ((look.IsOwnTunnel || look.Kind is VantageKind.Hairpin) && !isForged || look.Kind == VantageKind.Unknown) return record;
        if (look.Outcome == ProbeOutcome.Reached) return record.Reached >= look.Started && record.ReachedSince is not null ? record : record with { Reached = Math.Max(record.Reached ?? long.MinValue, look.Started), ReachedSince = record.ReachedSince ?? look.Started };
        // A friend may err or lie: one failure of his is shown, but takes no address out.
        if (look.Outcome != ProbeOutcome.Failed || look.Kind is not (VantageKind.Ssh or VantageKind.Beacon or VantageKind.Hairpin)) return record;
        var run = record.Runs.GetValueOrDefault((look.Vantage, look.Target.Name));
        if (look.Started <= run?.Started) return record;
        var count = run is null || record.Reached > run.Started ? 1 : run.Count + 1;
        return record with { ReachedSince = null, Runs = record.Runs.SetItem((look.Vantage, look.Target.Name), new FailureRun(look.Started, count)) };
    }
}
