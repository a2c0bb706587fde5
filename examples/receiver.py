#!/usr/bin/python3
"""receiver.py - receive signed webhooks over https, with Python alone.

usage: receiver.py PORT CERT KEY FILE; FILE holds the apiSecretKey. Prints what
it verified; that may come twice, so remember the webhook-id of those done.
"""
import base64, hashlib, hmac, http.server, ssl, sys, time

port, certificate, private_key, secret_file = sys.argv[1:]
with open(secret_file) as f:
    key = base64.b64decode(f.read().strip().removeprefix("whsec_"))

def number(text):
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0

def verified(headers, body):
    name, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    mac = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256)
    right = b"v1," + base64.b64encode(mac.digest())
    fresh = abs(time.time() - number(stamp)) <= 300
    return name and fresh and any(hmac.compare_digest(right, given.encode())
        for given in headers.get("webhook-signature", "").split())

class Receiver(http.server.BaseHTTPRequestHandler):
    timeout = 15
    def do_POST(self):
        length = number(self.headers["content-length"])
        body = self.rfile.read(min(length, 1 << 19))
        if good := verified(self.headers, body):
            print("verified", self.headers["webhook-id"], body.decode(), flush=True)
        self.send_response(204 if good else 400)
        self.end_headers()

tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, private_key)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver)
server.socket = tls.wrap_socket(server.socket, server_side=True,
                                do_handshake_on_connect=False)
server.serve_forever()
