using System.Text;

namespace Gateway.Host.Page;

/// <summary>
/// Scripts and styles as they go over the wire: without indentation, empty lines and comments. What is left is what the author
/// wrote, line by line; an eighth of the whole page is saved without a build step.
/// </summary>
internal static class WithoutComments
{
    /// <summary>Text in which no string runs over the end of a line (a test holds our own files to that).</summary>
    public static byte[] Of(byte[] source, bool isStyle = false)
    {
        var text = new StringBuilder(source.Length);
        var inComment = false;
        foreach (var whole in Encoding.UTF8.GetString(source).AsSpan().EnumerateLines())
        {
            var line = whole.Trim();
            var starts = !inComment && line.StartsWith("/*", StringComparison.Ordinal);
            if (starts || inComment)
            {
                var end = line.IndexOf("*/", StringComparison.Ordinal);
                inComment = end < 0;
                line = inComment ? [] : line[(end + 2)..].TrimStart();
            }
            line = WithoutEnd(line);
            if (!line.IsEmpty) text.Append(line).Append('\n');
        }
        // Spaces that say nothing; those around + and - of a calculation do.
        if (isStyle) text.Replace(" {\n", "{").Replace(" { ", "{").Replace(";\n", ";").Replace("; ", ";").Replace(": ", ":").Replace(", ", ",").Replace(" > ", ">").Replace(";}", "}").Replace("; }", "}").Replace(" }", "}");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Without a comment at the end. What has a quotation mark behind it may be inside a string, and stays.</summary>
    private static ReadOnlySpan<char> WithoutEnd(ReadOnlySpan<char> line)
    {
        if (line.StartsWith("//", StringComparison.Ordinal)) return [];
        var comment = line.LastIndexOf(" // ", StringComparison.Ordinal);
        return comment >= 0 && line[comment..].IndexOfAny("'\"`") < 0 ? line[..comment].TrimEnd() : line;
    }
}
