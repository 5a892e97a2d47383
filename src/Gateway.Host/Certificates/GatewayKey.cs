using System.Security.Cryptography;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>A private key in a file of its own, made once and kept. It goes nowhere else.</summary>
internal static class GatewayKey
{
    /// <summary>The key that HTTPS is served with, whoever vouches for it: proofs, friends and whoever compared its fingerprint know the gateway by it.</summary>
    public static string TlsPath(Settings settings) => Path.Combine(settings.Text("data.path")!, "tls.key");

    /// <summary>By which a certificate authority knows us.</summary>
    public static string AccountPath(Settings settings) => Path.Combine(settings.Text("data.path")!, "acme.key");

    /// <summary>The key of a file (P-256; PKCS #8 as PEM, RFC 7468, only its owner's), which is made if it is not there or damaged. Throws what file access throws.</summary>
    public static ECDsa Load(string path, ILogger logger)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            if (key.KeySize == 256) return key;
        }
        catch (FileNotFoundException) { return Made(key, path); }
        catch (Exception e) when (e is ArgumentException or CryptographicException) { }
        logger.LogWarning("{Path} holds no key that can be used; a new one is made, and the fingerprint changes", path);
        return Made(key, path);
    }

    private static ECDsa Made(ECDsa key, string path)
    {
        key.GenerateKey(ECCurve.NamedCurves.nistP256);
        DurableFile.Write(path, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        return key;
    }
}
