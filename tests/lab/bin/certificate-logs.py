#!/usr/bin/env python3
"""certificate-logs.py STATE: a monitor of the certificate logs, as Cert Spotter's API speaks: https://acme.example:14443/v1/issuances. It knows every certificate that the lab's
authority has given for a name below duckdns.org (STATE/ca/*.pem)."""
import datetime
import glob
import hashlib
import http.server
import json
import socket
import ssl
import subprocess
import sys
import urllib.parse

state = sys.argv[1]


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def date(text):
    return datetime.datetime.strptime(text, "%b %d %H:%M:%S %Y %Z").strftime("%Y-%m-%dT%H:%M:%SZ")


def issuances(name):
    for file in sorted(glob.glob(f"{state}/ca/*.pem")):
        text = openssl("x509", "-in", file, "-noout", "-ext", "subjectAltName", "-startdate", "-enddate", "-serial").decode()
        names = [part.strip().removeprefix("DNS:") for line in text.splitlines() if "DNS:" in line for part in line.split(",")]
        if not any(n == name or n.endswith("." + name) for n in names):
            continue
        facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        key = openssl("pkey", "-pubin", "-outform", "DER", data=openssl("x509", "-in", file, "-noout", "-pubkey"))
        yield {"id": str(int(facts["serial"], 16) % 10**12), "tbs_sha256": hashlib.sha256(text.encode()).hexdigest(), "dns_names": names, "pubkey_sha256": hashlib.sha256(key).hexdigest(),
               "issuer": {"friendly_name": "The lab", "name": "CN=The lab"}, "not_before": date(facts["notBefore"]), "not_after": date(facts["notAfter"]), "revoked": False}


class Monitor(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        known = [] if "after" in query else list(issuances(query.get("domain", [""])[0]))
        body = json.dumps(known).encode()
        self.send_response(200 if url.path == "/v1/issuances" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(f"{state}/ca/server.pem", f"{state}/ca/server.key")
server = Server(("::", 14443), Monitor)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
