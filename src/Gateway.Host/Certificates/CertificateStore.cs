using System.Security.Cryptography;
using System.Text;
using Gateway.Host.Certificates.Acme;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>
/// The certificates that authorities issued: a file a name, DATA/certificates/NAME.pem. The key is the gateway's own and the same for all, so a file is either whole and for that
/// key or of no use.
/// </summary>
internal sealed class CertificateStore(SettingsStore settings, ILogger<CertificateStore> logger)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private string Folder => Path.Combine(settings.Current.Text("data.path")!, "certificates");

    /// <summary>That of a name; null where there is none that can be used.</summary>
    public IssuedCertificate? Read(string name, ECDsa key)
    {
        var path = PathOf(name);
        try { return File.Exists(path) ? IssuedChain.Read(File.ReadAllText(path), key, [name], now: null) : null; }
        catch (Exception e) when (e is AcmeException or IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("{Path} cannot be used, a new certificate is asked for. {Words}", path, e is AcmeException ? e.Message : "It cannot be read.");
            return null;
        }
    }

    /// <summary>On the disk when this returns; before, the old one is there. Throws what file access throws.</summary>
    public void Write(string name, string pem)
    {
        Directory.CreateDirectory(Folder, OwnerOnly);
        DurableFile.Write(PathOf(name), Encoding.UTF8.GetBytes(pem));
    }

    private string PathOf(string name) => Path.Combine(Folder, name + ".pem");
}
