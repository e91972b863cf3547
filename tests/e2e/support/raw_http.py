"""HTTP by hand: sends exact bytes and judges whether what came back is one complete reply.

Not a browser: see browser.py.
"""

import socket
from dataclasses import dataclass


class NoReply(AssertionError):
    """The server closed the connection without a word."""


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes


def exchange(port, request, seconds=30, close_sending=False):
    """Sends the bytes, reads until the server closes, and checks that the reply is complete."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            connection.sendall(request)
            if close_sending:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # a server may answer and close before it has read all
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
                if is_complete(received, request):
                    break
        except ConnectionResetError:
            pass
    return parse(received, request)


def is_head(request):
    return request.startswith(b"HEAD ")


def split(received):
    head, separator, body = received.partition(b"\r\n\r\n")
    return (head, body) if separator else (None, b"")


def is_complete(received, request):
    head, body = split(received)
    if head is None:
        return False
    headers = header_table(head)
    if is_head(request):
        return True
    if "content-length" in headers:
        return len(body) >= int(headers["content-length"])
    return headers.get("transfer-encoding") == "chunked" and body.endswith(b"0\r\n\r\n")


def header_table(head):
    lines = head.split(b"\r\n")[1:]
    return {name.decode().lower(): value.strip().decode("latin-1") for name, _, value in (line.partition(b":") for line in lines)}


def parse(received, request):
    head, body = split(received)
    if not received:
        raise NoReply
    assert head is not None, f"no complete reply: {received[:300]!r}"
    line = head.split(b"\r\n")[0].split(b" ")
    assert line[0].startswith(b"HTTP/1.") and line[1].isdigit(), f"not a reply: {head[:200]!r}"
    headers = header_table(head)
    if "content-length" in headers and not is_head(request):
        assert len(body) == int(headers["content-length"]), f"cut short: {len(body)} of {headers['content-length']} bytes"
    if headers.get("transfer-encoding") == "chunked":
        body = b"" if is_head(request) else unchunk(body)
    return Reply(int(line[1]), headers, body)


def unchunk(body):
    out = b""
    while True:
        size, separator, rest = body.partition(b"\r\n")
        assert separator, "cut short: no chunk size"
        length = int(size.split(b";")[0], 16)
        if length == 0:
            return out
        assert rest[length : length + 2] == b"\r\n", "cut short: inside a chunk"
        out += rest[:length]
        body = rest[length + 2 :]
