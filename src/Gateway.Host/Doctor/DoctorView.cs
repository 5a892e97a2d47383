using System.Text.Json.Serialization;
using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>The diagnosis and the facts that it stands on, as <c>GET /api/doctor</c> shows them.</summary>
/// <param name="Pattern">What the LED shows.</param>
/// <param name="Words">The verdict in one sentence.</param>
/// <param name="Since">Since when it stands.</param>
/// <param name="GoodForSeconds">How long a claim stands unless it is made anew; null when none is made.</param>
/// <param name="Name">The house's name; null when none is set.</param>
/// <param name="Url">Where the page is, for somebody elsewhere; null without a name.</param>
/// <param name="FirstBroken">The first hop that stands in the way; null when none does.</param>
/// <param name="Cause">Why the house is not verified; null when it is.</param>
/// <param name="Way">The way in that the path describes, and its family; null when there is none.</param>
/// <param name="Path">The six hops.</param>
/// <param name="Notes">What else was found.</param>
/// <param name="Interfaces">This machine's addresses.</param>
/// <param name="Doors">Every way in, inside and outside.</param>
/// <param name="Seen">How others saw this home.</param>
/// <param name="Names">What the names say and should.</param>
/// <param name="Listeners">What is bound where, and who can connect.</param>
internal sealed record DoctorView(
    string Pattern, string Words, DateTimeOffset Since, double? GoodForSeconds, string? Name, string? Url, string? FirstBroken, CauseView? Cause, string? Way,
    IReadOnlyList<HopView> Path, IReadOnlyList<NoteView> Notes, IReadOnlyList<InterfaceView> Interfaces, IReadOnlyList<DoorView> Doors,
    IReadOnlyList<SeenView> Seen, IReadOnlyList<NameView> Names, IReadOnlyList<ListenerView> Listeners)
{
    /// <summary>All of these for people.</summary>
    public IReadOnlyList<SectionView> Facts { get; init; } = [];
}

/// <summary>Facts in words, as page and terminal show them.</summary>
internal sealed record SectionView(string Title, string Words, IReadOnlyList<ItemView> Items);

/// <summary>A thing and what is known of it, a sentence each.</summary>
internal sealed record ItemView(string Title, IReadOnlyList<string> Facts);

/// <summary>See <see cref="Doctor.Cause"/>.</summary>
internal sealed record CauseView(string Code, string Title, string Explanation, string Cure);

/// <summary>See <see cref="Doctor.Hop"/>; <c>state</c> is <c>ok</c>, <c>broken</c> or <c>unknown</c>.</summary>
internal sealed record HopView(string Hop, string Title, string State, string Words, string? Code, DateTimeOffset? At, string From, IReadOnlyList<string> Details);

/// <summary>See <see cref="Doctor.Note"/>.</summary>
internal sealed record NoteView(string Code, string Words, string Cure);

/// <summary>A network interface.</summary>
internal sealed record InterfaceView(string Name, bool Connected, IReadOnlyList<AddressView> Addresses);

/// <summary>An address; <c>scope</c> is a word for programs, <c>words</c> for people.</summary>
internal sealed record AddressView(string Address, int PrefixLength, string Scope, string Words);

/// <summary>A way in: what leads where. <c>inside</c> and <c>outside</c> are ADDRESS:PORT.</summary>
internal sealed record DoorView(string Way, int Family, string State, string Level, string Method, string? Inside, string? Outside, bool Published, bool Contradicted, DateTimeOffset? GoodUntil);

/// <summary>How somebody saw this home.</summary>
internal sealed record SeenView(string By, int Family, string Address, DateTimeOffset At);

/// <summary>A name of this house.</summary>
internal sealed record NameView(string Name, RecordView V4, RecordView V6, string Words, DateTimeOffset? Updated, IReadOnlyList<string> Answers);

/// <summary>One family of a name. <c>old</c> may still be remembered for <c>old_for_seconds</c>.</summary>
internal sealed record RecordView(string? Wanted, string? Published, bool Known, bool True, string? Old, double? OldForSeconds);

/// <summary>What is bound where; <c>who</c> is <c>this-machine</c>, <c>home-network</c>, <c>internet-unless-firewalled</c> or <c>internet</c>.</summary>
internal sealed record ListenerView(string Protocol, string Address, int Port, bool Ours, string Who, string Words);

/// <summary>What was found out because somebody asked. A part that nobody can tell is null.</summary>
/// <param name="Resolvers">What resolvers say of the house's name.</param>
/// <param name="RouterDoors">The router's own ports, seen from outside.</param>
/// <param name="RouterMappings">Ports that the router has opened, for whomever.</param>
internal sealed record LookView(IReadOnlyList<ResolverView> Resolvers, IReadOnlyList<RouterDoorView>? RouterDoors, IReadOnlyList<RouterMappingView>? RouterMappings)
{
    /// <summary>The same for people.</summary>
    public IReadOnlyList<SectionView> Facts { get; init; } = [];
}

/// <summary>A resolver's answer; <c>state</c> is <c>right</c>, <c>old</c>, <c>wrong</c> or <c>unknown</c>.</summary>
internal sealed record ResolverView(string Resolver, int Family, string State, IReadOnlyList<string> Addresses, double? ForSeconds, string Words);

/// <summary>A port of the home's public address.</summary>
internal sealed record RouterDoorView(string Vantage, string Address, int Port, bool? Open, bool Ours, string Words);

/// <summary>A port that the router has opened.</summary>
internal sealed record RouterMappingView(string Protocol, int Port, string? Target, string Description, bool Ours);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DoctorView))]
[JsonSerializable(typeof(LookView))]
internal sealed partial class DoctorJson : JsonSerializerContext;
