using System.Text;

namespace Gateway.Host.CommandLine;

/// <summary>What can be drawn where the output goes.</summary>
/// <param name="IsTerminal">Somebody looks at it, not a program.</param>
/// <param name="HasColors">See https://no-color.org.</param>
/// <param name="IsUnicode">Whether it takes more than ASCII.</param>
/// <param name="Width">Columns; without end where a program reads.</param>
internal sealed record Terminal(bool IsTerminal, bool HasColors, bool IsUnicode, int Width)
{
    /// <summary>ECMA-48: cursor home, erase display.</summary>
    public const string Clear = "\e[H\e[2J";

    private const int Narrowest = 40;

    public static Terminal OfConsole()
    {
        var isTerminal = !Console.IsOutputRedirected;
        var hasColors = isTerminal && Environment.GetEnvironmentVariable("NO_COLOR") is null or "" && Environment.GetEnvironmentVariable("TERM") is not "dumb";
        return new Terminal(isTerminal, hasColors, Console.OutputEncoding.CodePage == Encoding.UTF8.CodePage, isTerminal && Console.WindowWidth is > 0 and var width ? Math.Max(width, Narrowest) : int.MaxValue);
    }

    public string Bold(string text) => Paint("1", text);

    public string Soft(string text) => Paint("2", text);

    public string Good(string text) => Paint("32", text);

    public string Bad(string text) => Paint("31", text);

    public string Doubtful(string text) => Paint("33", text);

    private string Paint(string code, string text) => HasColors ? $"\e[{code}m{text}\e[0m" : text;
}
