using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>Why a house cannot be reached, or cannot be said to be.</summary>
/// <param name="Code">For scripts: never changes its meaning.</param>
/// <param name="Title">A few words.</param>
/// <param name="Explanation">What that means, to somebody who knows nothing of networks.</param>
/// <param name="Cure">What to do. <c>{port}</c> and <c>{local}</c> are filled in where a way in is known.</param>
internal sealed record Cause(string Code, string Title, string Explanation, string Cure);

/// <summary>Every cause that the doctor knows.</summary>
internal static class Causes
{
    private const string ByHand = "forward TCP port {port} to {local} by hand there";
    private const string OtherWays = "Turn on IPv6 or a tunnel.";

    // This box.
    public static Cause Unclaimed { get; } = new("unclaimed", "Nobody owns this gateway yet", "A gateway without an owner opens no way in and publishes no name.", "Open its page at home and enter the claim code, which \"gateway claim-code\" shows.");
    public static Cause NoName { get; } = new("no-name", "The house has no name", "Addresses change by themselves; a name is what a phone can keep.", "Get a free name at duckdns.org, then enter it and its token on the page, or in the table [name] of gateway.toml.");
    public static Cause BadConfiguration { get; } = new("bad-config", "The settings have mistakes", "The last good settings are in force.", "The page names the mistakes under House, Settings; so does the log.");
    public static Cause NoHttps { get; } = new("no-https", "Nothing is served over HTTPS", "From outside only HTTPS is opened, and no HTTPS listener runs.", "Put \"https://*:443\" into http.listen.");
    public static Cause Certificate { get; } = new("certificate", "The certificate has ended", "Phones refuse to open the page.", "Look at what the log says of the certificate's renewal.");
    public static Cause CertificateForeign { get; } = new("certificate-foreign", "Somebody else has a certificate for this house's name", "The public logs of certificates show one whose key is not this gateway's. Whoever has that key, and stands where the name leads (a relay, a provider, whoever has the name's token), can pose as this house and read along.", "If it was you, say so: \"That was me\" on the page under \"Can I be reached?\", or gateway certificate list, then gateway certificate known KEY. If not: stop the tunnel or relay that the name leads to, make a new token at the name's provider, change your password, and ask whoever issued the certificate to revoke it. When that is done, say so in the same place.");
    public static Cause Transparency { get; } = new("transparency", "Foreign certificates would go unnoticed", "Whoever is asked for the public logs of certificates (acme.transparency) has not told for days. The house can be reached as ever, so the LED says nothing of it.", "Wait. If it lasts, look whether a filter stops it, or put another monitor into acme.transparency; empty, nobody is asked.");
    public static Cause Clock { get; } = new("clock", "The clock is not right yet", "With a wrong clock neither certificates nor the age of a proof can be judged, so nothing is claimed.", "Wait a minute. If it stays so, look whether the router lets time servers through (NTP, UDP port 123).");

    // The home network.
    public static Cause NoLink { get; } = new("no-link", "No cable and no Wi-Fi", "This gateway is connected to nothing.", "Plug in the network cable, and look whether the lights beside the socket blink; or set up its Wi-Fi.");
    public static Cause NoAddress { get; } = new("no-address", "No address in the home network", "There is a connection, but the router has not given this gateway an address.", "Restart the router. If that does not help, look whether it hands out addresses (DHCP), and whether only known devices get one.");
    public static Cause NoRoute { get; } = new("no-route", "No router", "This gateway has an address but knows no router that leads into the internet.", "Restart the router. Where the address was set by hand, set the router's address too.");
    public static Cause NoIpv4 { get; } = new("no-ipv4", "No IPv4 here", "This network leads into the IPv6 internet only.", "Nothing to do while IPv6 works.");
    public static Cause NoIpv6 { get; } = new("no-ipv6", "No IPv6 here", "The router offers no IPv6.", "Look for IPv6 in the router's settings, or ask your provider for it.");

    public static Cause HomeResolver { get; } = new("home-resolver", "The router hides the house's name from devices at home", "Asked for the name, the router answers them with nothing, as a protection against foreign names that lead into the home (DNS rebinding). Outside all is well, so the LED says nothing of it.", "Allow the name in the router's settings: on a FRITZ!Box under Home Network, Network, Network Settings, \"DNS rebind protection\"; on OpenWrt under DHCP and DNS, \"Domain whitelist\". Until then open the gateway at home by its own address there.");
    public static Cause HomeLoopback { get; } = new("home-loopback", "The router does not lead devices at home back in", "It does not turn round what comes from inside to its own public address, so devices at home that use IPv4 get no answer under the house's name. Outside all is well, so the LED says nothing of it.", "Switch on NAT loopback in the router's settings (\"hairpin NAT\", \"NAT reflection\"), or IPv6, which needs none. Where there is neither, open the gateway at home by its own address there.");

    // The router.
    public static Cause RouterNoProtocol { get; } = new("router-no-protocol", "The router opens no port by itself", "It answers none of the ways to ask for one (PCP, NAT-PMP, UPnP).", $"Switch on UPnP or PCP in the router's settings, or {ByHand}.");
    public static Cause RouterRefused { get; } = new("router-refused", "The router refuses to open a port", "It understands the question and says no.", $"In the router's settings allow this gateway to open ports by itself (UPnP, \"independent port sharing\"), or {ByHand}.");
    public static Cause PortTaken { get; } = new("port-taken", "The ports are taken", "The router has promised the wanted port, and every other one that was tried, to another device.", "Remove the old forwarding in the router's settings, or choose another ingress.external-port.");
    public static Cause RouterLiar { get; } = new("router-liar", "Something answers in the router's name", "Answers came that no honest router gives. They are not believed, and nothing was published from them.", "Restart the router. If it stays so, switch off the devices at home one by one to find the one that does it.");
    public static Cause RouterFailed { get; } = new("router-failed", "The router fails", "It answers, but with errors: its table may be full.", $"Restart the router. If that does not help, {ByHand}.");
    public static Cause RouterForgot { get; } = new("router-forgot", "The router has forgotten the open port", "It was restarted or changed its mind. The port is asked for again.", "Wait a minute. If it happens again and again, look for a newer version of the router's software.");
    public static Cause DoubleNat { get; } = new("double-nat", "Two routers in a row", "Another router stands between yours and the internet, and lets nothing through.", $"Put the first of the two into bridge mode, or forward TCP port {{port}} from it to your router as well. If there is but one in your home, the other is your provider's. Then: {OtherWays}");
    public static Cause RouterClosed { get; } = new("router-closed", "The router lets nothing in over IPv6", "Its firewall stops what comes from outside, and it answers no protocol by which this gateway could open it.", "In the router's settings allow TCP port {port} to {local} (\"IPv6 firewall\", \"pinhole\"), or switch on PCP or UPnP there.");

    // The provider.
    public static Cause NoInternet { get; } = new("no-internet", "No internet", "The home network works, and nobody outside answers.", "Look at the router's internet light and restart the router. If that does not help, your provider may have an outage: ask there, or look with a phone's mobile data.");
    public static Cause NoOutsideAddress { get; } = new("no-outside-address", "The router is not connected to the provider", "The router has no address on its outside now.", "Wait a few minutes; it may be dialling in. Then restart the router; after that ask your provider.");
    public static Cause Cgnat { get; } = new("cgnat", "Your provider shares one address among many homes", "That is called CGNAT. Port forwarding cannot work.", OtherWays + " Or ask your provider for an address of your own.");
    public static Cause AddressDiffers { get; } = new("address-differs", "The router's address is not the one that the world sees", "Something between the router and the internet changes the address: usually a provider that shares addresses, sometimes a second router or a device that lies.", OtherWays + " Or ask your provider for an address of your own.");
    public static Cause DnsBlocked { get; } = new("dns-blocked", "Names cannot be looked up", "The internet answers, but name servers do not: something between blocks them, or the router's resolver is broken.", "Restart the router. Look whether a filter (Pi-hole, parental control, firewall) stops DNS.");
    public static Cause DnsCaptive { get; } = new("dns-captive", "This network wants you to sign in first", "Every name leads to one address, as in hotels and cafés: a captive portal.", "Open any page with a browser in this network and sign in there; or connect the gateway to another network.");

    // The name.
    public static Cause NameToken { get; } = new("name-token", "The name's token is not accepted", "Who serves the name says no: token and name do not belong together. It is not asked again until that is mended.", "Copy the token from your provider's page (at duckdns.org it stands on top) and enter it with the name on the page.");
    public static Cause NameProvider { get; } = new("name-provider", "The name's provider has trouble", "It answers with errors, nonsense or nothing. That is not this house's fault, and it is tried again by itself.", "Wait. If it lasts, a second name of another provider helps: [name.NAME] in gateway.toml.");
    public static Cause NameNotTaken { get; } = new("name-not-taken", "The name was not changed", "Its provider said yes, but its name servers answer something else.", "Wait a few minutes; it is asked again. If it lasts, look whether something else updates the same name: an old router, another gateway.");
    public static Cause NameWrong { get; } = new("name-wrong", "The name leads elsewhere", "It does not carry this house's address.", "It is being corrected. If it lasts, look whether something else updates the same name: an old router, another gateway.");
    public static Cause NameWaiting { get; } = new("name-waiting", "The name is being looked up", "Its name servers have not told yet where it leads.", "Wait a moment.");
    public static Cause OldAddress { get; } = new("old-address", "Some still remember the old address", "The name is right, but resolvers may answer from memory for a while.", "Wait; they forget it by themselves.");

    // Outside.
    public static Cause Contradicted { get; } = new("contradicted", "The door is closed from outside", "Everything here looks right, yet somebody outside, who can see others, could not get in.", "Look in the router's settings whether a firewall stops TCP port {port}. If all is right there, your provider may block it: try another ingress.external-port, or a tunnel.");
    public static Cause OtherGateway { get; } = new("other-gateway", "Another device answers under this name", "Whoever looked came to a device with another key: a second gateway, another device behind a forwarded port, or somebody who reads along.", "Look which device the router's forwarding of TCP port {port} leads to: it must be {local}. And let only one gateway use this name.");
    public static Cause VantageBlind { get; } = new("vantage-blind", "Whoever looks from outside is blind", "The look from outside failed, but it could not see others either. That says nothing about this house.", "Look whether the server that looks is up and has internet.");
    public static Cause NoVantage { get; } = new("no-vantage", "Nobody has looked from outside", "Everything here looks right. Only somebody elsewhere can prove it.", "Open this page on a phone with Wi-Fi off, or set up somebody who looks: a server of yours ([ingress.ssh]) or a friend's gateway.");
    public static Cause HalfProven { get; } = new("half-proven", "Only one of the two internets is proven", "The name leads here over IPv4 and over IPv6, and whoever got in came over one of them. A phone takes IPv6 where it has both.", "Open this page also in a network that has only the other one, such as another mobile network or a Wi-Fi elsewhere, or set up somebody who looks over both: a server of yours ([ingress.ssh]), a beacon or a friend's gateway.");
    public static Cause ProofOld { get; } = new("proof-old", "The last proof is too old", "Somebody got in, but not lately, or at an address that has changed since.", "Press \"check now\", or open this page on a phone with Wi-Fi off.");
    public static Cause OwnTunnel { get; } = new("own-tunnel", "Only the tunnel's own server has looked", "What ends and looks at the same place proves little: the packets never leave that server.", "Open this page on a phone with Wi-Fi off, or let another server look.");
    public static Cause TunnelServer { get; } = new("tunnel-server", "The tunnel's server does not answer", "Visitors would come by a server that cannot be reached now. It is tried again by itself.", "Look whether {server} is up and has internet. A second server ([ingress.ssh.NAME]) takes over when one fails.");
    public static Cause TunnelStranger { get; } = new("tunnel-stranger", "The tunnel's server is another one", "Whoever answers there does not show the key by which this gateway knows the server. It may have been set up anew; or somebody has put himself between.", "Compare the server's key on the server itself (ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub); if it is new, put it into the file of known-hosts.");
    public static Cause TunnelKey { get; } = new("tunnel-key", "The tunnel's server does not let this gateway in", "It does not take the gateway's key or secret.", "What it needs is named above: the gateway's key in authorized_keys there, or the right secret here.");
    public static Cause TunnelPort { get; } = new("tunnel-port", "The tunnel's server does not open the port", "Something else uses the port there, or this user may not open it: ports below 1024 are root's.", "Free the port there, or choose another: remote-port. For ports below 1024 let the user sign in who may open them, or set net.ipv4.ip_unprivileged_port_start on the server.");
    public static Cause TunnelLoopback { get; } = new("tunnel-loopback", "The tunnel's server opened the port for itself alone", "An SSH server does so unless it is told otherwise, and does not say so.", "Put the line \"GatewayPorts clientspecified\" into /etc/ssh/sshd_config on {server}, and restart its SSH server.");
    public static Cause TunnelDead { get; } = new("tunnel-dead", "The tunnel stands and carries nothing", "Both ends call it up, yet nobody gets through. It is ended and begun anew.", "Look whether a firewall on {server} or at its provider stops TCP port {port}.");
    public static Cause TunnelFailed { get; } = new("tunnel-failed", "The tunnel does not work", "The program that makes it, or the other side, does not do what it should. It is begun anew.", "What it said is named above.");
    public static Cause TunnelProgram { get; } = new("tunnel-program", "The tunnel's program is not installed", "A way in is set up whose program is not on this machine.", "Install it as named above (PageKite: apt install pagekite), so that it is on the PATH; or take the way out of ingress.order.");
    public static Cause TunnelTaken { get; } = new("tunnel-taken", "Somebody else has the tunnel's name", "The provider gives a name to one at a time: another gateway or an old session holds it.", "Look whether another machine uses the same name; an old session of this one ends by itself within a minute or two.");
    public static Cause TunnelQuota { get; } = new("tunnel-quota", "The tunnel's provider lets no more through", "The account's limit is reached, or its time is over.", "Look at the account on the provider's page. A second way in takes over: an SSH server of your own ([ingress.ssh]) or a friend's gateway.");
    public static Cause NoInterface { get; } = new("no-interface", "The tunnel's interface is not ready", "A way in is to use the IPv6 address of an interface that another program makes, and there is none that could be used.", "Look whether the program that makes it runs and what its log says (Teredo: systemctl status miredo; WireGuard: wg show), and what \"ip -6 addr\" shows.");
    public static Cause InterfaceClosed { get; } = new("interface-closed", "Nobody gets in by the tunnel's interface", "It has an address, yet nothing that is sent there from outside arrives, or the answers leave by another way.", "Look whether the tunnel's other end lets TCP port {port} through to {local}, and whether answers leave by the same interface (ip -6 route; ip -6 rule).");
    public static Cause NotLent { get; } = new("not-lent", "The friend's gateway brings nobody", "Its way in is used here, and its owner does not lend it, has stopped, or lends no more this month.", "Ask him for \"gateway lend\" there, or the button on his page; or end it here with \"gateway borrow --stop\".");
    public static Cause NoWay { get; } = new("no-way", "No way in is set up", "Nothing has been asked to let visitors in.", "Look at ingress.order in the settings: \"ipv6\" and \"portmap\" need nothing else.");

    /// <summary>What is wrong with a tunnel; null when nothing is.</summary>
    public static Cause? OfTunnel(IngressProblem problem) => problem switch
    {
        IngressProblem.None => null,
        IngressProblem.NoServer or IngressProblem.Lost or IngressProblem.NoAddress => TunnelServer,
        IngressProblem.WrongServer => TunnelStranger,
        IngressProblem.NotAuthorised => TunnelKey,
        IngressProblem.NotLent => NotLent,
        IngressProblem.PortTaken => TunnelPort,
        IngressProblem.LoopbackOnly => TunnelLoopback,
        IngressProblem.CarriesNothing => TunnelDead,
        IngressProblem.NoProgram => TunnelProgram,
        IngressProblem.NameTaken => TunnelTaken,
        IngressProblem.Quota => TunnelQuota,
        _ => TunnelFailed,
    };

    /// <summary>Of what is wrong with a name; null where nothing is.</summary>
    public static Cause? Of(NameProblem problem) => problem switch
    {
        NameProblem.Refused => NameToken,
        NameProblem.Provider => NameProvider,
        NameProblem.NoWayOut => DnsBlocked,
        NameProblem.NotTaken => NameNotTaken,
        NameProblem.Clock => Clock,
        NameProblem.Captive => DnsCaptive,
        _ => null,
    };
}
