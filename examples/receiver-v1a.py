#!/usr/bin/python3
"""receiver-v1a.py - receive webhooks signed with v1a, without any secret.

usage: receiver-v1a.py PORT CERT KEY FILE; FILE holds what GET /v1/webhook-keys
answered: fetch it daily. Needs python3-cryptography. """
import base64, http.server, json, ssl, sys, time
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

port, certificate, private_key, keys_file = sys.argv[1:]
with open(keys_file) as f:
    keys = [ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(
        k["key"].removeprefix("whpk_"))) for k in json.load(f)["keys"]]
def good(key, signature, content):
    try:
        return key.verify(base64.b64decode(signature), content) is None
    except (InvalidSignature, ValueError):
        return False

def verified(headers, body):
    name, stamp = headers["webhook-id"], headers["webhook-timestamp"] or ""
    content = f"{name}.{stamp}.".encode() + body
    fresh = stamp.isdecimal() and abs(time.time() - int(stamp[:15])) <= 300
    given = headers.get("webhook-signature", "").split()
    return name and fresh and any(good(key, signature[4:], content)
        for key in keys for signature in given if signature[:4] == "v1a,")

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["content-length"] or 0)
        body = self.rfile.read(min(length, 1 << 19))
        self.send_response(204 if verified(self.headers, body) else 400)
        self.end_headers()
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, private_key)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver)
server.socket = tls.wrap_socket(server.socket, server_side=True,
                                do_handshake_on_connect=False)
server.serve_forever()
