"""differences.py - where http_parser differs from others, and who is right.

A table with the section that decides each: RFC 9110 (semantics) or RFC 9112
(HTTP/1.1).
"""
import collections
import re

TAKES = "takes it"
OTHERWISE = "reads it otherwise"
KEEPS, CLOSES = "keeps the connection", "closes the connection"

# part: of an answer, "head", "body" (trailers too) or "all". ours, theirs:
# what each says of it, theirs as a regular expression. when: what the answer
# must contain, as a regular expression.
Row = collections.namedtuple("Row", "who part ours theirs when section why")

BOTH = "llhttp h11"
ANY = rb""
CONTROL = rb"[\x00-\x08\x0b-\x1f\x7f]"
TRAILER = rb"0[^\r\n]*\r\n(.*\r\n)*"
INTERIM = rb"HTTP/1\.\d 1\d\d"
# llhttp knows that 100, 102 and 103 have no body
INTERIM_LENGTH = rb"(?i)HTTP/1\.\d 1(0[4-9]|[1-9]\d)(.|\r\n)*" \
    rb"(Content-Length|Transfer-Encoding)"
NO_BODY = rb"HTTP/1\.\d (204|304)(.*\r\n)*(Content-Length|Transfer-Encoding)"
CHUNK_WORDS = r"InvalidChunkSizeError: Invalid character in chunk size|" \
    r"StrictError: Invalid character in chunk extensions.*"

TABLE = [Row(*row) for row in [
    # --- the status line
    ("h11 llhttp", "head", "it does not begin with HTTP/1", TAKES,
     rb"HTTP/[02-9]\.", "9110 2.5", "another major version is not ours"),
    (BOTH, "head", "it speaks HTTP/2, and only HTTP/1.1 is spoken here", TAKES,
     rb"HTTP/2\.", "9110 2.5", "another major version is not ours"),
    ("llhttp", "head", "it does not begin with HTTP/1", TAKES,
     rb"(^|\r\n\r\n)[\r\n]",
     "9112 2.2", "an empty line may come before a request, not an answer"),
    ("llhttp", "head", TAKES, r"InvalidVersionError: Invalid HTTP version",
     rb"HTTP/1\.[2-9]", "9110 2.5", "1.2 is read as 1.1"),
    ("llhttp", "head", "its status is no number from 100 to 999", TAKES,
     rb"HTTP/1\.\d 0\d\d", "9110 15", "a status is from 100"),
    ("llhttp", "head", "it switches to another protocol", TAKES,
     rb"HTTP/1\.\d 101", "9110 7.8", "nothing was asked to switch"),
    # --- lines
    ("h11", "head", "a line of its head ends without CR", TAKES, rb"[^\r]?\n",
     "9112 2.2", "LF alone MAY be taken; we do not"),
    ("h11", "body", "a line of its head ends without CR", TAKES,
     TRAILER + rb"(.*[^\r])?\n", "9112 2.2",
     "LF alone MAY be taken; we do not"),
    ("h11", "head", "no blank follows its status", TAKES,
     rb"HTTP/1\.\d \d{3}\n", "9112 2.2", "LF alone MAY be taken; we do not"),
    ("h11", "head", "a line of its head is folded", TAKES, rb"\n[ \t]",
     "9112 5.2", "obs-fold may be unfolded; we do not"),
    ("h11", "body", "a line of its head is folded", TAKES,
     TRAILER + rb"[ \t]", "9112 5.2", "obs-fold may be unfolded; we do not"),
    ("h11", "head", "its (Content-Length is no number|Transfer-Encoding is "
     "not chunked, once)", TAKES, rb"(?i)(Length|Encoding):[ \t]*\r\n[ \t]",
     "9112 5.2", "obs-fold may be unfolded; we do not"),
    (BOTH, "head", "a line of its head has a (control character|NUL)", TAKES,
     CONTROL, "9110 5.5", "only HTAB, SP, VCHAR and obs-text"),
    ("h11", "body", "a line of its head has a control character", TAKES,
     TRAILER + rb"(.|\r\n)*" + CONTROL, "9110 5.5",
     "only HTAB, SP, VCHAR and obs-text"),
    ("llhttp", "head", "a line of its head has a CR without LF", TAKES,
     rb"HTTP/1\.\d \d{3}[^\r\n]*\r[^\n]", "9112 2.2", "a bare CR is invalid"),
    # --- the length
    ("h11", "head", "its Content-Length is no number", TAKES,
     rb"(?i)Content-Length:[ \t]*\d+[ \t]*,", "9112 6.3",
     "the same length twice MAY be taken; we do not"),
    ("h11", "head", "it has two Content-Lengths", TAKES,
     rb"(?i)(Content-Length:(.|\r\n)*){2}", "9112 6.3",
     "the same length twice MAY be taken; we do not"),
    (BOTH, "head", "its Content-Length is larger than any body", TAKES,
     rb"(?i)Content-Length:[ \t]*1844674407370955161[0-9]|\d{20}", "9110 8.6",
     "no conversion may overflow; ours ends below 2^64 - 6"),
    ("h11", "head", TAKES, r"bad Content-Length",
     rb"(?i)Content-Length:[ \t]*0*\d{21}", "9110 8.6",
     "1*DIGIT has no longest, and zeros before do no harm"),
    ("llhttp", "head", TAKES,
     r"InvalidContentLengthError: Invalid character in Content-Length",
     rb"(?i)Content-Length:.*\t", "9110 5.6.3", "OWS is HTAB too"),
    # --- the encoding
    ("llhttp", "head", "its Transfer-Encoding is not chunked, once", TAKES,
     rb"(?i)Transfer-Encoding", "9112 6.1",
     "none but chunked was asked for; what is not understood is no framing"),
    ("llhttp", "all", OTHERWISE, OTHERWISE,
     rb"(?i)Transfer-Encoding:[ \t]*chunked[ \t]*\t", "9110 5.6.3",
     "OWS is HTAB too; llhttp reads until the end"),
    ("llhttp", "body", ".*", TAKES,
     rb"(?i)Transfer-Encoding:[ \t]*chunked[ \t]*\t", "9110 5.6.3",
     "OWS is HTAB too; llhttp reads until the end"),
    (BOTH, "head", "it has Transfer-Encoding, but is HTTP/1.0", TAKES,
     rb"HTTP/1\.0", "9112 6.1", "such framing is faulty"),
    ("h11", "head", "it has both Content-Length and Transfer-Encoding", TAKES,
     rb"(?i)Transfer-Encoding", "9112 6.3",
     "it ought to be handled as an error"),
    # --- interim answers, and those without a body
    ("llhttp", "head", ".*", ".*", INTERIM_LENGTH, "9112 6.3",
     "1xx ends with its head; llhttp reads a body"),
    ("llhttp", "all", OTHERWISE, OTHERWISE, INTERIM_LENGTH, "9112 6.3",
     "1xx ends with its head; llhttp reads a body"),
    ("llhttp", "head", TAKES,
     r"ClosedConnectionError: Data after `Connection: close`",
     INTERIM + rb"(.*\r\n)*(?i:Connection)", "9112 9.6",
     "the final answer comes before the end of the connection"),
    ("h11", "all", CLOSES, KEEPS, INTERIM + rb"(.*\r\n)*(?i:Content-Length|"
     rb"Transfer-Encoding|Connection)", "9112 6.3",
     "1xx that promises a body, or close: both allow it, we are cautious"),
    ("llhttp", "all", CLOSES, KEEPS, INTERIM + rb"(.*\r\n)*(?i:Content-Length|"
     rb"Transfer-Encoding|Connection)", "9112 6.3",
     "1xx that promises a body, or close: both allow it, we are cautious"),
    (BOTH, "all", CLOSES, KEEPS, rb"(?i)" + NO_BODY, "9112 6.3",
     "204 that promises a body: both allow it, we are cautious"),
    # --- whether the connection is kept
    ("h11", "all", KEEPS, CLOSES, rb"HTTP/1\.0(.|\r\n)*(?i:keep-alive)",
     "9112 9.3", "1.0 with keep-alive MAY be kept"),
    ("llhttp", "all", CLOSES, KEEPS, rb"HTTP/1\.0(.|\r\n)*(?i:Connection.*"
     rb"(close(.|\r\n)*keep-alive|keep-alive(.|\r\n)*close))", "9112 9.3",
     "close is stronger than keep-alive"),
    ("llhttp", "all", KEEPS, CLOSES, rb"(?i)Proxy-Connection", "9112 C.2.2",
     "Proxy-Connection is not for us"),
    ("llhttp", "all", KEEPS, CLOSES, TRAILER + rb"(?i:Connection|"
     rb"Transfer-Encoding)", "9110 6.5.1",
     "what a trailer says of framing or routing is not heeded"),
    # --- chunks and trailers
    ("h11", "body", "the line before a chunk is not valid", TAKES, ANY,
     "9112 7.1.1", "h11 takes any text for an extension, and blanks after it"),
    ("h11", "body", "the line before a chunk has a CR without LF", TAKES,
     rb"\r[^\n]", "9112 2.2", "a bare CR is invalid"),
    ("h11", "body", TAKES, r"illegal chunk header: .*",
     rb"[0-9a-fA-F][ \t]+;|[0-9a-fA-F]{21}", "9112 7.1.1",
     "BWS may come before the semicolon; 1*HEXDIG has no longest"),
    ("llhttp", "body", TAKES, CHUNK_WORDS, rb"[ \t];|;[ \t]|[ \t]=|=[ \t]",
     "9112 7.1.1", "BWS may be around the semicolon and the equals sign"),
    ("llhttp", "body", "the line before a chunk is not valid", TAKES,
     rb";[ \t]*[;=]|=[ \t]*[;\r]|=.*\"", "9112 7.1.1",
     "an extension is a name, with a value, which is a token or quoted"),
    ("h11", "body", TAKES, r"bad Content-Length|.*Transfer-Encoding.*|"
     r"conflicting Content-Length headers",
     TRAILER + rb"(?i:Content-Length|Transfer-Encoding)", "9110 6.5.1",
     "what a trailer says of framing or routing is not heeded"),
    ("llhttp", "body", TAKES, r"InvalidContentLengthError: .*",
     TRAILER + rb"(?i:Content-Length)", "9110 6.5.1",
     "what a trailer says of framing or routing is not heeded"),
]]


def part_of(ours, theirs):
    """Where the two Outcomes differ, and what each says; None: nowhere."""
    if (ours.status is None) != (theirs.status is None):
        return "head", *(TAKES if o.status is not None else o.words
                         for o in (ours, theirs))
    if ours.status is None:
        return None
    if ours.status == theirs.status and ours.whole != theirs.whole:
        return "body", *(TAKES if o.whole else o.words
                         for o in (ours, theirs))
    if ours.status != theirs.status or (
            ours.whole and (ours.data, ours.taken) !=
            (theirs.data, theirs.taken)):
        return "all", OTHERWISE, OTHERWISE
    if ours.whole and ours.keep != theirs.keep:
        return "all", *(KEEPS if o.keep else CLOSES for o in (ours, theirs))
    return None


def decide(who, answer, part, ours, theirs):
    """The first row that has this difference, or None."""
    for row in TABLE:
        if (who in row.who.split() and part == row.part and
                re.fullmatch(row.ours, ours) and
                re.fullmatch(row.theirs, theirs, re.DOTALL) and
                re.search(row.when, answer)):
            return row
    return None
