"""tls_wire.py - a TLS server whose every byte on the wire is ours to choose.

Python's ssl does the handshake in memory. Records after it can be made by
hand, with the connection's own keys: empty ones, key updates, requests to
renegotiate, halves. For that the cipher has to be AES-GCM, as it is by default.
"""
import contextlib
import ctypes
import ctypes.util
import hashlib
import hmac
import socket
import ssl
import struct

ALERT, HANDSHAKE, DATA = 21, 22, 23
KEY_UPDATE = b"\x18\0\0\x01\0"
HELLO_REQUEST = b"\0\0\0\0"
TLS12 = b"\x03\x03"

crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
crypto.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
crypto.EVP_aes_128_gcm.restype = ctypes.c_void_p
crypto.EVP_aes_256_gcm.restype = ctypes.c_void_p
GET_TAG = 0x10


def seal(key, nonce, header, text):
    """AES-GCM: the sealed text and its tag."""
    cipher = {16: crypto.EVP_aes_128_gcm, 32: crypto.EVP_aes_256_gcm}[len(key)]
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    out = ctypes.create_string_buffer(len(text) + 16)
    length = ctypes.c_int()
    tag = ctypes.create_string_buffer(16)
    crypto.EVP_EncryptInit_ex(context, ctypes.c_void_p(cipher()), None, key,
                              nonce)
    crypto.EVP_EncryptUpdate(context, None, ctypes.byref(length), header,
                             len(header))
    crypto.EVP_EncryptUpdate(context, out, ctypes.byref(length), text,
                             len(text))
    crypto.EVP_EncryptFinal_ex(context, tag, ctypes.byref(length))
    crypto.EVP_CIPHER_CTX_ctrl(context, GET_TAG, 16, tag)
    crypto.EVP_CIPHER_CTX_free(context)
    return out.raw[:len(text)] + tag.raw


def expand_label(name, secret, label, length):
    """HKDF-Expand-Label of RFC 8446, 7.1, with no context."""
    label = b"tls13 " + label
    text = struct.pack(">HB", length, len(label)) + label + b"\0"
    return hmac.new(secret, text + b"\x01", name).digest()[:length]


def prf(name, secret, seed, length):
    """P_hash of RFC 5246, 5."""
    out, a = b"", seed
    while len(out) < length:
        a = hmac.new(secret, a, name).digest()
        out += hmac.new(secret, a + seed, name).digest()
    return out[:length]


class Keys13:
    """What the server writes with; from RFC 8446, 5.3 and 7.3."""

    def __init__(self, name, key_length, secret):
        self.name, self.key_length = name, key_length
        self.take(secret)

    def take(self, secret):
        self.secret, self.count = secret, 0
        self.key = expand_label(self.name, secret, b"key", self.key_length)
        self.iv = expand_label(self.name, secret, b"iv", 12)

    def record(self, kind, data):
        header = (bytes([DATA]) + TLS12 +
                  struct.pack(">H", len(data) + 1 + 16))
        nonce = int.from_bytes(self.iv, "big") ^ self.count
        self.count += 1
        sealed = seal(self.key, nonce.to_bytes(12, "big"), header,
                      data + bytes([kind]))
        if kind == HANDSHAKE and data == KEY_UPDATE:
            self.take(expand_label(self.name, self.secret, b"traffic upd",
                                   hashlib.new(self.name).digest_size))
        return header + sealed


class Keys12:
    """The same of RFC 5288; one record, Finished, has been written."""

    def __init__(self, name, key_length, master, server, client):
        block = prf(name, master, b"key expansion" + server + client,
                    2 * key_length + 8)
        self.key = block[key_length:2 * key_length]
        self.salt = block[2 * key_length + 4:]
        self.count = 1

    def record(self, kind, data):
        count = struct.pack(">Q", self.count)
        self.count += 1
        head = bytes([kind]) + TLS12
        sealed = seal(self.key, self.salt + count,
                      count + head + struct.pack(">H", len(data)), data)
        return head + struct.pack(">H", len(sealed) + 8) + count + sealed


class Wire:
    """The server's end of one connection."""

    def __init__(self, peer, tls):
        self.socket, self.tls = peer, tls
        self.came, self.goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = tls.wrap_bio(self.came, self.goes, server_side=True)
        self.first_in = self.first_out = b""

    def flush(self):
        data = self.goes.read()
        self.first_out = self.first_out or data
        if data:
            self.socket.sendall(data)

    def feed(self):
        """False at the end of the connection."""
        data = self.socket.recv(65536)
        self.first_in = self.first_in or data
        if not data:
            self.came.write_eof()
        else:
            self.came.write(data)
        return bool(data)

    def handshake(self):
        while True:
            try:
                self.object.do_handshake()
                return self.flush()
            except ssl.SSLWantReadError:
                self.flush()
                if not self.feed():
                    raise ConnectionError("no handshake") from None
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    self.flush()            # the alert
                raise

    def first_flight(self):
        """What the server says to ClientHello, to be sent by send_raw."""
        while not self.first_out:
            self.feed()
            with contextlib.suppress(ssl.SSLWantReadError):
                self.object.do_handshake()
            self.first_out = self.goes.read()
        return self.first_out

    def read(self, size=65536):
        """Some bytes; none at the end."""
        while True:
            try:
                return self.object.read(size)
            except ssl.SSLWantReadError:
                self.flush()
                if not self.feed():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    recv = read                             # as a socket has it

    def sealed(self, data):
        """The records of data, to be sent by send_raw."""
        self.object.write(data)
        return self.goes.read()

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, data):
        self.send_raw(self.sealed(data))

    def close_notify(self):
        with contextlib.suppress(ssl.SSLError):
            self.object.unwrap()
        with contextlib.suppress(OSError):
            self.flush()

    def secret(self, label):
        client = self.first_in[11:43]
        for line in open(self.tls.keylog_filename):
            if line.startswith(f"{label} {client.hex()} "):
                return bytes.fromhex(line.split()[2])
        raise KeyError(label)

    def keys(self):
        """To make records by hand; no other may be sent from then on."""
        cipher = self.object.cipher()[0]
        name = "sha384" if "SHA384" in cipher else "sha256"
        length = 32 if "256" in cipher.split("GCM")[0] else 16
        if cipher.startswith("TLS_"):           # of TLS 1.3
            return Keys13(name, length, self.secret("SERVER_TRAFFIC_SECRET_0"))
        return Keys12(name, length, self.secret("CLIENT_RANDOM"),
                      self.first_out[11:43], self.first_in[11:43])


def reset(peer):
    """Close at once with RST."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    peer.close()
