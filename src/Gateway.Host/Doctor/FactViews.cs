using System.Net;
using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>Puts a status and its diagnosis into words for the API.</summary>
internal sealed class FactViews(AddressScopes scopes, TimeProvider time)
{
    public DoctorView Of(GatewayStatus status, Diagnosis diagnosis, IEnumerable<ListeningSocket> listeners)
    {
        var view = Plain(status, diagnosis, listeners);
        return view with { Facts = [.. Sections.Of(view, status)] };
    }

    private DoctorView Plain(GatewayStatus status, Diagnosis diagnosis, IEnumerable<ListeningSocket> listeners) => new(
        diagnosis.Pattern.ApiName(), diagnosis.Words, status.Report.Since, diagnosis.GoodFor is { } good ? Math.Round(good.TotalSeconds, 1) : null,
        status.Name?.Name, Url(status, diagnosis),
        diagnosis.FirstBroken is { } broken ? Word(broken.Kind) : null, diagnosis.Cause is { } cause ? new CauseView(cause.Code, cause.Title, cause.Explanation, cause.Cure) : null,
        diagnosis.Way is { } way ? $"{way.Way}, {way.Family.Words()}" : null,
        [.. diagnosis.Path.Select(h => new HopView(Word(h.Kind), Title(h.Kind), Word(h.State), h.Words, h.Cause?.Code, h.At, h.From, h.Details))],
        [.. diagnosis.Notes.Select(n => new NoteView(n.Code, n.Words, n.Cure))],
        [.. status.Network.Interfaces.Select(i => new InterfaceView(i.Name, i.IsUp, [.. i.Addresses.Select(a => Of(a, status))]))],
        [.. status.Leases.Select(l => Of(l, status))],
        [.. status.Seen.OrderByDescending(s => s.Timestamp).Select(s => new SeenView(s.By, (int)s.Family, s.Address.ToString(), s.At))],
        [.. status.Names.Select(n => new NameView(n.Name, Of(n.V4), Of(n.V6), n.Words, n.Updated, [.. n.Answers.Select(a => $"{a.Key}: {a.Value}")]))],
        [.. listeners.Select(l => Of(l, status))]);

    /// <summary>An enum's member as the API writes it: <c>this-way</c>.</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static string Title(HopKind kind) => kind switch
    {
        HopKind.Device => "This gateway",
        HopKind.Network => "Home network",
        HopKind.Router => "Router",
        HopKind.Provider => "Internet provider",
        HopKind.Name => "Name",
        _ => "A phone elsewhere",
    };

    /// <summary>With the port that is open, where that is not HTTPS's own.</summary>
    private static string? Url(GatewayStatus status, Diagnosis diagnosis)
    {
        if (status.Name is not { } name) return null;
        var open = status.Report.Ways.Where(w => w.IsPublished && w.Lease.IsOpen).Select(w => w.Lease).Prepend(diagnosis.Way).FirstOrDefault(l => l is { IsOpen: true });
        return $"https://{name.Name}{(open is { Port: not 443 } ? $":{open.Port}" : "")}";
    }

    private AddressView Of(InterfaceAddress address, GatewayStatus status)
    {
        var scope = scopes.Of(address.Address);
        return new AddressView(HomeHops.Plain(address.Address), address.PrefixLength, Word(scope), Words(address, scope) + (status.Leases.Any(l => l.IsOpen && address.Address.Equals(l.Address)) ? "; the name may lead here" : ""));
    }

    private static string Words(InterfaceAddress address, AddressScope scope) => scope switch
    {
        _ when address.Flags.HasFlag(AddressFlags.DadFailed) => "another device has the same address: not used",
        _ when address.Flags.HasFlag(AddressFlags.Tentative) => "being checked whether it is free",
        AddressScope.Public when address.Flags.HasFlag(AddressFlags.Deprecated) => "public, but about to go",
        AddressScope.Public when address.Flags.HasFlag(AddressFlags.Temporary) => "public, changes by itself for privacy: never put into the name",
        AddressScope.Public => "public: everybody can send something to it, if the router lets it through",
        AddressScope.Private => "private: only the home network knows it",
        AddressScope.Shared => "shared by your provider among many homes: nobody outside can send to it",
        AddressScope.LinkLocal when address.Address.Family() == IpFamily.V4 => "made up by this machine, for no router gave one",
        AddressScope.LinkLocal => "only for this cable or Wi-Fi",
        AddressScope.Translated => "IPv4 in IPv6's clothes",
        AddressScope.Documentation => "for books and laboratories",
        AddressScope.Loopback => "this machine alone",
        _ => "not an address that can be dialled",
    };

    private DoorView Of(IngressLease lease, GatewayStatus status)
    {
        var evidence = status.Report.Of(lease);
        var level = evidence is { GoodUntil: { } end, Level: EvidenceLevel.Verified } && time.GetTimestamp() >= end ? EvidenceLevel.None : evidence?.Level ?? EvidenceLevel.None;
        var outside = lease.Address is { } address ? lease.Port > 0 ? new IPEndPoint(address, lease.Port).ToString() : address.ToString() : null;
        return new DoorView(lease.Way, (int)lease.Family, Word(lease.State), Word(level), lease.Method, lease.Local?.ToString(), outside,
            evidence?.IsPublished ?? false, evidence?.IsContradicted ?? false, lease.GoodUntil);
    }

    private RecordView Of(NameAddress record)
    {
        var left = record.Old is null ? TimeSpan.Zero : time.Until(record.OldUntil);
        var isOld = left > TimeSpan.Zero;
        return new RecordView(record.Wanted?.ToString(), record.Published?.ToString(), record.IsKnown, record.IsTrue, isOld ? record.Old!.ToString() : null, isOld ? Math.Ceiling(left.TotalSeconds) : null);
    }

    private ListenerView Of(ListeningSocket socket, GatewayStatus status)
    {
        var (who, words) = SocketReach.Of(socket, status, scopes);
        return new ListenerView(socket.Protocol, HomeHops.Plain(socket.Local.Address), socket.Local.Port, socket.IsOurs, who, words);
    }
}
