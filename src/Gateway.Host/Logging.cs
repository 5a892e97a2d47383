using Gateway.Host.Core;
using Serilog;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;

namespace Gateway.Host;

/// <summary>Logs in code, not in configuration files: Native AOT reads none. Lines on the console, for people or for journald; compact JSON to a file when asked.</summary>
internal static class Logging
{
    public static void Configure(LoggerConfiguration log, Settings settings)
    {
        var level = Enum.Parse<LogEventLevel>(settings.Text("log.level") ?? "information", ignoreCase: true);
        var framework = level == LogEventLevel.Information ? LogEventLevel.Warning : level;
        log.MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", framework)
            .MinimumLevel.Override("System", framework)
            // The command line tells why, in a sentence instead of a stack trace.
            .Filter.ByExcluding(e => level > LogEventLevel.Debug && e.MessageTemplate.Text == "Hosting failed to start")
            // Said with a stack trace for each body that was cut because it came too slowly (dotnet/aspnetcore#17840): a stranger must not fill the log with it.
            .Filter.ByExcluding(e => e.MessageTemplate.Text.Contains("automatic draining of the request body failed", StringComparison.Ordinal))
            .Enrich.FromLogContext();
        log.WriteTo.Console(new ConsoleLine(journal: Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null && Console.IsOutputRedirected));
        if (settings.Text("log.file") is { } file)
            log.WriteTo.File(new CompactJsonFormatter(), file, fileSizeLimitBytes: 10_000_000, rollOnFileSizeLimit: true, retainedFileCountLimit: 3, buffered: true, flushToDiskInterval: TimeSpan.FromSeconds(30));
    }
}

/// <summary>
/// One event as text. For people with the time and the level in a word; for journald, which knows the time, with the level as the
/// prefix of sd-daemon(3) on every line, since it takes each line for an event of its own.
/// </summary>
internal sealed class ConsoleLine(bool journal) : ITextFormatter
{
    /// <summary>Texts without quotes, which <see cref="LogEvent.RenderMessage(IFormatProvider?)"/> would put around them.</summary>
    private static readonly MessageTemplateTextFormatter Message = new("{Message:lj}");

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var (word, prefix) = logEvent.Level switch
        {
            LogEventLevel.Fatal => ("FATAL", "<2>"),
            LogEventLevel.Error => ("ERROR", "<3>"),
            LogEventLevel.Warning => ("warn ", "<4>"),
            LogEventLevel.Information => ("info ", "<6>"),
            _ => ("debug", "<7>"),
        };
        var source = logEvent.Properties.GetValueOrDefault("SourceContext") is ScalarValue { Value: string name } ? name[(name.LastIndexOf('.') + 1)..] + ": " : "";
        using var message = new StringWriter();
        Message.Format(logEvent, message);
        var text = source + message + (logEvent.Exception is { } e ? Environment.NewLine + e : "");
        if (!journal)
        {
            output.WriteLine($"{logEvent.Timestamp:HH:mm:ss} {word} {text}");
            return;
        }
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            output.Write(prefix);
            output.WriteLine(line);
        }
    }
}
