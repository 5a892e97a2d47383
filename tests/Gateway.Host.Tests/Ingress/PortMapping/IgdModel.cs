using System.Globalization;
using System.Text;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>A router's UPnP as a well-behaved one would do it; tests bend what it says.</summary>
internal sealed class IgdModel(StrangeRouter router)
{
    public const string WanIp1 = "urn:schemas-upnp-org:service:WANIPConnection:1";

    public string Type { get; init; } = WanIp1;

    public string ControlUrl { get; init; } = "/ctl/IPConn";

    /// <summary>What whoever opened a port called it.</summary>
    public string Called { get; set; } = "x";

    public string Outside { get; set; } = "203.0.113.7";

    /// <summary>External port: where it leads, for how long.</summary>
    public Dictionary<int, (string Client, int Port, int Lease)> Mappings { get; } = [];

    /// <summary>What a search is answered with.</summary>
    public static string Found(string location, string target = "urn:schemas-upnp-org:device:InternetGatewayDevice:1") =>
        $"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: {target}\r\nUSN: uuid:1::{target}\r\nEXT:\r\nSERVER: Router/1.0 UPnP/1.0\r\nLOCATION: {location}\r\n\r\n";

    public string Description(string services = "", string urlBase = "") => $"""
        <?xml version="1.0"?>
        <root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>{urlBase}
        <device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><friendlyName>Router</friendlyName>
        <serviceList><service><serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType><controlURL>/ctl/L3F</controlURL></service></serviceList>
        <deviceList><device><deviceList><device><serviceList>{(services.Length > 0 ? services : Service(Type, ControlUrl))}</serviceList></device></deviceList></device></deviceList>
        </device></root>
        """;

    public static string Service(string type, string control) =>
        $"<service><serviceType>{type}</serviceType><serviceId>x</serviceId><SCPDURL>/x.xml</SCPDURL><controlURL>{control}</controlURL><eventSubURL>/evt</eventSubURL></service>";

    /// <summary>Answers as the model would.</summary>
    public byte[] Answer(RouterRequest request) => request.Action.Length == 0 ? Http(Description()) : Act(request);

    public byte[] Act(RouterRequest request)
    {
        lock (Mappings)
        {
            switch (request.Action)
            {
                case "GetStatusInfo": return Done(request, ("NewConnectionStatus", "Connected"), ("NewUptime", "7"));
                case "GetExternalIPAddress": return Done(request, ("NewExternalIPAddress", Outside));
                case "AddPortMapping":
                    Mappings[Port(request)] = (request["NewInternalClient"], int.Parse(request["NewInternalPort"], CultureInfo.InvariantCulture), int.Parse(request["NewLeaseDuration"], CultureInfo.InvariantCulture));
                    return Done(request);
                case "DeletePortMapping": return Mappings.Remove(Port(request)) ? Done(request) : Fault(714);
                case "GetSpecificPortMappingEntry":
                    return Mappings.TryGetValue(Port(request), out var entry)
                        ? Done(request, ("NewInternalPort", $"{entry.Port}"), ("NewInternalClient", entry.Client), ("NewEnabled", "1"), ("NewPortMappingDescription", "x"), ("NewLeaseDuration", $"{entry.Lease}"))
                        : Fault(714);
                case "GetGenericPortMappingEntry":
                    return Mappings.OrderBy(m => m.Key).Skip(int.Parse(request["NewPortMappingIndex"], CultureInfo.InvariantCulture)).Take(1).ToArray() is [var mapping]
                        ? Done(request, ("NewExternalPort", $"{mapping.Key}"), ("NewProtocol", "TCP"), ("NewInternalPort", $"{mapping.Value.Port}"), ("NewInternalClient", mapping.Value.Client), ("NewPortMappingDescription", Called))
                        : Fault(713);
                default: return Fault(401);
            }
        }
    }

    public bool Leads(int port)
    {
        lock (Mappings) return Mappings.TryGetValue(port, out var entry) && entry.Client == router.Client.ToString();
    }

    public static int Port(RouterRequest request) => int.Parse(request["NewExternalPort"], CultureInfo.InvariantCulture);

    public static byte[] Done(RouterRequest request, params (string Name, string Value)[] values) => Http(
        $"""<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:{request.Action}Response xmlns:u="{request.Service}">{string.Concat(values.Select(v => $"<{v.Name}>{v.Value}</{v.Name}>"))}</u:{request.Action}Response></s:Body></s:Envelope>""");

    public static byte[] Fault(int code, string status = "500 Internal Server Error") => Http(
        $"""<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>{code}</errorCode><errorDescription>No</errorDescription></UPnPError></detail></s:Fault></s:Body></s:Envelope>""", status);

    public static byte[] Http(string body, string status = "200 OK", string headers = "Content-Type: text/xml; charset=\"utf-8\"\r\n") =>
        Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}");

}
