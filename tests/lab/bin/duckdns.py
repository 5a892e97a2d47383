#!/usr/bin/env python3
"""duckdns.py STATE TTL: a look-alike of DuckDNS on 198.51.100.130 and its IPv6 sister, ports 80 and 443, before a real DNS (RFC 2136 updates).

GET /update   as at DuckDNS: domains, token, ip, ipv6, verbose, txt, clear
GET /nic/update   as with dyndns2: hostname, myip, offline; user "lab" with the same token; no texts
GET /ip       the address that the caller is seen with; never fails. It is whoami.example too
Only from the host itself, at 127.0.0.1:8053:
GET /fault[?mode=ko|500|html|slow|down|blank|stale|other|none]   sets how it fails; says how
GET /ttl?seconds=N   how long what is published from now on may be remembered; TTL is what it begins with
GET /clear    forgets every address, every text, what it was asked and that
GET /log      what it was asked: path, time, scheme, caller; one a line
"""
import base64
import http.server
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

STATE, TTL = sys.argv[1], int(sys.argv[2])
KEY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conf", "dns", "update.key")
TOKEN, NAMES = "lab-token", ("pycon", "friend")
MODES = ("none", "ko", "500", "html", "slow", "down", "blank", "stale", "other")
OTHER = {"A": "192.0.2.99", "AAAA": "2001:db8:bad::99"}

records = {name: {} for name in NAMES}  # name: {"A": ..., "AAAA": ..., "TXT": ...}
lock = threading.Lock()  # of the records: held while the DNS is told
asked = []
remembered = TTL  # seconds
mode, turn = "none", threading.Condition()  # notified when the mode changes


def publish(name, new):
    """Puts the records of a name, and of every name below it, into the DNS. The caller holds the lock."""
    lines = []
    for kind in ("A", "AAAA", "TXT"):
        value = new.get(kind)
        if value == records[name].get(kind):
            continue
        if kind == "TXT" and value is not None:
            value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        ttl = 5 if kind == "TXT" else remembered  # nobody waits for a text but the gateway, which does so until it may be forgotten
        for owner in (name, "*." + name):
            lines.append(f"update delete {owner}.duckdns.org. {kind}")
            if value is not None:
                lines.append(f"update add {owner}.duckdns.org. {ttl} {kind} {value}")
    if lines:
        script = "\n".join(["server 198.51.100.131", "zone duckdns.org.", *lines, "send", ""])
        subprocess.run(["nsupdate", "-k", KEY], input=script, text=True, check=True, timeout=10)
    records[name] = new


def ask(name, query, caller):
    """What the records of a name become by a request."""
    new = dict(records[name])
    clear = query.get("clear") == "true"
    if "txt" in query:
        new["TXT"] = None if clear else query["txt"]
    elif clear:
        new["A"] = new["AAAA"] = None
    else:
        ip, ipv6 = query.get("ip"), query.get("ipv6")
        if not ip and not ipv6:
            ip = caller if "." in caller else None  # IPv4 is detected, IPv6 never is
        if ip:
            address = ipaddress.ip_address(ip)
            new["A" if address.version == 4 else "AAAA"] = str(address)
        if ipv6:
            new["AAAA"] = str(ipaddress.IPv6Address(ipv6))
    return new


def update(query, caller, fault):
    """The answer to a request."""
    names = [name.removesuffix(".duckdns.org") for name in query.get("domains", "").split(",")]
    if fault == "ko" or query.get("token") != TOKEN or any(name not in NAMES for name in names):
        return "KO"
    changed, said = False, {}
    with lock:
        for name in names:
            try:
                said = ask(name, query, caller)
                if fault == "other":  # the address of somebody else
                    said.update({kind: OTHER[kind] for kind in OTHER if said.get(kind) != records[name].get(kind)})
                if any(said.get(kind) != records[name].get(kind) for kind in ("A", "AAAA", "TXT")):
                    changed = True
                    if fault not in ("stale", "blank"):
                        publish(name, said)
            except ValueError:
                return "KO"  # not an address
            except subprocess.SubprocessError as error:
                print("the DNS does not take it:", error, file=sys.stderr, flush=True)
                return "KO"
    if query.get("verbose") != "true":
        return "OK"
    if fault == "blank":
        return "OK\n\n\nUPDATED"
    told = [query["txt"]] if "txt" in query else [said.get("A") or "", said.get("AAAA") or ""]
    return "\n".join(["OK", *told, "UPDATED" if changed else "NOCHANGE"])


def dyndns2(query, caller, fault, authorization):
    """The same in the words of dyndns.com, where all that a name says is told at once."""
    if authorization != "Basic " + base64.b64encode(f"lab:{TOKEN}".encode()).decode():
        return "badauth"
    name, addresses = query.get("hostname", "").removesuffix(".duckdns.org"), [] if query.get("offline") == "YES" else query.get("myip", caller).split(",")
    if fault != "none" or name not in NAMES:
        return "nohost" if fault == "none" else "911"
    told = {"AAAA" if ":" in address else "A": address for address in addresses}
    with lock:
        new = {"A": None, "AAAA": None, "TXT": records[name].get("TXT"), **told}
        word = "good" if any(new[kind] != records[name].get(kind) for kind in new) else "nochg"
        publish(name, new)
    return f"{word} {','.join(addresses)}"


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 60

    def say(self, text, code=200, kind="text/plain"):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def asked_for(self):
        url = urllib.parse.urlsplit(self.path)
        return url.path, dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))


class Public(Answers):
    def do_GET(self):
        path, query = self.asked_for()
        caller = self.client_address[0]
        if path == "/ip":
            return self.say(caller + "\n")
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        asked.append(f"{self.path} {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {scheme} {caller}")
        with turn:
            fault = mode
            # A request that was left waiting is dropped, not done, when the fault is over: nobody expects it any more.
            if fault == "slow" and turn.wait_for(lambda: mode != "slow", timeout=20):
                fault = "down"
        if fault == "down":
            self.close_connection = True
        elif fault == "500":
            self.say("Internal error", 500)
        elif fault == "html":
            self.say("<html><body>We are down for maintenance. OK?</body></html>", kind="text/html")
        elif path == "/update":
            self.say(update(query, caller, fault))
        elif path == "/nic/update":
            self.say(dyndns2(query, caller, fault, self.headers.get("Authorization", "")))
        else:
            self.say("not found", 404)


class Admin(Answers):
    def do_GET(self):
        global mode, remembered
        path, query = self.asked_for()
        if path == "/fault":
            if query.get("mode", mode) not in MODES:
                return self.say("modes: " + " ".join(MODES) + "\n", 400)
            with turn:
                mode = query.get("mode", mode)
                turn.notify_all()
            self.say(mode + "\n")
        elif path == "/ttl":
            remembered = int(query["seconds"])
            self.say(f"{remembered}\n")
        elif path == "/clear":
            with lock:
                remembered = TTL
                for name in NAMES:
                    publish(name, {})
                asked.clear()
            self.say("cleared\n")
        elif path == "/log":
            self.say("".join(line + "\n" for line in asked))
        else:
            self.say("not found", 404)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128

    def __init__(self, address, port, answers, tls=None):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), answers)
        if tls:  # shakes hands in the connection's own thread
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever).start()


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(f"{STATE}/ca/server.pem", f"{STATE}/ca/server.key")
for address in ("198.51.100.130", "2001:db8:f:30::130"):
    Server(address, 80, Public)
    Server(address, 443, Public, tls)
Server("127.0.0.1", 8053, Admin)  # last: who is answered here finds the others too
