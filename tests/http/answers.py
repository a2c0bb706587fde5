"""answers.py - odd answers, and some that are not, in one table.

Run with a directory, it writes each into a file there, for the fuzzer.
"""
import pathlib
import sys

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"
FIVE = b"Content-Length: 5\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"

START_LINES = [
    b"", b"\r\n" + OK, b"\n" + OK, b" " + OK, b"\xef\xbb\xbf" + OK,
    b"http/1.1 200 OK\r\n", b"Http/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.2 200 OK\r\n", b"HTTP/1.9 200 OK\r\n", b"HTTP/0.9 200 OK\r\n",
    b"HTTP/2.0 200 OK\r\n", b"HTTP/2 200 OK\r\n", b"HTTP/3.0 200 OK\r\n",
    b"HTTP/1 200 OK\r\n", b"HTTP/11 200 OK\r\n", b"HTTP/1.10 200 OK\r\n",
    b"HTTP/1.01 200 OK\r\n", b"HTTP/01.1 200 OK\r\n", b"HTTP/1,1 200 OK\r\n",
    b"HTTP/1.x 200 OK\r\n", b"HTTP/1. 200 OK\r\n", b"HTTP 200 OK\r\n",
    b"HTTP/1.1/1 200 OK\r\n", b"HTTP/1.1  200 OK\r\n",
    b"HTTP/1.1\t200 OK\r\n", b"HTTP/1.1 200\tOK\r\n", b"HTTP/1.1 200\r\n",
    b"HTTP/1.1 200 \r\n", b"HTTP/1.1 200  OK \r\n", b"HTTP/1.1 200 O\tK\r\n",
    b"HTTP/1.1 200 O\x00K\r\n", b"HTTP/1.1 200 O\x1bK\r\n",
    b"HTTP/1.1 200 O\x7fK\r\n", b"HTTP/1.1 200 \xc3\xa9\r\n",
    b"HTTP/1.1 200 \xff\r\n", b"HTTP/1.1 200 OK\n", b"HTTP/1.1 200 OK\r",
    b"HTTP/1.1 200 OK\r\r\n", b"HTTP/1.1 200 OK\rA: b\r\n",
    b"HTTP/1.1 200 OK\r\rA: b\r\n", b"HTTP/1.1 200 O\rK\r\n", b"HTTP/1.1 200\n",
    b"HTTP/1.1 20 OK\r\n", b"HTTP/1.1 2 OK\r\n", b"HTTP/1.1 2000 OK\r\n",
    b"HTTP/1.1 0200 OK\r\n", b"HTTP/1.1 020 OK\r\n", b"HTTP/1.1 000 OK\r\n",
    b"HTTP/1.1 099 OK\r\n", b"HTTP/1.1 600 OK\r\n", b"HTTP/1.1 999 OK\r\n",
    b"HTTP/1.1 -20 OK\r\n", b"HTTP/1.1 +20 OK\r\n", b"HTTP/1.1 2 0 OK\r\n",
    b"HTTP/1.1 2xx OK\r\n", b"HTTP/1.1 0xC8 OK\r\n", b"HTTP/1.1 200OK\r\n",
    b"HTTP/1.1 OK\r\n", b"HTTP/1.1\r\n", b"HTTP/1.1 \r\n",
    b"HTTP/1.1 \xb2\xb0\xb0 OK\r\n", b"ICY 200 OK\r\n", b"200 OK\r\n",
    b"POST / HTTP/1.1\r\n", b"SSH-2.0-OpenSSH_9.2\r\n",
    b"220 mail.example.com ESMTP\r\n", b"\x15\x03\x01\x00\x02\x02\x46",
    b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    b"\x00\x00\x08\x07\x00\x00\x00\x00\x00", b"<html></html>\r\n",
]

FIELDS = [
    b"A: b\r\n", b"A:b\r\n", b"A:\r\n", b"A: \r\n", b"A:\t \tb\t \r\n",
    b"A : b\r\n", b"A\t: b\r\n", b" A: b\r\n", b"\tA: b\r\n", b": b\r\n",
    b"A\r\n", b"A b\r\n", b"A b: c\r\n", b"A\x00: b\r\n", b"A\x0b: b\r\n",
    b"A\x7f: b\r\n", b"\xc3\xa9: b\r\n", b"A\x80: b\r\n", b"(: b\r\n",
    b"A@b: c\r\n", b"A[b]: c\r\n", b"A/b: c\r\n", b"\"A\": b\r\n",
    b"A{: b\r\n", b"A;b: c\r\n", b"A,b: c\r\n", b"A=b: c\r\n", b"A\\: b\r\n",
    b"!#$%&'*+-.^_`|~09azAZ: b\r\n", b"A:: b\r\n", b"A: b: c\r\n",
    b"A: b\x00c\r\n", b"A: b\x01c\r\n", b"A: b\x08c\r\n", b"A: b\x0bc\r\n",
    b"A: b\x1fc\r\n", b"A: b\x7fc\r\n", b"A: \x80\r\n", b"A: \xff\r\n",
    b"A: \xe2\x82\xac\r\n", b"A: b\tc\r\n", b"A: b\n", b"A: b\nB: c\r\n",
    b"A: b\rB: c\r\n", b"A: b\r\r\n", b"A: b\n\r\n", b"A: b\r\n\n",
    b"A: b\r\n c\r\n", b"A: b\r\n\tc\r\n", b"A: b\r\n \r\n",
    b"A:\r\n b\r\n", b"A: b\r\n\x00", b"A: " + b"b" * 8000 + b"\r\n",
    b"A: b\r\n" * 90, b"A" * 300 + b": b\r\n", b"Host: a\r\nHost: b\r\n",
    b"Connection: close\r\n", b"Connection: CLOSE\r\n",
    b"Connection: keep-alive\r\n", b"Connection: close, keep-alive\r\n",
    b"Connection: keep-alive, close\r\n", b"Connection: a,close\r\n",
    b"Connection: ,close,\r\n", b"Connection: , ,\r\n", b"Connection:\r\n",
    b"Connection: closed\r\n", b"Connection: close;x\r\n",
    b"Connection: \"close\"\r\n", b"Connection: a\r\nConnection: close\r\n",
    b"Connection: close\r\nConnection: keep-alive\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"Upgrade: websocket\r\n",
    b"Proxy-Connection: close\r\n", b"Retry-After: 5\r\n",
    b"Retry-After: 99999999999999999999\r\n", b"Location: /\xff\r\n",
]

LENGTHS = [
    b"5", b"05", b"0000000000000000000000000000000000000005", b" 5 ",
    b"\t5\t", b"", b" ", b"5, 5", b"5,5", b"5,", b",5", b"5, 6", b"5 5",
    b"+5", b"-5", b"-0", b"5.0", b"5e0", b"0x5", b"5x", b"x5", b"5;a",
    b"\"5\"", b"\xd9\xa5", b"\xb2", b"5\x00", b"5\x0b", b"\x0b5", b"4", b"6",
    b"1_0", b"18446744073709551615", b"18446744073709551616",
    b"18446744073709551621", b"4294967301", b"9223372036854775807",
    b"9223372036854775808", b"99999999999999999999", b"9" * 21, b"9" * 40,
]

FRAMINGS = [
    FIVE + FIVE, FIVE + b"Content-Length: 6\r\n", b"content-length:5\r\n",
    b"Content-Length : 5\r\n", b"Content-Length\t: 5\r\n",
    b" Content-Length: 5\r\n", b"Content-Length:\r\n 5\r\n",
    b"Content_Length: 5\r\n", b"Content-Length: 5\nA: b\r\n",
    b"Content-Length: 0\r\n" + FIVE,
]

ENCODINGS = [
    b"chunked", b"Chunked", b"CHUNKED", b" chunked ", b"\tchunked\t", b"",
    b" ", b"chunked,", b",chunked", b"chunked, chunked", b"chunked,chunked",
    b"identity", b"chunked, identity", b"identity, chunked", b"gzip",
    b"gzip, chunked", b"gzip,chunked", b"chunked, gzip", b"chunked;q=1",
    b"chunked ;a", b"\"chunked\"", b"'chunked'", b"xchunked", b"chunkedx",
    b"chun ked", b"chunke", b"chunked\x00", b"\x0bchunked", b"chunked\x0b",
    b"c\xe8unked", b"chunked\r\n ", b"\r\n chunked",
]

CHUNKS = [
    b"5\r\nhello\r\n" + END, b"005\r\nhello\r\n00\r\n\r\n",
    b"0000000000000000000005\r\nhello\r\n" + END,
    b"A\r\n0123456789\r\n" + END, b"a\r\n0123456789\r\n" + END,
    b"1\r\nh\r\n4\r\nello\r\n" + END, b"5\nhello\r\n" + END,
    b"5\r\nhello\n" + END, b"5\r\nhello" + END, b"5\r\nhello\r" + END,
    b"5\r\nhello\r\n0\n\r\n", b"5\r\nhello\r\n0\r\n\n",
    b"5\r\nhello\r\n0\n\n", b"5\rhello\r\n" + END, b"5\r\r\nhello\r\n" + END,
    b"5\r\nhelloX\r\n" + END, b"5\r\nhell\r\n" + END, b"\r\nhello\r\n" + END,
    b"\r\n5\r\nhello\r\n" + END, b" 5\r\nhello\r\n" + END,
    b"\t5\r\nhello\r\n" + END, b"5 \r\nhello\r\n" + END,
    b"5\t\r\nhello\r\n" + END, b"0x5\r\nhello\r\n" + END,
    b"5x\r\nhello\r\n" + END, b"+5\r\nhello\r\n" + END,
    b"-5\r\nhello\r\n" + END, b"5_\r\nhello\r\n" + END,
    b"g\r\nhello\r\n" + END, b"5,5\r\nhello\r\n" + END,
    b"5\x00\r\nhello\r\n" + END, b"5\xff\r\nhello\r\n" + END,
    b"10000000000000005\r\nhello\r\n" + END,
    b"100000005\r\nhello\r\n" + END, b"fffffffffffffff5\r\nhello\r\n" + END,
    b"ffffffffffffffff\r\nhello\r\n" + END,
    b"7fffffffffffffff\r\nhello\r\n" + END,
    b"8000000000000000\r\nhello\r\n" + END, b"f" * 30 + b"\r\nhello",
    b"5\r\nhello\r\n", b"5\r\nhello\r\n0\r\n", b"5\r\nhello\r\n0", b"5",
    b"0", END, END + OK + EMPTY, END + b"\r\n", END + b"x",
]

EXTENSIONS = [
    b";a", b";a=b", b";a=b;c=d", b";a;c", b"; a", b" ;a", b"\t;a", b" ; a = b",
    b";a =b", b";a= b", b";a ", b";a\t", b";a=b ", b" ", b";", b"; ", b";;a",
    b";a;", b";=b", b";a=", b";a=;c", b";a==b", b";a b", b";a=b c",
    b";a=\"b\"", b";a=\"\"", b";a=\"b c;=\\\"\\\\\"", b";a=\"b", b";a=b\"",
    b";a=\"b\"c", b";a=\"b\" ;c", b";a=\"\xff\"", b";a=\"\x00\"",
    b";a=\"b\\", b";a=\"b\rc\"", b";a=\"b\nc\"", b";a=\"b\r\nc\"",
    b";a=\xff", b";\xff", b";a\x00", b";a=b\x00", b";a=\x7f", b";a=b\r",
    b";a\n", b";a\r", b";(", b";a=(", b";a,b", b";a=b,c", b" a",
    b";" + b"a" * 300,
]

TRAILERS = [
    b"A: b\r\n", b"A:\r\n", b"A: b\r\nC: d\r\n", b"A : b\r\n", b" A: b\r\n",
    b"A: b\r\n c\r\n", b"A\r\n", b"A: b\n", b"A: b\rc\r\n", b"A: \x00\r\n",
    b"A: \x01\r\n", b"\xc3\xa9: b\r\n", b"A: \xff\r\n", FIVE, b"Content-Length: x\r\n",
    b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip\r\n", b"Connection: close\r\n", b"\r", b"\n",
    OK + EMPTY,
]

STATUSES = [100, 101, 102, 103, 150, 199, 200, 201, 202, 204, 205, 206, 299,
            300, 301, 302, 303, 304, 305, 307, 308, 399, 400, 401, 404, 408,
            410, 411, 413, 429, 431, 499, 500, 502, 503, 511, 599, 600, 777]


def line(status, minor=1):
    return b"HTTP/1.%d %d X\r\n" % (minor, status)


def statuses():
    for status in STATUSES:
        for fields in (b"", FIVE, b"Transfer-Encoding: chunked\r\n"):
            body = b"5\r\nhello\r\n0\r\n\r\n" if b"chunked" in fields \
                else b"hello" if fields else b""
            yield line(status) + fields + b"\r\n" + body
        if status < 200:
            yield line(status) + b"\r\n" + OK + FIVE + b"\r\nhello"
            yield line(status) + FIVE + b"\r\n" + OK + FIVE + b"\r\nhello"
            yield (line(status) + FIVE + b"\r\nhello" + OK + EMPTY)
            yield (line(status) + b"Content-Length: %d\r\n\r\n" %
                   len(OK + EMPTY) + OK + EMPTY + line(500) + EMPTY)
            yield (line(status) + b"Connection: close\r\n\r\n" + OK + EMPTY)


def versions():
    for minor in (0, 1, 2, 9):
        for connection in (b"", b"Connection: close\r\n",
                           b"Connection: keep-alive\r\n",
                           b"Connection: Keep-Alive, x\r\n",
                           b"Connection: close\r\nConnection: keep-alive\r\n",
                           b"Connection: keep-alive\r\nConnection: close\r\n",
                           b"Connection: keep-alive, close\r\n"):
            for body in (b"\r\nhello", FIVE + b"\r\nhello",
                         b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
                yield line(200, minor) + connection + body


def endings():
    """What comes after an answer, and too little of one."""
    for rest in (b"", b"h", b"hell", b"hello", b"hello!", b"hello\r\n",
                 b"hello" + OK + EMPTY):
        yield OK + FIVE + b"\r\n" + rest
        yield OK + b"\r\n" + rest
        yield OK + EMPTY + rest
        yield line(204) + b"\r\n" + rest
        yield CHUNKED + END + rest
    for answer in (OK + FIVE + b"\r\nhello", CHUNKED + CHUNKS[0]):
        for n in range(1, len(answer), 3):
            yield answer[:n]


def both():
    for length in (b"5", b"0", b"5, 5", b"x"):
        for encoding in (b"chunked", b"gzip", b"identity", b""):
            one = b"Content-Length: " + length + b"\r\n"
            other = b"Transfer-Encoding: " + encoding + b"\r\n"
            for fields in (one + other, other + one):
                yield OK + fields + b"\r\n5\r\nhello\r\n0\r\n\r\n"


def everything():
    """Each answer once."""
    all_ = [start + EMPTY for start in START_LINES]
    all_ += [OK + field + FIVE + b"\r\nhello" for field in FIELDS]
    all_ += [OK + FIVE + field + b"\r\nhello" for field in FIELDS]
    all_ += [OK + b"Content-Length:" + length + b"\r\n\r\nhello"
             for length in LENGTHS]
    all_ += [OK + fields + b"\r\nhello" for fields in FRAMINGS]
    all_ += [OK + b"Transfer-Encoding:" + encoding +
             b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n" for encoding in ENCODINGS]
    all_ += [OK + b"Transfer-Encoding: " + one + b"\r\nTransfer-Encoding: " +
             other + b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
             for one in (b"chunked", b"gzip") for other in
             (b"chunked", b"gzip", b"")]
    all_ += [CHUNKED + chunks for chunks in CHUNKS]
    all_ += [OK + b"Transfer-Encoding: chunked\t\r\n\r\n" + chunks
             for chunks in CHUNKS]
    all_ += [CHUNKED + b"5" + extension + b"\r\nhello\r\n" + END
             for extension in EXTENSIONS]
    all_ += [CHUNKED + b"5\r\nhello\r\n0" + extension + b"\r\n\r\n"
             for extension in EXTENSIONS]
    all_ += [CHUNKED + b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n"
             for trailer in TRAILERS]
    for more in (statuses, versions, endings, both):
        all_ += more()
    return list(dict.fromkeys(all_))


if __name__ == "__main__":
    for number, answer in enumerate(everything()):
        (pathlib.Path(sys.argv[1]) / f"{number:04}").write_bytes(answer)
