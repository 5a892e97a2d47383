using Gateway.Host.Core;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Certificates.Transparency;

/// <summary>The key of <c>[acme]</c> that says who is asked for foreign certificates.</summary>
internal static class TransparencySettings
{
    public const string Monitor = "acme.transparency";

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new(Monitor, SettingKind.Text, "Who is asked, about four times a day, which certificates exist for this gateway's names: a monitor of the public certificate logs that speaks Cert Spotter's issuances API, an `https://` URL. It is told the names, and sees this home's address; nothing else. Empty: nobody is asked, and a certificate that somebody else got for a name goes unnoticed.")
            { Default = "https://api.certspotter.com/v1/issuances", Check = EmptyOr(Url("https")), Live = true },
    ];
}
