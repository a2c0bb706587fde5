"""key_blinding.py - an account's public signing key, derived once more.

By Python's integers alone, after draft-irtf-cfrg-signature-key-blinding,
section 4, and RFC 8032, and what doc/delivery.md says of blind and context.
"""
import base64
import hashlib
import uuid

BLIND = b"postern: signing key by account1"
FIELD = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, FIELD) % FIELD


def add(p, q):
    """Two points, in extended coordinates (RFC 8032, 5.1.4)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * D * p[3] * q[3], 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return tuple(n % FIELD for n in (e * f, g * h, f * g, e * h))


def multiply(scalar, point):
    product = (0, 1, 1, 0)
    for bit in f"{scalar:b}":
        product = add(product, product)
        if bit == "1":
            product = add(product, point)
    return product


def decode(key):
    n = int.from_bytes(key, "little")
    y = n % 2 ** 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if x * x % FIELD != square:
        x = x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    if x % 2 != n >> 255:
        x = FIELD - x
    return x, y, 1, x * y % FIELD


def encode(point):
    x, y = (n * pow(point[2], -1, FIELD) % FIELD for n in point[:2])
    return (y | (x % 2) << 255).to_bytes(32, "little")


def account_key(platform, account):
    """The account's whpk_..., of the platform's and the account's id."""
    key = base64.b64decode(platform.removeprefix("whpk_"))
    digest = hashlib.sha512(
        BLIND + b"\0" + key + uuid.UUID(account).bytes).digest()
    scalar = int.from_bytes(digest[:32], "little") % ORDER
    return "whpk_" + base64.b64encode(
        encode(multiply(scalar, decode(key)))).decode()
