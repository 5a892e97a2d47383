using System.Text;

namespace Gateway.Host.Page;

/// <summary>
/// Scripts and styles as they go over the wire: without indentation, empty lines and comments that have lines of their own. What
/// is left is what the author wrote, line by line; a tenth of the whole page is saved without a build step.
/// </summary>
internal static class WithoutComments
{
    /// <summary>Text in which no string runs over the end of a line (a test holds our own files to that).</summary>
    public static byte[] Of(byte[] source)
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
            if (line.IsEmpty || line.StartsWith("//", StringComparison.Ordinal)) continue;
            text.Append(line).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
