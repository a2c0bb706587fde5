"""mutants.py - answers changed at random, the same for the same seed."""
import random

import answers

PIECES = [
    b"\r\n", b"\r\n\r\n", b"\r", b"\n", b" ", b"\t", b":", b": ", b";", b"=",
    b"\"", b"\\", b",", b"0", b"5", b"00", b"f", b"\x00", b"\x7f", b"\x80",
    b"\xff", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0", b" 100 ", b" 204 ", b" 304 ",
    b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"chunked",
    b"5\r\nhello\r\n", b"0\r\n\r\n", b";a=b", b"A: b\r\n",
]


def put(draw, answer, other):
    at = draw.randrange(len(answer) + 1)
    piece = draw.choice(PIECES) if draw.random() < 0.8 else draw.randbytes(1)
    return answer[:at] + piece + answer[at + draw.randrange(2):]


def flip(draw, answer, other):
    at = draw.randrange(len(answer))
    return (answer[:at] + bytes([answer[at] ^ 1 << draw.randrange(8)]) +
            answer[at + 1:])


def leave_out(draw, answer, other):
    at = draw.randrange(len(answer))
    return answer[:at] + answer[at + draw.choice([1, 1, 2, 4, 16]):]


def splice(draw, answer, other):
    return (answer[:draw.randrange(len(answer))] +
            other[draw.randrange(len(other)):])


def move_line(draw, answer, other):
    lines = answer.split(b"\r\n")
    lines.insert(draw.randrange(len(lines)),
                 draw.choice(other.split(b"\r\n")))
    return b"\r\n".join(lines)


WAYS = [put, put, put, flip, leave_out, splice, move_line, move_line]


def mutants(seed, count):
    """Each is one of the answers, changed in one to three places."""
    draw, originals = random.Random(seed), answers.everything()
    for _ in range(count):
        answer, other = draw.choice(originals), draw.choice(originals)
        for _ in range(draw.choice([1, 1, 2, 3])):
            if answer:
                answer = draw.choice(WAYS)(draw, answer, other)
        yield answer[:15000]
