namespace Gateway.Host.Configuration;

/// <summary>A text file beside the settings file that names its mistakes, for whoever has nothing but the card in a reader.</summary>
internal sealed class MistakesFile(ConfigurationLoader loader)
{
    private string? _written;

    /// <summary>Where it lies: <c>gateway.toml.mistakes.txt</c>.</summary>
    public static string PathFor(string settingsFile) => settingsFile + ".mistakes.txt";

    /// <summary>Reads the configuration again; whether it has mistakes. The file is written, or deleted when there are none. One that cannot be written is only said, once.</summary>
    public bool Write()
    {
        var text = Mistakes();
        if (text == _written) return text.Length > 0;
        _written = text;
        if (loader.File is not { } settings) return text.Length > 0;
        try
        {
            if (text.Length == 0) File.Delete(PathFor(settings));
            else File.WriteAllText(PathFor(settings), text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"gateway: {PathFor(settings)} could not be written ({e.Message}); the mistakes are:{Environment.NewLine}{text}");
        }
        return text.Length > 0;
    }

    private string Mistakes()
    {
        try
        {
            loader.Load();
            return "";
        }
        catch (ConfigurationException e)
        {
            return $"""
                The gateway has not started: its settings file has {(e.Problems.Count == 1 ? "a mistake" : $"{e.Problems.Count} mistakes")}.

                {string.Join("\n", e.Problems)}

                Mend them in {Path.GetFileName(loader.File)} and save it. The gateway then starts by itself and this file goes away.

                """;
        }
    }
}
