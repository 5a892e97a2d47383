using System.Globalization;
using System.Net;
using System.Text;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>The router did not do what a SOAP request asked.</summary>
/// <param name="code">UPnP's error code; 0 when the router gave none.</param>
/// <param name="message">Its own words, shortened.</param>
internal sealed class SoapFaultException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}

/// <summary>Commands one service of the router (UPnP Device Architecture 1.1, section 3).</summary>
internal sealed class IgdService(ServiceDescription description, RouterHttp http)
{
    /// <summary>As the router describes it.</summary>
    public ServiceDescription Description { get; } = description;

    /// <summary>The number at the end of its type: 2 for WANIPConnection:2.</summary>
    public int Version { get; } = int.TryParse(description.Type[(description.Type.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 1;

    /// <summary>Asks for an action; gives the elements of the answer. Throws <see cref="SoapFaultException"/> and <see cref="RouterSilentException"/>.</summary>
    /// <param name="action">Its name.</param>
    /// <param name="arguments">In the order of the service's definition: many routers need it. Values are plain: digits, addresses, words.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    public async Task<List<(string Name, string Text)>> CallAsync(string action, (string Name, string Value)[] arguments, CancellationToken cancellationToken)
    {
        var body = new StringBuilder("<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body>")
            .Append(CultureInfo.InvariantCulture, $"<u:{action} xmlns:u=\"{Description.Type}\">");
        foreach (var (name, value) in arguments) body.Append(CultureInfo.InvariantCulture, $"<{name}>{value}</{name}>");
        body.Append(CultureInfo.InvariantCulture, $"</u:{action}></s:Body></s:Envelope>\r\n");
        var answer = await http.PostAsync(Description.Control, $"{Description.Type}#{action}", body.ToString(), cancellationToken);
        var elements = RouterXml.Elements(answer.Body);
        // A fault comes with status 500, and from some with 200.
        if (int.TryParse(elements.Text("errorCode"), NumberStyles.None, CultureInfo.InvariantCulture, out var code)) throw new SoapFaultException(code, Short(elements.Text("errorDescription") ?? ""));
        if (answer.Status != HttpStatusCode.OK) throw new SoapFaultException(0, $"HTTP status {(int)answer.Status}");
        return elements;
    }

    private static string Short(string text) => text.Length > 64 || text.Any(char.IsControl) ? "" : text;
}
