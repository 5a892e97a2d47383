namespace Gateway.Host.Tests;

/// <summary>The files of this checkout.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>A part of a document, between two marks, is what the code says; with UPDATE_DOCS=1 it is written anew instead.</summary>
    public static void Documents(string file, string name, string expected)
    {
        var (text, first, last) = (Read(file), $"<!-- {name}: written by the tests, UPDATE_DOCS=1 -->\n", $"<!-- /{name} -->\n");
        var (begin, end) = (text.IndexOf(first, StringComparison.Ordinal) + first.Length, text.IndexOf(last, StringComparison.Ordinal));
        Assert.True(begin >= first.Length && end >= begin, $"{file} has lost its marks");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(Path.Combine(Root, file), text[..begin] + expected + text[end..]);
        else Assert.True(text[begin..end] == expected, $"{file} is not what the code says; run this test with UPDATE_DOCS=1 and commit the file");
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Gateway.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
