using Gateway.Devices.Simulated;

namespace Gateway.Host.Lights;

/// <summary>The lights of a gateway that nobody has configured: some of each kind, and the ways in which real ones fail.</summary>
internal static class DemonstrationHome
{
    public static IReadOnlyList<LightOptions> Lights { get; } =
    [
        Light("desk", "Desk", "Study", "color"),
        Light("shelf", "Book shelf", "Study", "brightness"),
        Light("ceiling", "Ceiling", "Living room", "brightness"),
        Light("reading", "Reading lamp", "Living room", "color_temp"),
        Light("porch", "Porch", "Outside", "onoff"),
        Light("garden", "Garden (unplugged)", "Outside", "color", Misbehaviour.Unavailable),
        Light("cellar", "Cellar (broken)", "Cellar", "onoff", Misbehaviour.Swallow),
        Light("workbench", "Workbench (slow)", "Cellar", "brightness", Misbehaviour.Slow),
    ];

    private static LightOptions Light(string id, string name, string room, string kind, Misbehaviour misbehaviour = Misbehaviour.None) =>
        new(id, "simulated") { Name = name, Room = room, Kind = kind, Misbehaviour = misbehaviour };
}
