using System.ComponentModel;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Channels;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels.Programs;

/// <summary>
/// A tunnel that a program of somebody else's makes. The program is run, watched by its own sign (lines that it writes, or what it answers on this machine), and ended. What it says is
/// bounded, and shown without its secrets. How the sign is read is each kind's, as pure functions.
/// </summary>
internal abstract class ProgramTunnel(TimeProvider time) : ITunnel
{
    /// <summary>More than any program's answer; a longer one counts as none.</summary>
    private const int LargestAnswer = 64 * 1024;

    private const int LongestWords = 200;

    private static readonly TimeSpan UpWithin = TimeSpan.FromSeconds(60), AskEvery = TimeSpan.FromSeconds(1), AskWithin = TimeSpan.FromSeconds(3);

    /// <summary>A program that has lost its other side and tries again by itself is left alone so long.</summary>
    private static readonly TimeSpan DownFor = TimeSpan.FromSeconds(20);

    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10) })
    {
        MaxResponseContentBufferSize = LargestAnswer, Timeout = Timeout.InfiniteTimeSpan,
    };

    public abstract string Way { get; }

    public abstract string Server { get; }

    public virtual bool IsReadable => false;

    public virtual bool SaysWhoComes => false;

    /// <summary>Its name on the PATH, or its path.</summary>
    protected abstract string Program { get; }

    /// <summary>How one gets it, as the end of a sentence.</summary>
    protected abstract string Cure { get; }

    /// <summary>What must not be shown though the program may write it.</summary>
    protected virtual IEnumerable<string> Secrets => [];

    /// <summary>What has to be found out first.</summary>
    protected virtual Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The program's arguments, which everybody on this machine can read; secrets go into files of its folder.</summary>
    protected abstract IEnumerable<string> Arguments(string folder, int localPort, int apiPort);

    /// <summary>Of a longer line only its beginning is read, in characters.</summary>
    protected virtual int LongestLine => KeptProcess.LongestLine;

    /// <summary>Where it is asked how it is; none: its lines tell.</summary>
    protected virtual IReadOnlyList<string> Questions => [];

    /// <summary>How one shows who one is when asking.</summary>
    protected virtual AuthenticationHeaderValue? Pass => null;

    /// <summary>Where the tunnel's public end is after this line; null while it does not stand. Throws <see cref="TunnelException"/> when it never will like this.</summary>
    protected internal virtual TunnelEnd? Read(string line, TunnelEnd? current) => current;

    /// <summary>The same after these answers, one for each question.</summary>
    protected internal virtual TunnelEnd? Read(IReadOnlyList<Answer> answers) => null;

    /// <summary>Where the public end is as soon as the program runs; null when it has to say so.</summary>
    protected virtual TunnelEnd? AtStart => null;

    /// <summary>A reason that shows only in the last words of a program that has ended; null for none that is known.</summary>
    protected internal virtual TunnelException? Reason(string words) => null;

    public async Task RunAsync(int localPort, Action<TunnelEnd> up, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        var lines = Channel.CreateBounded<string>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest });
        var apiPort = Questions.Count > 0 ? FreePort.Find() : 0;
        KeptProcess program;
        try { program = KeptProcess.Start("setsid", folder => [Program, .. Arguments(folder, localPort, apiPort)], l => lines.Writer.TryWrite(l), l => lines.Writer.TryWrite(l), LongestLine); }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new TunnelException($"{Program} cannot be started ({e.GetType().Name})", IngressProblem.TunnelFailed, inner: e);
        }
        await using (program) await WatchAsync(program, lines.Reader, apiPort, up, cancellationToken);
    }

    private async Task WatchAsync(KeptProcess program, ChannelReader<string> lines, int apiPort, Action<TunnelEnd> up, CancellationToken cancellationToken)
    {
        TunnelEnd? current = AtStart, told = null;
        var (last, downSince) = ("", time.GetTimestamp());
        while (true)
        {
            var hasEnded = program.Ended.IsCompleted;
            while (lines.TryRead(out var line))
            {
                if (line.Length == 0) continue;
                current = Read(line, current);
                last = Shown(line);
            }
            if (hasEnded) throw Ended(last);
            if (Questions.Count > 0 && await AskAsync(apiPort, cancellationToken) is { } answers) current = Read(answers);
            if (current is not null)
            {
                downSince = time.GetTimestamp();
                if (current != told) up(told = current);
            }
            else if (time.GetElapsedTime(downSince) > (told is null ? UpWithin : DownFor))
                throw new TunnelException($"{Name} runs and does not say that the tunnel stands{(last.Length > 0 ? $": {last}" : "")}", told is null ? IngressProblem.NoServer : IngressProblem.Lost);
            await WaitAsync(program, lines, cancellationToken);
        }
    }

    private string Name => Path.GetFileName(Program);

    private async Task WaitAsync(KeptProcess program, ChannelReader<string> lines, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(program.Ended, lines.WaitToReadAsync(enough.Token).AsTask(), Task.Delay(AskEvery, time, enough.Token));
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private TunnelException Ended(string last)
    {
        if (last.StartsWith("setsid: failed to execute", StringComparison.Ordinal)) return new TunnelException($"the program {Name} is not installed: {Cure}", IngressProblem.NoProgram, isPermanent: true);
        return Reason(last) ?? new TunnelException($"{Name} has ended{(last.Length > 0 ? $": {last}" : " and said nothing")}", IngressProblem.TunnelFailed);
    }

    private async Task<IReadOnlyList<Answer>?> AskAsync(int port, CancellationToken cancellationToken)
    {
        var answers = new List<Answer>();
        using var patience = new CancellationTokenSource(AskWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        foreach (var question in Questions)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder("http", "127.0.0.1", port, question).Uri);
            request.Headers.Authorization = Pass;
            try
            {
                using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
                answers.Add(new Answer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token)));
            }
            catch (HttpRequestException) { answers.Add(new Answer(0, [])); }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { answers.Add(new Answer(0, [])); }
        }
        return answers;
    }

    /// <summary>A program's words as people may see them.</summary>
    protected string Shown(string line)
    {
        foreach (var secret in Secrets.Where(s => s.Length > 0)) line = line.Replace(secret, "...", StringComparison.Ordinal);
        line = new string([.. line.Where(c => !char.IsControl(c))]);
        return line.Length > LongestWords ? line[..LongestWords] : line;
    }

    /// <summary>Writes a file that only this user may read; gives its path.</summary>
    protected static string Write(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        using var stream = new StreamWriter(new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }));
        stream.Write(text);
        return path;
    }

    /// <summary>A text in quotes, as YAML and TOML both read it.</summary>
    protected static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}

/// <summary>What a program answered on this machine.</summary>
/// <param name="Status">The HTTP status; 0 when it did not answer.</param>
/// <param name="Body">At most 64 KB.</param>
internal sealed record Answer(int Status, byte[] Body)
{
    /// <summary>Null when it is no JSON object.</summary>
    public JsonElement? Json()
    {
        if (Status != 200) return null;
        try
        {
            using var document = JsonDocument.Parse(Body, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException) { return null; }
    }
}

/// <summary>Reads what programs answer without trust in its form.</summary>
internal static class AnswerExtensions
{
    /// <summary>A text of at most 300 characters; empty when there is none.</summary>
    public static string Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= 300 } text ? text : "";

    /// <summary>The elements of a list; none when there is none.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>Whether it is a host name that could be looked up.</summary>
    public static bool IsHostName(this string text) => text.Length is > 0 and <= 253 && Uri.CheckHostName(text) != UriHostNameType.Unknown;
}
