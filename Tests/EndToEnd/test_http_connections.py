"""What becomes of answers when a client reads slowly, asks on and on, or ends its side of the connection."""

import json
import socket

import pytest

from conftest import running

BAD_EVENTS = json.dumps([1] * 50_000).encode()


def request(method, path, body=b"", *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def event(n):
    return json.dumps({"source": "s", "detail-type": "t", "detail": {"n": n}}).encode()


def connect(broker, receive_bytes=None):
    client = socket.socket()
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.settimeout(30)
    client.connect(("127.0.0.1", broker.port))
    return client


def read_all(client):
    received = bytearray()
    while piece := client.recv(1 << 16):
        received += piece
    return bytes(received)


def responses(received):
    """Status and body of each response; fails if one is cut off."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        assert len(rest) >= length, f"{len(rest)} of {length} bytes came"
        found.append((int(head.split()[1]), rest[:length]))
        received = rest[length:]
    return found


@pytest.fixture(scope="module", params=["memory", "disk"])
def any_log(request, tmp_path_factory):
    flags = ("--data", str(tmp_path_factory.mktemp("log"))) if request.param == "disk" else ()
    yield from running(*flags)


@pytest.mark.parametrize("version", ["close", "1.0"])
def test_a_long_answer_is_whole_although_the_connection_ends_with_it(any_log, version):
    with connect(any_log, receive_bytes=4096) as client:
        if version == "close":
            message = request("POST", "/dev/events", BAD_EVENTS, "Connection: close")
        else:
            message = request("POST", "/dev/events", BAD_EVENTS).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        client.sendall(message)
        [(status, body)] = responses(read_all(client))
    assert status == 400
    assert len(json.loads(body)["Entries"]) == 50_000


@pytest.mark.parametrize("behind", [b"X", request("GET", "/health")])
@pytest.mark.parametrize("asked", [("POST", "/dev/events", event(1)), ("GET", "/health", b"")])
def test_what_follows_the_last_request_does_not_cost_its_answer(any_log, asked, behind):
    with connect(any_log) as client:
        client.sendall(request(*asked, "Connection: close") + behind)
        assert [status for status, _ in responses(read_all(client))] == [200]


@pytest.mark.parametrize("headers", [(), ("Connection: close",)])
@pytest.mark.parametrize("asked", [("POST", "/dev/events", event(1)), ("GET", "/health", b""), ("GET", "/dev/log", b"")])
def test_a_client_that_has_said_all_gets_its_answers(any_log, asked, headers):
    with connect(any_log) as client:
        client.sendall(request(*asked) * 3 + request(*asked, *headers))
        client.shutdown(socket.SHUT_WR)
        assert [status for status, _ in responses(read_all(client))] == [200] * 4


@pytest.mark.parametrize(
    "asked", [("GET", "/lambdaless.js", b""), ("POST", "/dev/events", json.dumps([1] * 400).encode())])
def test_a_client_that_asks_and_does_not_read_is_not_answered_on(any_log, asked):
    with connect(any_log) as client:
        client.sendall(request(*asked, "Connection: close"))
        [(_, expected)] = responses(read_all(client))
    count = 3 * (64 << 20) // len(expected)
    before = any_log.resident_bytes()
    message = request(*asked)
    with connect(any_log, receive_bytes=4096) as client:
        # Until the broker takes no more for a while: then it does not read on, either.
        client.settimeout(1)
        try:
            for _ in range(count):
                client.sendall(message)
        except TimeoutError:
            pass
        # Whoever comes now is served behind what the broker was doing.
        with connect(any_log) as other:
            other.sendall(request("GET", "/health") * 100 + request("GET", "/health", b"", "Connection: close"))
            assert len(responses(read_all(other))) == 101
        assert any_log.resident_bytes() - before < 32 << 20
