using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Gateway.Host.Page;

/// <summary>The files below <c>wwwroot</c>. Nothing is read or compressed before somebody asks for it.</summary>
internal sealed class PageFiles
{
    private const string Prefix = "wwwroot/";

    /// <summary>All style sheets as one, for each file costs a phone a question; the one that the others stand on comes first.</summary>
    private const string Styles = "assets/style.css", FirstStyle = "assets/page.css";

    private readonly Lazy<string> _version;
    private readonly FrozenDictionary<string, PageFile> _files;

    public PageFiles()
    {
        var names = typeof(PageFiles).Assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        _version = new Lazy<string>(() => VersionOf(names));
        var styles = names.Where(IsStyle).OrderBy(n => n != Prefix + FirstStyle).ThenBy(n => n, StringComparer.Ordinal).ToArray();
        _files = names.Where(n => !IsStyle(n)).Select(n => new PageFile(n, () => Read(n))).Append(new PageFile(Prefix + Styles, () => [.. styles.SelectMany(Read)]))
            .ToFrozenDictionary(f => f.Name[Prefix.Length..], StringComparer.Ordinal);
    }

    /// <summary>Names the content of all files together; another version of the page has another.</summary>
    public string Version => _version.Value;

    /// <summary>The files with an address of their own.</summary>
    public IEnumerable<string> RootNames => _files.Keys.Where(n => !n.StartsWith("assets/", StringComparison.Ordinal));

    public PageFile? Find(string name) => _files.GetValueOrDefault(name);

    /// <summary>Documents and the worker name the version and the files: both are filled in here.</summary>
    private byte[] Read(string resource)
    {
        var plain = ReadResource(resource);
        if (Path.GetExtension(resource) is ".js" or ".css") plain = WithoutComments.Of(plain, IsStyle(resource));
        if (!IsDocument(resource)) return plain;
        var assets = _files.Keys.Where(n => n.StartsWith("assets/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(n => $"'{n["assets/".Length..]}'");
        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(plain)
            .Replace("{{version}}", Version, StringComparison.Ordinal)
            .Replace("'{{assets}}'", string.Join(", ", assets), StringComparison.Ordinal));
    }

    private static bool IsStyle(string resource) => Path.GetExtension(resource) == ".css";

    /// <summary>Whether it is a document or a worker: what scripts run under, and so what carries their policy.</summary>
    public static bool IsDocument(string name) => Path.GetExtension(name) == ".html" || Path.GetFileName(name) == "sw.js";

    private static string VersionOf(IEnumerable<string> resources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var resource in resources)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(resource));
            hash.AppendData(ReadResource(resource));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 6));
    }

    private static byte[] ReadResource(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

/// <summary>What goes over the wire, and its name there.</summary>
internal sealed record PageBody(byte[] Bytes, EntityTagHeaderValue ETag);

/// <summary>One file, kept in the encodings that were asked for.</summary>
internal sealed class PageFile(string name, Func<byte[]> read)
{
    public const string Brotli = "br";
    public const string GZip = "gzip";

    private readonly ConcurrentDictionary<string, PageBody> _bodies = new(StringComparer.Ordinal);

    public string ContentType { get; } = Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css",
        ".js" => "text/javascript",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    };

    /// <inheritdoc cref="PageFiles.IsDocument" />
    public bool Runs { get; } = PageFiles.IsDocument(name);

    public string Name => name;

    /// <summary>The file in <see cref="Brotli"/>, <see cref="GZip"/> or, for null, as it is. Each encoding is a representation with a tag of its own (RFC 9110 section 8.8.3.3).</summary>
    public PageBody In(string? encoding) => _bodies.GetOrAdd(encoding ?? "", static (key, read) =>
    {
        var plain = read();
        var bytes = key switch
        {
            Brotli => Compress(plain, s => new BrotliStream(s, CompressionLevel.SmallestSize)),
            GZip => Compress(plain, s => new GZipStream(s, CompressionLevel.SmallestSize)),
            _ => plain,
        };
        var hash = Convert.ToHexStringLower(SHA256.HashData(plain).AsSpan(0, 8));
        return new PageBody(bytes, new EntityTagHeaderValue($"\"{hash}{key}\""));
    }, read);

    private static byte[] Compress(byte[] plain, Func<Stream, Stream> with)
    {
        using var memory = new MemoryStream();
        using (var stream = with(memory)) stream.Write(plain);
        return memory.ToArray();
    }
}
