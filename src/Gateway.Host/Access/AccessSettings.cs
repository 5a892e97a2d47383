using Gateway.Host.Core;

namespace Gateway.Host.Access;

/// <summary>The keys of the configuration that this feature reads.</summary>
internal static class AccessSettings
{
    public const string Claim = "owner.claim";
    public const string Hosts = "http.hosts";

    /// <summary>Words, so fewer bits a character than a generated code; the throttle does the rest.</summary>
    private const int ShortestClaim = 12;

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new(Claim, SettingKind.Secret, $"Words of your own, {ShortestClaim} to 100 letters and digits, instead of the generated code that makes the first owner.")
        {
            NotOnPage = true,
            Check = value => ((string)value).Count(char.IsLetterOrDigit) is >= ShortestClaim and <= 100 ? null : $"must have {ShortestClaim} to 100 letters and digits",
        },
        new(Hosts, SettingKind.TextList, "Further names by which browsers may call this gateway: host names such as `lights.example.org`.")
            { Default = Array.Empty<string>(), Live = true, Check = SettingChecks.Each(SettingChecks.HostName) },
    ];
}
