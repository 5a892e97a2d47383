using Gateway.Host.Core;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Certificates;

/// <summary>The keys of <c>[acme]</c>. All take effect at once.</summary>
internal static class AcmeSettings
{
    public const string Directory = "acme.directory", Email = "acme.email", Ca = "acme.ca", Profile = "acme.profile", Caa = "acme.caa";

    public static IReadOnlyList<SettingDefinition> Definitions { get; } = new SettingDefinition[]
    {
        new(Directory, SettingKind.Text, "The certificate authority's directory: an `https://` URL. A gateway with an owner and a name gets a certificate there, and by that its owner agrees to the authority's terms (Let's Encrypt's: https://letsencrypt.org/repository/). Empty: no certificate is asked for, and browsers warn.")
            { Default = "https://acme-v02.api.letsencrypt.org/directory", Check = EmptyOr(Url("https")) },
        new(Email, SettingKind.Text, "Where the certificate authority may write to; empty for nowhere.") { Default = "", Check = EmptyOr(IsEmail) },
        new(Ca, SettingKind.Text, "An extra trust root for a private certificate authority: an absolute path of a PEM file, or empty.") { Default = "", Check = EmptyOr(AbsolutePath) },
        new(Profile, SettingKind.Text, "Which of the authority's profiles certificates shall have, such as `shortlived`; empty for its usual one, which it also is where the authority has none of that name.") { Default = "", Check = EmptyOr(IsWord) },
        new(Caa, SettingKind.Boolean, "Whether the name is bound to this gateway's account at the certificate authority by CAA records, where its provider has them (deSEC, Cloudflare) and nobody else has made any: then nobody else gets a certificate for the name or one below it, also not from another program of yours.") { Default = true },
    }.Select(d => d with { Live = true }).ToArray();

    private static string? IsEmail(object value) => value is string { Length: < 255 } s && s.Split('@') is [{ Length: > 0 }, { Length: > 0 }] ? null : "must be a mail address";

    private static string? IsWord(object value) => value is string { Length: <= 64 } s && s.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? null : "must be a profile's name: letters, digits, hyphens";
}
