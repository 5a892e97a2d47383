using System.Text.RegularExpressions;
using System.Xml;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>Reads the XML that routers write: without DTD or entities of its own, without namespaces, and as far as it is well-formed.</summary>
internal static partial class RouterXml
{
    private const int MostElements = 4096, DeepestNesting = 64;

    /// <summary>Every element in the order in which they end, with the text that is its own, trimmed. Never throws for what is in the document.</summary>
    public static List<(string Name, string Text)> Elements(string document)
    {
        var found = new List<(string, string)>();
        var open = new Stack<string>();
        var (start, end) = (document.IndexOf('<'), document.LastIndexOf('>')); // some put blanks before, or zeros behind
        if (start < 0 || end < start) return found;
        using var reader = new XmlTextReader(new StringReader(BareAmpersand().Replace(document[start..(end + 1)], "&amp;"))) { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, Namespaces = false };
        try
        {
            while (found.Count < MostElements && open.Count < DeepestNesting && reader.Read())
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element when reader.IsEmptyElement: found.Add((Local(reader.Name), "")); break;
                    case XmlNodeType.Element: open.Push(""); break;
                    case XmlNodeType.Text or XmlNodeType.CDATA when open.Count > 0: open.Push(open.Pop() + reader.Value); break;
                    case XmlNodeType.EndElement: found.Add((Local(reader.Name), open.Pop().Trim())); break;
                }
            }
        }
        catch (XmlException) { } // what came before is good enough, or it is not
        return found;
    }

    /// <summary>The text of the first element of this name; null where there is none. Some write names in another case.</summary>
    public static string? Text(this List<(string Name, string Text)> elements, string name) =>
        elements.Find(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { Name: not null } found ? found.Text : null;

    /// <summary>As in <c>Smith &amp; Sons</c>, which makers write as they speak it.</summary>
    [GeneratedRegex(@"&(?!(amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BareAmpersand();

    private static string Local(string name) => name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
