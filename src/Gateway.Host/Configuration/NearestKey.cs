using Gateway.Host.Core;

namespace Gateway.Host.Configuration;

/// <summary>Finds what a mistyped key was meant to be.</summary>
internal static class NearestKey
{
    /// <summary>The known key that is a slip or two away, or the one of the same name in another table, the outermost; null when nothing is near.</summary>
    public static string? Of(string key, SettingSchema schema)
    {
        if (key.Length > 100) return null;
        var candidates = schema.Definitions.Select(d => Fill(d.Key, key)).ToArray();
        var near = candidates.Select(c => (Key: c, Distance: Distance(c, key))).MinBy(c => c.Distance);
        if (near.Key is not null && near.Distance <= 1 + key.Length / 8) return near.Key;
        var leaf = "." + key[(key.LastIndexOf('.') + 1)..];
        var elsewhere = candidates.Where(c => c.EndsWith(leaf, StringComparison.Ordinal) && !c.Contains('*', StringComparison.Ordinal)).ToArray();
        return elsewhere.Length is > 0 and < 4 ? elsewhere.MinBy(c => c.Count(letter => letter == '.')) : null;
    }

    /// <summary>The same for a table.</summary>
    public static string? OfTable(string table, SettingSchema schema) => table.Length > 100 ? null : schema.Tables
        .Select(t => Fill(t, table, keyFollows: true)).Select(t => (Table: t, Distance: Distance(t, table)))
        .Where(t => t.Distance <= 2 && !t.Table.Contains('*', StringComparison.Ordinal)).OrderBy(t => t.Distance).Select(t => t.Table).FirstOrDefault();

    /// <summary>Puts the name out of <paramref name="key"/> where the pattern has its <c>*</c>.</summary>
    private static string Fill(string pattern, string key, bool keyFollows = false)
    {
        var (parts, names) = (pattern.Split('.'), key.Split('.'));
        for (var i = 0; i < parts.Length; i++)
            if (parts[i] == "*" && i < names.Length - (keyFollows ? 0 : 1)) parts[i] = names[i];
        return string.Join('.', parts);
    }

    /// <summary>
    /// The Damerau-Levenshtein distance in its "optimal string alignment" form: how many letters to insert, delete, replace or swap
    /// with the neighbour (F. J. Damerau, "A technique for computer detection and correction of spelling errors", 1964).
    /// </summary>
    internal static int Distance(string a, string b)
    {
        var rows = new int[3][];
        for (var i = 0; i < 3; i++) rows[i] = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) rows[0][j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var (two, one, now) = (rows[(i + 1) % 3], rows[(i - 1) % 3], rows[i % 3]);
            now[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                now[j] = Math.Min(Math.Min(one[j] + 1, now[j - 1] + 1), one[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = Math.Min(now[j], two[j - 2] + 1);
            }
        }
        return rows[a.Length % 3][b.Length];
    }
}
